"""Sentry and OpenTelemetry, each only where its setting asks for it: who else may look at how we do."""

import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.channel import Channel
from bot.settings import Settings
from bot.update import Inbound, Unreadable
from handlers import sentry, tracing
from handlers.webhook import Receive
from storage.records import Update

log = logging.getLogger(__name__)

TakeTurn = Callable[[str, list[Update]], Awaitable[None]]


class Observers:
    """With neither set nothing is imported, and nothing is wrapped."""

    def __init__(self, settings: Settings) -> None:
        dsn, endpoint = (
            settings.secrets.sentry_dsn.get_secret_value(),
            settings.secrets.otel_exporter_otlp_endpoint,
        )
        reports = sentry.begin(dsn) if dsn else None
        spans = tracing.begin(endpoint) if endpoint else None
        self.complaints = [told for told in (reports, spans) if isinstance(told, str)]
        self._reports = reports if isinstance(reports, sentry.Reports) else None
        self.tracing = spans if isinstance(spans, tracing.Tracing) else None

    def start(self) -> None:
        for complaint in self.complaints:
            log.warning("%s", complaint)
        if self._reports is not None:
            logging.getLogger().addHandler(self._reports)

    async def stop(self) -> None:
        if self._reports is not None:
            logging.getLogger().removeHandler(self._reports)
            await self._reports.close_line()
        if self.tracing is not None:
            await self.tracing.stop()

    def receiving(self, receive: Receive) -> Receive:
        def about(channel: Channel, items: Sequence[Inbound | Unreadable]) -> dict[str, str]:
            return {"channel": channel.name}

        return self.tracing.wrap("webhook", receive, about) if self.tracing else receive

    def turning(self, take_turn: TakeTurn) -> TakeTurn:
        def about(lane: str, taken: list[Update]) -> dict[str, str]:
            return {"lane": lane, "update": str(taken[0].id)}

        return self.tracing.wrap("turn", take_turn, about) if self.tracing else take_turn

    def sending(self, channel: Channel) -> None:
        """Its calls; the room is not told: on WhatsApp it is a customer's number."""
        if self.tracing is not None:
            about = {"channel": channel.name}
            channel.send = self.tracing.wrap("send", channel.send, lambda *_, **__: about)  # type: ignore[method-assign]
