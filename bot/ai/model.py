"""The language model as bot/answer.py knows it: a text that rests on the passages, or none."""

import asyncio
import logging
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.ai.breaker import Breaker, Trouble
from bot.ai.failure import NoReply
from bot.ai.grounding import says_nothing, unsupported
from bot.ai.prompt import Prompt, prompt, quotes_rules
from bot.answer import Question
from bot.clock import Clock

if TYPE_CHECKING:
    from bot.ai.line import Line

log = logging.getLogger(__name__)

ANSWER_LENGTH = 1500
_KEPT = "\n\u200d"  # the second one holds emoji together
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})


class OpenAIModel:
    """`last_error` is what is wrong with the server or was wrong with its last answer, "" for nothing."""

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        api_key: str,
        organization: str = "",
        timeout_seconds: float,
        clock: Clock,
    ) -> None:
        self.name, self.last_error = model, ""
        self.calls: Counter[str] = Counter()
        """By result: used, nothing (it had no answer, or none that may be said), failed, spared."""
        self._where = {"base_url": base_url, "model": model, "api_key": api_key, "organization": organization}
        self._timeout_seconds = timeout_seconds
        self._breaker = Breaker(clock)
        self._line: Line | None = None
        self._opening = asyncio.Lock()

    @property
    def left_alone(self) -> bool:
        """Calls failed, and it is given time."""
        return self._breaker.open

    async def start(self) -> None:
        """Load what calls need, so that the first customer does not wait for it. Raises nothing."""
        try:
            await self._open()
        except Exception as error:
            self._report(
                NoReply(f"The model's library cannot be used: {type(error).__name__}.", Trouble.NONE)
            )

    async def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.close()

    async def phrase(self, question: Question, passages: Sequence[str]) -> str | None:
        """A text that rests on the passages alone, or None. One HTTP call at most; raises nothing."""
        call = self._breaker.admit() if passages else None
        if call is None:
            self.calls["spared"] += bool(passages)
            return None
        try:
            asked = prompt(question, passages)
            text = await self._ask(asked)
        except NoReply as failure:
            self._breaker.tell(call, failure.trouble)
            self._report(failure)
            self.calls["failed"] += 1
            return None
        self._breaker.tell(call, Trouble.NONE)
        checked = self._checked(text, asked, question.language)
        self.calls["nothing" if checked is None else "used"] += 1
        return checked

    async def _ask(self, asked: Prompt) -> str:
        """Raises NoReply."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await (await self._open()).ask(asked)
        except NoReply:
            raise
        except TimeoutError:
            reason = f"No answer from {self.name} within {self._timeout_seconds:g} s."
            raise NoReply(reason, Trouble.PASSING) from None
        except Exception as error:  # a library's own mistake must not cost the customer the passage
            reason = f"Asking {self.name} failed: {type(error).__name__}."
            raise NoReply(reason, Trouble.PASSING) from None

    async def _open(self) -> "Line":
        async with self._opening:
            if self._line is None:
                self._line = await asyncio.to_thread(self._load)
            return self._line

    def _load(self) -> "Line":
        from bot.ai.line import Line

        return Line(**self._where, timeout_seconds=self._timeout_seconds)

    def _checked(self, text: str, asked: Prompt, language: str) -> str | None:
        """The text if it may be said."""
        text = _visible(text[: 2 * ANSWER_LENGTH])
        if says_nothing(text):
            self.last_error = ""
            return None
        if fault := _fault(text, asked, language):
            self._report(NoReply(f"The model's answer was not used: {fault}.", Trouble.NONE))
            return None
        self.last_error = ""
        return text

    def _report(self, failure: NoReply) -> None:
        if failure.reason != self.last_error:
            log.warning("%s Customers get the passages themselves.", failure.reason)
        self.last_error = failure.reason


def _fault(text: str, asked: Prompt, language: str) -> str:
    """Why it may not be said, in none of its words; "" if it may."""
    if len(text) > ANSWER_LENGTH:
        return "it was too long to be one"
    if quotes_rules(text):
        return "it told the model's instructions"
    missing = len(unsupported(text, asked.passages, language))
    return f"it held details that no passage holds ({missing})" if missing else ""


def _visible(text: str) -> str:
    """Without what cannot be seen: it could hide words from us, or turn what is read around."""
    kept = (
        sign for sign in text.replace("\t", " ") if sign in _KEPT or unicodedata.category(sign) not in _UNSEEN
    )
    return "".join(kept).strip()
