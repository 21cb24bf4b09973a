"""What the model may cost: held back before a call, settled after it, and never more than one call too much."""

import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.settings_ai import Ai, Provider
from storage import model_spending
from storage.database import Database, Statements, StorageUnavailable
from storage.model_spending import Key
from storage.records import ModelSpending

log = logging.getLogger(__name__)

LOCK = "model spending"
MILLION = 1_000_000
CONTACT_DAYS_KEPT = 40
Tell = Callable[[Statements, str, int], Awaitable[None]]
"""Tells staff in the same transaction: which budget is used up (contact_day, day, month), and the contact."""


@dataclass(frozen=True, slots=True)
class Usage:
    tokens_in: int
    tokens_out: int

    def cost(self, provider: Provider) -> int:
        """Millionths, rounded up: a price is for a million tokens."""
        return math.ceil(self.tokens_in * provider.price_in + self.tokens_out * provider.price_out)


@dataclass(frozen=True, slots=True)
class Held:
    """What was held back for one call: the most that it can cost."""

    provider: Provider
    most: Usage
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class _Budget:
    name: str
    key: Key
    tokens: int
    cost: int
    bit: int
    told_at: Key

    def is_spent(self, row: ModelSpending) -> bool:
        tokens = row.tokens_in + row.tokens_out
        return bool(self.tokens and tokens >= self.tokens) or bool(self.cost and row.cost >= self.cost)


class Purse:
    """The sums are rows, so a restart and other processes know them; a call that nobody heard of again counts whole."""

    def __init__(self, db: Database, clock: Clock, ai: Ai, timezone: str, tell: Tell) -> None:
        self._db, self._clock, self._ai = db, clock, ai
        self._zone, self._tell = ZoneInfo(timezone), tell

    async def hold(
        self, provider: Provider, most: Usage, *, contact_id: int, conversation_id: int
    ) -> Held | None:
        """Hold back the most that a call can cost; None when a budget is used up, or it cannot be put on record."""
        budgets = self._budgets(contact_id)
        keys = (*(budget.key for budget in budgets), ("conversation", conversation_id, ""))
        held = Held(provider, most, keys)

        async def work(tx: Statements) -> bool:
            await tx.lock(LOCK)
            for budget in budgets:
                if budget.is_spent(await model_spending.find(tx, budget.key)):
                    await self._complain(tx, budget, contact_id)
                    return False
            await self._add(tx, held, most, calls=1)
            return True

        try:
            return held if await self._db.transaction(work) else None
        except StorageUnavailable as error:
            log.warning("what the model costs cannot be put on record, so it is not asked: %s", error)
            return None

    async def settle(self, held: Held, used: Usage) -> None:
        """What the call did cost. Raises nothing: what is not settled stays held."""
        back = Usage(used.tokens_in - held.most.tokens_in, used.tokens_out - held.most.tokens_out)
        cost = used.cost(held.provider) - held.most.cost(held.provider)

        async def work(tx: Statements) -> None:
            await tx.lock(LOCK)
            await self._add(tx, held, back, cost=cost)

        try:
            await self._db.transaction(work)
        except StorageUnavailable as error:
            log.warning("what the model cost could not be put on record and counts as held back: %s", error)

    async def today(self) -> ModelSpending:
        return await model_spending.find(self._db, ("all", 0, self._day()))

    async def of_conversation(self, conversation_id: int) -> ModelSpending:
        return await model_spending.find(self._db, ("conversation", conversation_id, ""))

    async def forget(self) -> None:
        """A job: the days of contacts that no budget asks about any more."""
        before = (self._now() - timedelta(days=CONTACT_DAYS_KEPT)).date().isoformat()
        await self._db.transaction(lambda tx: model_spending.forget_contacts(tx, before))

    async def _add(
        self, tx: Statements, held: Held, usage: Usage, *, calls: int = 0, cost: int | None = None
    ) -> None:
        cost = usage.cost(held.provider) if cost is None else cost
        for key in held.keys:
            await model_spending.add(
                tx, key, calls=calls, tokens_in=usage.tokens_in, tokens_out=usage.tokens_out, cost=cost
            )

    async def _complain(self, tx: Statements, budget: _Budget, contact_id: int) -> None:
        """Staff hear of it once a period; of contacts that spent theirs, of the first one a day."""
        row = await model_spending.find(tx, budget.told_at)
        if row.told & budget.bit:
            return
        await model_spending.add(tx, budget.told_at, calls=0, tokens_in=0, tokens_out=0, cost=0)
        await model_spending.tell(tx, budget.told_at, row.told | budget.bit)
        await self._tell(tx, budget.name, contact_id)

    def _budgets(self, contact_id: int) -> tuple[_Budget, ...]:
        ai, day, month = self._ai, self._day(), self._day()[:7]
        all_day, all_month = ("all", 0, day), ("all", 0, month)
        contact = ("contact", contact_id, day)
        return (
            _Budget("day", all_day, ai.day_tokens, _millionths(ai.day_cost), 1, all_day),
            _Budget("month", all_month, ai.month_tokens, _millionths(ai.month_cost), 2, all_month),
            _Budget(
                "contact_day", contact, ai.contact_day_tokens, _millionths(ai.contact_day_cost), 4, all_day
            ),
        )

    def _day(self) -> str:
        return self._now().date().isoformat()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now() / 1000, UTC).astimezone(self._zone)


def _millionths(money: float) -> int:
    """A limit that is set is never none, however small."""
    return max(1, round(money * MILLION)) if money else 0
