"""While an answer is made the customer sees that: typing, or its first sentences where the channel has drafts."""

import asyncio
import contextlib
import logging
from types import TracebackType

from bot.channel import Channel
from bot.clock import Clock

log = logging.getLogger(__name__)

DRAFT_SECONDS = 1.0
"""Between two drafts: a chat takes about one message a second."""


class Showing:
    """`async with Showing(…) as showing`: what is shown has ended, and nothing of it comes later, after the block."""

    def __init__(self, channel: Channel, room: str, remote_id: str, clock: Clock, lead: str = "") -> None:
        """`lead` stands before whatever is shown, as it will before the answer."""
        self._channel, self._room, self._remote_id, self._clock = channel, room, remote_id, clock
        self.drafts = channel.shows_drafts
        self._lead, self._text = lead, ""
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def draft(self, text: str) -> None:
        self._text = f"{self._lead}\n\n{text}" if self._lead else text
        self._news.set()

    async def __aenter__(self) -> "Showing":
        self._task = asyncio.create_task(self._show())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _show(self) -> None:
        try:
            await self._channel.show_typing(self._room, self._remote_id)
            while True:
                await self._wait()
                if not self._text:
                    await self._channel.show_typing(self._room, self._remote_id)
                elif self._news.is_set():
                    self._news.clear()
                    await self._channel.show_draft(self._room, self._remote_id, self._text)
                    await self._clock.sleep(DRAFT_SECONDS)
        except Exception as error:  # a sign that cannot be shown must not cost the customer the answer
            log.info("what is being written cannot be shown: %s", type(error).__name__)

    async def _wait(self) -> None:
        """Until there is more to show, or the sign that we are typing is about to go out."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._channel.typing_seconds):
                await self._news.wait()
