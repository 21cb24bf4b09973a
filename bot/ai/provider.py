"""One link of the chain: a server with its model, and how it has been doing."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.ai.breaker import Breaker, Trouble
from bot.ai.failure import NoReply
from bot.ai.purse import Usage
from bot.clock import Clock
from bot.settings_ai import Link

if TYPE_CHECKING:
    from bot.ai.line import Line, Message, Watch

MESSAGE_TOKENS = 16
"""Around each message, at most."""
MOST_TOKENS = 400


class Server:
    """`last_error` is what is wrong with it or was wrong with its last answer, "" for nothing."""

    def __init__(self, link: Link, clock: Clock) -> None:
        self.provider, self.name, self.last_error = link.provider, link.provider.name, ""
        self.calls: Counter[str] = Counter()
        self.breaker = Breaker(clock)
        self._link = link
        self._line: Line | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> "Line":
        async with self._opening:
            if self._line is None:
                self._line = await asyncio.to_thread(self._load)
            return self._line

    async def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.close()

    def most(self, messages: Sequence["Message"], tokens: int = MOST_TOKENS) -> Usage:
        """What a call can take at most: no token is shorter than a byte."""
        asked = sum(len(message["content"].encode()) + MESSAGE_TOKENS for message in messages)
        return Usage(asked, max(tokens, self._line.most_tokens if self._line else MOST_TOKENS))

    async def ask(
        self,
        messages: Sequence["Message"],
        seconds: float,
        watch: "Watch | None" = None,
        *,
        tokens: int = MOST_TOKENS,
    ) -> tuple[str, Usage]:
        """One HTTP call at most, within its time. Raises NoReply and nothing else."""
        allowed = min(seconds, self.provider.timeout_seconds)
        try:
            async with asyncio.timeout(allowed):
                return await (await self.open()).ask(messages, watch, tokens=tokens)
        except NoReply:
            raise
        except TimeoutError:
            raise NoReply(f"No answer from {self.name} within {allowed:.0f} s.", Trouble.PASSING) from None
        except Exception as error:  # a library's own mistake must not cost the customer the passage
            raise NoReply(f"Asking {self.name} failed: {type(error).__name__}.", Trouble.PASSING) from None

    async def look(self) -> str:
        """What is wrong with it, "" for nothing; asks for its list of models. Raises nothing."""
        try:
            async with asyncio.timeout(self.provider.timeout_seconds):
                return await (await self.open()).look()
        except NoReply as failure:
            return failure.reason
        except TimeoutError:
            return "does not answer"
        except Exception as error:
            return f"cannot be asked: {type(error).__name__}"

    def _load(self) -> "Line":
        from bot.ai.line import Line

        return Line(self._link)
