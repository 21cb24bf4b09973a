"""What each of Meta's codes and each broken connection makes us do."""

from typing import Any

import httpx
import orjson
import pytest
from pywa.errors import WhatsAppError
from pywa_async.api import GraphAPIAsync

from bot.channel import SendLater, SendRefused, SendUnsure
from bot.update import Reason
from handlers.channels.whatsapp_errors import (
    CREDENTIALS,
    LATER,
    REFUSED,
    Purpose,
    Refused,
    reason_of,
    translated,
)
from handlers.channels.whatsapp_http import told
from handlers.channels.wire import Failure, NeverLeft, Unanswered


def failure_of(status: int, body: bytes) -> Failure:
    with pytest.raises(Failure) as caught:
        told(status, body)
    return caught.value


def answered(code: int, status: int = 400, *, transient: bool = False, details: str = "d") -> Failure:
    error = {"code": code, "message": "m", "is_transient": transient, "error_data": {"details": details}}
    return failure_of(status, orjson.dumps({"error": error}))


@pytest.mark.parametrize(("code", "reason"), REFUSED.items())
def test_a_refusal_has_its_reason_in_an_answer_and_in_a_status(code: int, reason: Reason) -> None:
    failure = translated(answered(code), Purpose.MESSAGE)
    assert isinstance(failure, SendRefused)
    assert failure.reason == reason == reason_of(code)


@pytest.mark.parametrize("code", sorted(set(LATER) - CREDENTIALS))
def test_throttling_puts_off_and_tells_how_long(code: int) -> None:
    failure = translated(answered(code), Purpose.MESSAGE)
    assert isinstance(failure, SendLater)
    assert failure.seconds == LATER[code][0]
    assert failure.whole_channel == (code != 131056)


@pytest.mark.parametrize("code", [0, 3, 10, 190, 200, 219, 299])
def test_refused_credentials_stop_the_channel_for_a_minute(code: int) -> None:
    failure = translated(answered(code, 401), Purpose.MESSAGE)
    assert isinstance(failure, SendLater)
    assert (failure.seconds, failure.whole_channel) == (60, True)
    assert reason_of(code) == Reason.CREDENTIALS


@pytest.mark.parametrize("code", [1, 2, 131000, 131016, 133004])
def test_transient_trouble_is_unsure_only_where_the_server_broke(code: int) -> None:
    assert isinstance(translated(answered(code, 400), Purpose.MESSAGE), SendLater)
    assert isinstance(translated(answered(code, 500), Purpose.MESSAGE), SendUnsure)
    assert isinstance(translated(answered(code, 500), Purpose.REACTION), SendLater)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_broken_server_leaves_a_message_unsure(status: int) -> None:
    page = failure_of(status, b"<html>")
    failure = translated(page, Purpose.MESSAGE)
    assert isinstance(failure, SendUnsure)
    assert str(failure) == f"HTTP {status}"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, SendLater), (408, SendLater), (401, SendLater), (403, SendLater), (404, SendRefused)],
)
def test_a_page_without_a_code_is_judged_by_its_status(status: int, kind: type[Exception]) -> None:
    page = failure_of(status, b"<html>")
    assert isinstance(translated(page, Purpose.MESSAGE), kind)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (132000, Reason.TEMPLATE),
        (132001, Reason.TEMPLATE),
        (132999, Reason.TEMPLATE),
        (777777, Reason.MALFORMED),
    ],
)
def test_what_is_wrong_with_a_template_is_said_and_an_unknown_code_is_our_mistake(
    code: int, reason: Reason
) -> None:
    failure = translated(answered(code), Purpose.MESSAGE)
    assert isinstance(failure, SendRefused)
    assert failure.reason == reason


def test_an_unknown_code_that_meta_calls_transient_is_tried_again() -> None:
    assert isinstance(translated(answered(777777, transient=True), Purpose.MESSAGE), SendLater)


@pytest.mark.parametrize(
    ("purpose", "reason"),
    [
        (Purpose.UPLOAD, Reason.MEDIA_REFUSED),
        (Purpose.FETCH, Reason.MEDIA_GONE),
        (Purpose.REACTION, Reason.TARGET_GONE),
        (Purpose.LOOK, Reason.CREDENTIALS),
        (Purpose.MESSAGE, Reason.MALFORMED),
    ],
)
def test_a_bad_parameter_means_what_the_call_was_for(purpose: Purpose, reason: Reason) -> None:
    failure = translated(answered(100), purpose)
    assert isinstance(failure, SendRefused)
    assert failure.reason == reason


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NeverLeft("cannot connect"), SendLater),
        (Unanswered("no answer in time"), SendUnsure),
        (failure_of(200, b"<html>"), SendUnsure),
        (failure_of(302, b""), SendUnsure),
        (failure_of(400, b'{"error": "boom"}'), SendUnsure),
        (failure_of(400, b'{"error": {}}'), SendUnsure),
    ],
)
def test_only_what_certainly_never_left_is_simply_sent_again(error: Failure, kind: type[Exception]) -> None:
    assert type(translated(error, Purpose.MESSAGE)) is kind
    assert isinstance(translated(error, Purpose.UPLOAD), SendLater)


def test_a_token_in_metas_words_stays_out_of_ours() -> None:
    token = "EAAG" + "a1B2" * 20
    failure = translated(answered(190, 401, details=f"Malformed access token {token}"), Purpose.LOOK)
    assert token not in str(failure)
    assert "Malformed access token" in str(failure)


def test_no_code_stands_in_two_tables() -> None:
    assert not set(REFUSED) & set(LATER)
    assert set(LATER) >= CREDENTIALS


# What pywa would have made of the same answer

ERRORS: tuple[Any, ...] = (
    {"code": 131047, "message": "(#131047) Re-engagement", "error_data": {"details": "24 hours"}},
    {"code": "100", "message": "m", "error_data": "not even an object"},
    {"code": 2, "message": "m", "is_transient": True},
    {"code": 400, "message": "m"},
    {"code": 131047},
    {"code": None, "message": "m"},
    {"message": "m"},
    {},
    "boom",
    7,
)
BODIES = (*(orjson.dumps({"error": error}) for error in ERRORS), b"", b"<html>", b"[]", b'{"messages": []}')


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_a_refusal_is_what_pywa_takes_it_for(status: int, body: bytes) -> None:
    ours = failure_of(status, body)
    response = httpx.Response(status, content=body)
    try:
        theirs = WhatsAppError.from_dict(GraphAPIAsync._extract_error(response), response)
    except (LookupError, TypeError, ValueError, AttributeError):
        assert isinstance(ours, Unanswered)
        return
    assert isinstance(ours, Refused)
    assert (ours.status, ours.code, ours.transient) == (status, theirs.code, bool(theirs.is_transient))
    if theirs.code != status:
        assert str(theirs.details or theirs.message) in ours.message
