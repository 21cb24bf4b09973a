"""The language models as bot/answer.py knows them: one after the other, and a text that may be said, or none."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.ai.breaker import Trouble
from bot.ai.cache import Cache, key_of
from bot.ai.failure import NoReply
from bot.ai.judge import Verdict, judge
from bot.ai.prompt import CORRECTION, Prompt, prompt
from bot.ai.provider import Server
from bot.ai.purse import Purse, Usage
from bot.ai.reply import Reply, Shapeless, begun, read_reply
from bot.answer import Draft, Question, Wording
from bot.channel import Finding
from bot.clock import Clock
from bot.knowledge.articles import Passage
from bot.settings_ai import Ai, Link
from storage.records import ModelSpending

log = logging.getLogger(__name__)

MOST_CALLS = 2
NOT_GROUNDED = "not_grounded"
"""Why there are no words although a model wrote some: they may not be said."""
SHORTEST_SECONDS = 0.5
"""What is left of the deadline is not worth a call."""
Message = dict[str, str]


@dataclass(slots=True)
class _Asking:
    """One question on its way along the chain."""

    question: Question
    prompt: Prompt
    sure: bool
    show: Draft | None
    until: float
    """The monotonic second at which the customer is answered without a model."""
    messages: list[Message]
    calls: int = 0
    corrected: bool = False
    shown: str = field(default="")


class Chain:
    """`last_error` is what was wrong with the last answer of the first server that has trouble, "" for none."""

    def __init__(self, links: Sequence[Link], ai: Ai, clock: Clock, purse: Purse) -> None:
        self.servers = tuple(Server(link, clock) for link in links)
        self.name = ", ".join(server.name for server in self.servers)
        self.calls: Counter[str] = Counter()
        """Questions by result: used, cached, nothing (no answer, or none that may be said), handed_over, failed,
        spared (all are given time), unpaid (a budget is used up)."""
        self.tokens: Counter[str] = Counter()
        """in, out, and cost in millionths, since the start."""
        self.purse = purse
        self._ai, self._clock = ai, clock
        self._cache = Cache(ai.cached_answers)

    @property
    def last_error(self) -> str:
        return next((server.last_error for server in self.servers if server.last_error), "")

    @property
    def left_alone(self) -> bool:
        """No server is asked just now, because calls failed."""
        return all(server.breaker.open for server in self.servers)

    async def start(self) -> None:
        """Load what calls need, so that the first customer does not wait for it. Raises nothing."""
        for server in self.servers:
            try:
                await server.open()
            except Exception as error:
                self._report(server, f"The model's library cannot be used: {type(error).__name__}.")

    async def close(self) -> None:
        for server in self.servers:
            await server.close()

    async def check(self) -> Sequence[Finding]:
        """Ask each server whether it knows us; no model is asked anything."""
        return [
            Finding(
                f"ai {server.name}",
                ok=not trouble,
                sentence=trouble or f"{server.provider.model} can be asked",
            )
            for server in self.servers
            for trouble in [await server.look()]
        ]

    async def forget_days(self) -> None:
        await self.purse.forget()

    async def spent_today(self) -> ModelSpending:
        return await self.purse.today()

    async def word(
        self, question: Question, passages: Sequence[Passage], show: Draft | None = None, *, sure: bool = True
    ) -> Wording | None:
        """At most two HTTP calls, within `ai.timeout_seconds`. Raises nothing."""
        if not passages:
            return None
        ai = self._ai
        asked = prompt(question, passages, earlier_tokens=ai.earlier_tokens, pseudonyms=ai.pseudonyms)
        key = key_of(asked, sure=sure)
        if (known := self._cache.find(key)) is not None:
            self.calls["cached"] += 1
            return known
        until = self._clock.monotonic() + ai.timeout_seconds
        messages = [
            {"role": "system", "content": asked.rules},
            {"role": "user", "content": asked.material},
        ]
        asking = _Asking(question, asked, sure, show if ai.drafts else None, until, messages)
        result, wording = await self._along(asking)
        self.calls[result] += 1
        if wording is not None:
            self._cache.keep(key, wording)
        return wording or (Wording(hand_over=NOT_GROUNDED) if result == "nothing" else None)

    async def _along(self, asking: _Asking) -> tuple[str, Wording | None]:
        """Ask one server after the other, as far as calls and time go."""
        result = "spared"
        for server in self.servers:
            again = True
            while again and asking.calls < MOST_CALLS:
                result, wording, again = await self._ask(server, asking, result)
                if wording is not None or result == "unpaid":
                    return result, wording
            if asking.corrected or asking.calls >= MOST_CALLS:
                break
        return result, None

    async def _ask(self, server: Server, asking: _Asking, before: str) -> tuple[str, Wording | None, bool]:
        """One call: what came of it, the words if there are any, and whether the same server is asked again."""
        seconds = asking.until - self._clock.monotonic()
        call = server.breaker.admit() if seconds > SHORTEST_SECONDS else None
        if call is None:
            return before, None, False
        most = server.most(asking.messages)
        asker = asking.question.asker
        held = await self.purse.hold(
            server.provider, most, contact_id=asker.contact_id, conversation_id=asker.conversation_id
        )
        if held is None:
            return "unpaid", None, False
        asking.calls += 1
        try:
            text, usage = await server.ask(asking.messages, seconds, self._watch(asking))
        except NoReply as failure:
            server.breaker.tell(call, failure.trouble)
            self._report(server, failure.reason)
            server.calls["failed"] += 1
            if failure.free:
                await self.purse.settle(held, Usage(0, 0))
            return "failed", None, failure.again
        self._count(server, usage)
        await self.purse.settle(held, usage)
        return self._take(server, asking, text, call)

    def _take(
        self, server: Server, asking: _Asking, text: str, call: int
    ) -> tuple[str, Wording | None, bool]:
        try:
            reply = read_reply(text)
        except Shapeless:
            server.breaker.tell(call, Trouble.NONE)  # a customer may have brought it to that
            self._report(server, f"{server.name} answered in another form than it was asked for.")
            server.calls["failed"] += 1
            return "failed", None, False
        server.breaker.tell(call, Trouble.NONE)
        if reply.escalate:
            server.last_error = ""
            server.calls["handed_over"] += 1
            return "handed_over", Wording(hand_over=reply.escalate), False
        verdict = judge(reply, asking.prompt, sure=asking.sure)
        if not verdict.fault:
            server.last_error = ""
            server.calls["used"] += 1
            return "used", Wording(verdict.text, verdict.used), False
        server.last_error = f"The model's answer was not used: {verdict.fault}."
        log.info("%s It is asked once more, or customers get the passages themselves.", server.last_error)
        server.calls["nothing"] += 1
        return "nothing", None, self._correct(asking, text, verdict)

    def _correct(self, asking: _Asking, text: str, verdict: Verdict) -> bool:
        """What may not be said is asked once more, with what was wrong with it."""
        asking.corrected = True
        asking.messages += [
            {"role": "assistant", "content": text},
            {"role": "user", "content": CORRECTION.format(fault=verdict.remark)},
        ]
        asking.show = None
        return asking.calls < MOST_CALLS

    def _watch(self, asking: _Asking) -> "Draft | None":
        """Shows whole sentences that may be said as soon as they are written, and nothing else."""
        show = asking.show
        if show is None:
            return None

        def watch(text: str) -> None:
            so_far = begun(text)
            if asking.show is None or so_far is None or len(so_far.text) <= len(asking.shown):
                return
            asking.shown = so_far.text
            verdict = judge(Reply(so_far.text, so_far.sources), asking.prompt, sure=asking.sure)
            if verdict.fault:
                asking.show = None
            else:
                show(verdict.text)

        return watch

    def _count(self, server: Server, usage: Usage) -> None:
        self.tokens["in"] += usage.tokens_in
        self.tokens["out"] += usage.tokens_out
        self.tokens["cost"] += usage.cost(server.provider)

    def _report(self, server: Server, reason: str) -> None:
        if reason != server.last_error:
            log.warning("%s The next one is asked, or customers get the passages themselves.", reason)
        server.last_error = reason
