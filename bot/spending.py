"""What a delivery takes of a platform's limits, on record where it is claimed: for other processes, and the next start."""

from bot.budgets import Budget
from bot.business import Business
from storage import budgets
from storage.database import Statements

REMEMBERED_MILLISECONDS = 600_000
LOCK = "budget"
"""One for all channels: with one each, two processes could have one and wait for the other's."""


LONGEST_HOLD_SECONDS = 86_400.0
"""No platform asks for more; a hold that seems longer was noted when the clock was wrong."""


class Spending:
    """The budgets of a business's channels, in memory and in the database.

    With a database of our own the memory counts, and the rows are for the next start. With one that is shared the
    rows count, changed under a lock; the memory keeps us from asking in vain."""

    def __init__(self, business: Business, limits: dict[str, Budget]) -> None:
        self._business, self._limits = business, limits

    def wait(self, channel: str, room: str, *, message: bool, urgent: bool, now: float) -> float:
        """Seconds until a call for the room may go, as far as we know here; taken at once when it is 0."""
        budget = self._limits.get(channel)
        if budget is None or budget.is_unlimited:
            return 0.0
        wait = budget.wait(room, message=message, urgent=urgent, now=now)
        if wait <= 0:
            budget.take(room, message=message, now=now)
        return wait

    def left(self) -> dict[str, float]:
        """How many calls each channel may take at this moment, as far as we know here."""
        now = self._business.clock.monotonic()
        return {name: budget.left(now) for name, budget in self._limits.items()}

    def give_back(self, channel: str, room: str) -> None:
        if budget := self._limits.get(channel):
            budget.give_back(room)

    async def in_turn(self, tx: Statements, channel: str, room: str) -> None:
        """Before a row is claimed whose call has to be agreed on: who has the rows must not wait for the limits."""
        budget = self._limits.get(channel)
        if budget is not None and self._business.db.shared and budget.is_limited(room):
            await tx.lock(LOCK)

    async def spend(
        self, tx: Statements, channel: str, room: str, *, message: bool = True, urgent: bool = True
    ) -> float:
        """In the transaction that claims a delivery. Seconds to wait when others have spent it all; 0: it is ours."""
        budget = self._limits.get(channel)
        if budget is None or budget.is_unlimited or not budget.is_limited(room):
            return 0.0
        if self._business.db.shared:
            return await self._agree(tx, budget, channel, room, message=message, urgent=urgent)
        if message and budget.is_worth_keeping(room):
            await self._keep(tx, budget, channel, room)
        return 0.0

    async def _agree(
        self, tx: Statements, budget: Budget, channel: str, room: str, *, message: bool, urgent: bool
    ) -> float:
        await tx.lock(LOCK)
        now, ahead = self._now()  # and not before: others may have had it for long
        rows = await budgets.of_rooms(tx, channel, ("", room))
        held = max((row.held_until for row in rows.values()), default=0) / 1000 - ahead - now
        common = budget.empty()
        for row in rows.values():
            common.restore(row.room, row.spent, now=now, ahead=ahead)
        wait = max(held, common.wait(room, message=message, urgent=urgent, now=now))
        if wait > 0:
            return wait
        common.take(room, message=message, now=now)
        for scope in ("", room) if message else ("",):
            await self._keep(tx, common, channel, scope)
        return 0.0

    async def _keep(self, tx: Statements, budget: Budget, channel: str, room: str) -> None:
        _, ahead = self._now()
        await budgets.keep(tx, channel, room, budget.spent(room, ahead), self._business.clock.now())

    async def restore(self) -> list[tuple[str, str, float]]:
        """Take up what was spent before the start. Returns what is held: channel, room, until when, monotonic."""
        now, ahead = self._now()
        holds = []
        for row in await budgets.everything(self._business.db):
            budget = self._limits.get(row.channel)
            if budget is not None:
                budget.restore(row.room, row.spent, now=now, ahead=ahead)
            if 0 < row.held_until / 1000 - ahead - now < LONGEST_HOLD_SECONDS:
                holds.append((row.channel, row.room, row.held_until / 1000 - ahead))
        return holds

    def _now(self) -> tuple[float, float]:
        """The monotonic second, and what to add to it for seconds since 1970."""
        now = self._business.clock.monotonic()
        return now, self._business.clock.now() / 1000 - now


async def forget_spent(business: Business) -> None:
    """A job: rows of rooms whose limits are full again."""
    now = business.clock.now()
    await business.db.transaction(
        lambda tx: budgets.forget(tx, spent_before=now - REMEMBERED_MILLISECONDS, now=now)
    )
