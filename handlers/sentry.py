"""Errors to Sentry, where SENTRY_DSN is set: the place and the kind of each, and nothing that was said."""

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot import VERSION
from bot.traces import safe_text

if TYPE_CHECKING:
    import sentry_sdk

MISSING = (
    "SENTRY_DSN: is set, but sentry-sdk is not installed: errors stay in the log"
    " (python -m pip install 'sentry-sdk>=2,<3', or leave SENTRY_DSN empty)"
)
LEAVE_SECONDS = 2.0
OURS = ("bot", "handlers", "storage")
KEPT = (
    "event_id",
    "timestamp",
    "platform",
    "level",
    "logger",
    "logentry",
    "release",
    "environment",
    "sdk",
    "tags",
)
"""All that is sent of an event besides its errors: a list of what may go, not of what may not."""
KEPT_OF_FRAME = ("filename", "abs_path", "module", "function", "lineno", "context_line", "in_app")


def begin(dsn: str) -> "Reports | str":
    """The way to Sentry, or a sentence that says why there is none. A client of our own: nothing is patched."""
    try:
        import sentry_sdk
    except ImportError:
        return MISSING
    try:
        client = sentry_sdk.Client(
            dsn=dsn,
            release=f"svar@{VERSION}",
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_breadcrumbs=0,
            max_request_body_size="never",
            server_name="",
            before_send=only_ours,
        )
    except ValueError as error:
        return f"SENTRY_DSN: is no address of Sentry's ({type(error).__name__}): errors stay in the log"
    return Reports(client)


class Reports(logging.Handler):
    """Sends each line at level error or above."""

    def __init__(self, client: "sentry_sdk.Client") -> None:
        super().__init__(logging.ERROR)
        self._client = client

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in OURS:
            self._client.capture_event(self._event(record))

    async def close_line(self) -> None:
        """Send what waits, for two seconds at most."""
        await asyncio.to_thread(self._client.close, timeout=LEAVE_SECONDS)

    def _event(self, record: logging.LogRecord) -> Any:
        """The line as it stands in the code, not as it was filled in."""
        from sentry_sdk.utils import event_from_exception

        event: dict[str, Any] = {}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            told, _ = event_from_exception(error, client_options=self._client.options)
            event.update(told)
            _mend_texts(event, error)
        event |= {"level": record.levelname.lower(), "logger": record.name}
        return event | {"logentry": {"message": str(record.msg)}}


def _mend_texts(event: dict[str, Any], error: BaseException) -> None:
    """An error's text only where its kind never quotes what it stumbled over."""
    texts: dict[str, str] = {}
    chain: list[BaseException | None] = [error]
    while chain and len(texts) < 100:
        one = chain.pop()
        if one is not None and type(one).__name__ not in texts:
            texts[type(one).__name__] = safe_text(one)
            chain += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
    for value in event["exception"]["values"]:
        value["value"] = texts.get(value["type"], "")


def only_ours(event: Any, hint: Mapping[str, Any]) -> Any:
    """The last look at what leaves: only what is named goes."""
    kept = {name: event[name] for name in KEPT if name in event}
    values = event.get("exception", {}).get("values", [])
    if values:
        kept["exception"] = {"values": [_only_place(value) for value in values]}
    return kept


def _only_place(value: Mapping[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames", [])
    places = [{name: frame[name] for name in KEPT_OF_FRAME if name in frame} for frame in frames]
    kept = {name: value[name] for name in ("type", "module", "value") if value.get(name)}
    return {**kept, "stacktrace": {"frames": places}}
