"""What each of Meta's codes and each broken connection makes us do."""

import httpx
import pytest
from pywa.errors import WhatsAppError

from bot.channel import SendLater, SendRefused, SendUnsure
from bot.update import Reason
from handlers.channels.whatsapp_errors import CREDENTIALS, LATER, REFUSED, Purpose, reason_of, translated


def answered(code: int, status: int = 400, *, transient: bool = False, details: str = "d") -> WhatsAppError:
    error = {"code": code, "message": "m", "is_transient": transient, "error_data": {"details": details}}
    return WhatsAppError.from_dict(error, httpx.Response(status))


@pytest.mark.parametrize(("code", "reason"), REFUSED.items())
def test_a_refusal_has_its_reason_in_an_answer_and_in_a_status(code: int, reason: Reason) -> None:
    failure = translated(answered(code), Purpose.MESSAGE)
    assert isinstance(failure, SendRefused)
    assert failure.reason == reason == reason_of(code)


@pytest.mark.parametrize("code", [4, 80007, 130429, 131048, 131056])
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
    page = WhatsAppError.from_dict({"code": status, "message": "<html>"}, httpx.Response(status))
    failure = translated(page, Purpose.MESSAGE)
    assert isinstance(failure, SendUnsure)
    assert str(failure) == f"HTTP {status}"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, SendLater), (408, SendLater), (401, SendLater), (403, SendLater), (404, SendRefused)],
)
def test_a_page_without_a_code_is_judged_by_its_status(status: int, kind: type[Exception]) -> None:
    page = WhatsAppError.from_dict({"code": status, "message": "<html>"}, httpx.Response(status))
    assert isinstance(translated(page, Purpose.MESSAGE), kind)


@pytest.mark.parametrize("code", [132000, 132001, 132999, 777777])
def test_templates_and_unknown_codes_are_our_mistake(code: int) -> None:
    failure = translated(answered(code), Purpose.MESSAGE)
    assert isinstance(failure, SendRefused)
    assert failure.reason == Reason.MALFORMED


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
        (httpx.ConnectError("x"), SendLater),
        (httpx.ConnectTimeout("x"), SendLater),
        (httpx.PoolTimeout("x"), SendLater),
        (httpx.ReadTimeout("x"), SendUnsure),
        (httpx.ReadError("x"), SendUnsure),
        (httpx.WriteError("x"), SendUnsure),
        (httpx.RemoteProtocolError("x"), SendUnsure),
        (ValueError("no JSON"), SendUnsure),
        (KeyError("code"), SendUnsure),
    ],
)
def test_only_what_certainly_never_left_is_simply_sent_again(error: Exception, kind: type[Exception]) -> None:
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
