"""Sentry and OpenTelemetry: off, nothing is there; on, what arrives holds places and kinds, and no word that was said."""

import asyncio
import gzip
import importlib.util
import io
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from handlers import sentry, tracing
from tests.shop import Shop

WORDS = "Anna Andersson asks about her zebrafinch"
log = logging.getLogger("bot.trial")


class FakeSentry:
    """Keeps every envelope that it is sent."""

    def __init__(self) -> None:
        self.envelopes: list[list[Any]] = []
        self.bodies = ""
        self.dsn = ""
        self._arrived = asyncio.Event()

    async def start(self) -> None:
        app = web.Application()
        app.add_routes([web.post("/api/7/envelope/", self._take)])
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.dsn = f"http://publickey@127.0.0.1:{self._runner.addresses[0][1]}/7"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip" and body[:2] == b"\x1f\x8b":
            body = gzip.GzipFile(fileobj=io.BytesIO(body)).read()
        self.bodies += body.decode() + repr(dict(request.headers)) + request.path_qs
        self.envelopes.append([json.loads(line) for line in body.splitlines() if line])
        self._arrived.set()
        return web.json_response({})

    async def event(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            await self._arrived.wait()
        found: dict[str, Any] = self.envelopes[-1][-1]
        return found


@pytest.fixture
async def fake() -> AsyncIterator[FakeSentry]:
    fake = FakeSentry()
    await fake.start()
    yield fake
    await fake.stop()


def stumble(words: str) -> None:
    hidden = f"a local with {words}"
    try:
        int(words)
    except ValueError as error:
        error.add_note(hidden)
        raise KeyError(words) from error


async def test_an_error_reaches_sentry_with_its_place_and_none_of_its_words(fake: FakeSentry) -> None:
    reports = sentry.begin(fake.dsn)
    assert isinstance(reports, sentry.Reports)
    log.addHandler(reports)
    try:
        stumble(WORDS)
    except KeyError:
        log.exception("turn in %s failed: %s", "conversation:7", WORDS, extra={"body": WORDS})
    finally:
        log.removeHandler(reports)
    event = await fake.event()
    await reports.close_line()
    kinds = [value["type"] for value in event["exception"]["values"]]
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert kinds == ["ValueError", "KeyError"]
    assert frames[-1]["function"] == "stumble"
    assert event["logentry"]["message"] == "turn in %s failed: %s"
    assert set(event) <= set(sentry.KEPT) | {"exception"}
    assert "Anna" not in fake.bodies
    assert "zebrafinch" not in fake.bodies
    assert not any("vars" in frame for frame in frames)


async def test_what_no_error_of_ours_is_stays_here(fake: FakeSentry) -> None:
    reports = sentry.begin(fake.dsn)
    assert isinstance(reports, sentry.Reports)
    reports.handle(
        logging.makeLogRecord({"name": "aiosqlite", "levelno": 40, "levelname": "ERROR", "msg": WORDS})
    )
    await reports.close_line()
    assert fake.envelopes == []


def test_the_last_look_drops_whatever_a_new_version_may_add() -> None:
    frame = {"function": "f", "lineno": 1, "vars": {"text": WORDS}, "pre_context": [WORDS]}
    event = {
        "level": "error",
        "request": {"url": WORDS, "query_string": WORDS, "data": WORDS},
        "breadcrumbs": {"values": [{"message": WORDS}]},
        "extra": {"body": WORDS},
        "user": {"id": WORDS},
        "server_name": WORDS,
        "exception": {"values": [{"type": "KeyError", "stacktrace": {"frames": [frame]}}]},
    }
    left = sentry.only_ours(event, {})
    assert WORDS not in json.dumps(left)
    assert left["exception"]["values"][0]["stacktrace"]["frames"] == [{"function": "f", "lineno": 1}]


async def test_a_business_reports_to_sentry_where_its_setting_says_so(
    tmp_path: Path, fake: FakeSentry
) -> None:
    async with Shop(tmp_path, environ={"SENTRY_DSN": fake.dsn}) as shop:

        async def die() -> None:
            raise KeyError(WORDS)

        kept = shop.running.supervisor.keep("trial", die)
        event = await fake.event()
        await kept.stop()
    assert event["logger"] == "bot.supervision"
    assert WORDS not in fake.bodies


def test_an_address_that_is_none_is_a_sentence() -> None:
    told = sentry.begin("not an address")
    assert isinstance(told, str)
    assert "errors stay in the log" in told


# OpenTelemetry


async def test_off_nothing_is_wrapped(shop: Shop) -> None:
    app = shop.running
    assert app.observers.tracing is None
    assert app.observers.turning(app._take_turn) == app._take_turn
    channel = app.business.channels["telegram"]
    assert "send" not in vars(channel)


@pytest.mark.skipif(
    importlib.util.find_spec("opentelemetry.exporter") is not None, reason="the exporter is installed"
)
async def test_without_its_exporter_it_says_so_and_the_bot_runs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    async with Shop(tmp_path, environ=endpoint) as shop:
        shop.customer("telegram").says("How long does delivery take?")
        await shop.rests()
    assert tracing.MISSING in caplog.text


async def test_a_span_has_ids_and_of_an_error_only_its_kind() -> None:
    exporter = InMemorySpanExporter()
    spans = tracing.begin("", exporter)
    assert isinstance(spans, tracing.Tracing)

    async def send(room: str, text: str) -> str:
        if text == WORDS:
            raise KeyError(text)
        return room

    traced = spans.wrap("send", send, lambda room, text: {"channel": "telegram"})
    assert await traced("46701234567", "Hello") == "46701234567"
    with pytest.raises(KeyError):
        await traced("46701234567", WORDS)
    await spans.stop()
    fine, failed = exporter.get_finished_spans()
    assert (fine.name, dict(fine.attributes or {})) == ("send", {"channel": "telegram"})
    assert failed.status.description == "KeyError"
    assert WORDS not in failed.to_json()
    assert "46701234567" not in failed.to_json()


async def test_a_journey_makes_a_webhook_a_turn_and_a_send(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = InMemorySpanExporter()
    begin = tracing.begin
    monkeypatch.setattr(tracing, "begin", lambda endpoint: begin(endpoint, exporter))
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    async with Shop(tmp_path, environ=endpoint) as shop:
        for name in ("Bo", "Anna"):  # what comes before the bot has looked around is for its first sweep
            customer = shop.customer("telegram", name)
            customer.says("How long does delivery take?")
            await customer.reads("working days")
            await shop.rests()
    spans = exporter.get_finished_spans()
    assert {span.name for span in spans} == {"webhook", "turn", "send"}
    webhooks = {span.context.span_id for span in spans if span.name == "webhook" and span.context is not None}
    parents = {span.parent.span_id for span in spans if span.name == "turn" and span.parent is not None}
    assert webhooks & parents
    assert not any("Anna" in span.to_json() for span in spans)
