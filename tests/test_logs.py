"""The log: lines that machines and people read, without a secret in them."""

import contextvars
import io
import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest

from bot import logs

TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz-_01234"
SECRET = 'ge"heim\\o'
OTHERS_TOKEN = "987654321:" + "B" * 35


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Leaves logging as it was."""
    loggers = [logging.getLogger(name) for name in (None, *logs.OURS)]
    levels = [logger.level for logger in loggers]
    handlers = logging.getLogger().handlers[:]
    yield io.StringIO()
    logging.getLogger().handlers[:] = handlers
    logging.captureWarnings(capture=False)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def fail_with(words: str) -> None:
    try:
        raise ValueError(words)
    except ValueError:
        logging.getLogger("bot.test").exception(
            "it failed: %s", words, extra={"url": f"https://x/bot{TOKEN}/"}
        )


def test_a_call_with_wrong_arguments_is_written_all_the_same() -> None:
    record = logging.makeLogRecord({"msg": "%d tickets", "args": (TOKEN,)})
    assert "%d tickets ('[secret]',)" in logs.TextLines(logs.redaction([TOKEN])).format(record)


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_secret_reaches_the_log(stream: io.StringIO, form: Literal["json", "text"]) -> None:
    logs.setup("info", form, [TOKEN, SECRET], stream)
    fail_with(f"{TOKEN} {SECRET} {TOKEN.replace(':', '%3A')} bot{OTHERS_TOKEN}/getMe Bearer abc.def")
    written = stream.getvalue()
    for secret in (TOKEN, SECRET, json.dumps(SECRET)[1:-1], OTHERS_TOKEN, "AAabc", "abc.def"):
        assert secret not in written
    assert "it failed: [secret] [secret] [secret] bot[secret]/getMe Bearer [secret]" in written


def test_json_is_an_object_a_line(stream: io.StringIO) -> None:
    logs.setup("info", "json", [], stream)
    logging.getLogger("bot.test").info("två\nrader", extra={"ticket": 7, "room": None, "level": "mine"})
    fail_with("no")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first == first | {"level": "info", "logger": "bot.test", "message": "två\nrader", "ticket": 7}
    assert first["at"].endswith("+00:00")
    assert second["exception"].endswith("ValueError: (its words are not written down)")
    assert "raise ValueError(words)" in second["exception"]


def test_an_error_is_written_with_its_cause_and_none_of_its_words(stream: io.StringIO) -> None:
    logs.setup("info", "json", [], stream)
    try:
        try:
            int("Anna Andersson")
        except ValueError as error:
            error.add_note("Anna says")
            raise ExceptionGroup("Anna and Bo", [OSError(28, "No space left on device")]) from error
    except ExceptionGroup:
        logging.getLogger("bot.test").exception("it failed")
    written = json.loads(stream.getvalue())["exception"]
    assert "ValueError" in written.split("which led to")[0]
    assert written.endswith("OSError: [Errno 28] No space left on device")
    words = [line for line in written.splitlines() if "Anna" in line and not line.startswith("    ")]
    assert words == []


def test_lines_carry_the_ids_of_what_they_are_about(stream: io.StringIO) -> None:
    logs.setup("info", "json", [], stream)

    def work() -> None:
        logs.about(lane="conversation:7")
        logs.about(update=12)
        logging.getLogger("bot.test").info("taken")

    contextvars.copy_context().run(work)
    logging.getLogger("bot.test").info("something else")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["lane"], first["update"]) == ("conversation:7", 12)
    assert "lane" not in second


def test_a_message_cannot_forge_a_second_line(stream: io.StringIO) -> None:
    logs.setup("info", "text", [], stream)
    logging.getLogger("bot.test").info("one\nERROR \x1b[2J two\u2028", extra={"room": "a\r\nb"})
    assert len(stream.getvalue().splitlines()) == 1


def test_libraries_that_would_write_tokens_and_customers_words_are_quiet(stream: io.StringIO) -> None:
    logs.setup("debug", "text", [], stream)
    logging.getLogger("httpx").info("POST https://api.telegram.org/bot…/sendMessage")
    logging.getLogger("aiosqlite").debug("executing INSERT … with all that a customer wrote")
    logging.getLogger("a.library.of.tomorrow").info("everything")
    logging.getLogger("bot.test").debug("ours")
    assert stream.getvalue().count("\n") == 1


def test_a_second_setup_replaces_the_first(stream: io.StringIO) -> None:
    logs.setup("info", "text", [], stream)
    logs.setup("error", "json", [], stream)
    logging.getLogger("bot.test").error("once")
    assert stream.getvalue().count("once") == 1
