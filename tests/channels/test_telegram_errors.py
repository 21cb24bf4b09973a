"""What Telegram's errors mean for a message that should leave."""

from typing import Any

import orjson
import pytest
from telegram import error as library
from telegram.request import BaseRequest

from bot.channel import RoomMovedAway, SendLater, SendRefused, SendUnsure
from bot.update import Reason
from handlers.channels.telegram_errors import BadEntities, translate, translated
from handlers.channels.telegram_http import (
    BadRequest,
    Conflict,
    Flooded,
    Forbidden,
    Moved,
    OutOfOrder,
    WrongToken,
    failure_of,
    result_of,
)
from handlers.channels.wire import Failure, NeverLeft, TooMuch, Unanswered

PERSON, GROUP = "7", "-1001234"

REFUSALS = [
    ("Forbidden: bot was blocked by the user", PERSON, Reason.BLOCKED),
    ("Forbidden: user is deactivated", PERSON, Reason.BLOCKED),
    ("Forbidden: bot can't initiate conversation with a user", PERSON, Reason.UNREACHABLE),
    ("Forbidden: bot can't send messages to bots", PERSON, Reason.UNREACHABLE),
    ("Forbidden: something new", PERSON, Reason.UNREACHABLE),
    ("Forbidden: something new", GROUP, Reason.RIGHTS_MISSING),
    ("Forbidden: bot was kicked from the supergroup chat", GROUP, Reason.ROOM_GONE),
    ("Forbidden: bot is not a member of the supergroup chat", GROUP, Reason.ROOM_GONE),
    ("Forbidden: the group chat was deleted", GROUP, Reason.ROOM_GONE),
    ("Bad Request: chat not found", GROUP, Reason.ROOM_GONE),
    ("Bad Request: chat not found", PERSON, Reason.UNREACHABLE),
    ("Bad Request: PEER_ID_INVALID", PERSON, Reason.UNREACHABLE),
    ("Bad Request: message thread not found", GROUP, Reason.TOPIC_GONE),
    ("Bad Request: TOPIC_CLOSED", GROUP, Reason.TOPIC_GONE),
    ("Bad Request: TOPIC_DELETED", GROUP, Reason.TOPIC_GONE),
    ("Bad Request: TOPIC_ID_INVALID", GROUP, Reason.TOPIC_GONE),
    ("Bad Request: the chat is not a forum", GROUP, Reason.RIGHTS_MISSING),
    ("Bad Request: not enough rights to send text messages to the chat", GROUP, Reason.RIGHTS_MISSING),
    ("Bad Request: have no rights to send a message", GROUP, Reason.RIGHTS_MISSING),
    ("Bad Request: CHAT_WRITE_FORBIDDEN", GROUP, Reason.RIGHTS_MISSING),
    ("Bad Request: need administrator rights in the channel chat", GROUP, Reason.RIGHTS_MISSING),
    ("Bad Request: message is too long", PERSON, Reason.TOO_LONG),
    ("Bad Request: message caption is too long", PERSON, Reason.TOO_LONG),
    ("Bad Request: file is too big", PERSON, Reason.TOO_LARGE),
    ("Bad Request: wrong file identifier/HTTP URL specified", PERSON, Reason.MEDIA_GONE),
    ("Bad Request: wrong remote file identifier specified: Wrong length", PERSON, Reason.MEDIA_GONE),
    ("Bad Request: wrong file_id or the file is temporarily unavailable", PERSON, Reason.MEDIA_GONE),
    ("Bad Request: IMAGE_PROCESS_FAILED", PERSON, Reason.MEDIA_REFUSED),
    ("Bad Request: PHOTO_INVALID_DIMENSIONS", PERSON, Reason.MEDIA_REFUSED),
    ("Bad Request: VOICE_MESSAGES_FORBIDDEN", PERSON, Reason.MEDIA_REFUSED),
    ("Bad Request: message to edit not found", PERSON, Reason.TARGET_GONE),
    ("Bad Request: message to react not found", PERSON, Reason.TARGET_GONE),
    ("Bad Request: message to be replied not found", PERSON, Reason.TARGET_GONE),
    ("Bad Request: message can't be edited", PERSON, Reason.TARGET_GONE),
    ("Bad Request: REACTION_INVALID", PERSON, Reason.MALFORMED),
    ("Bad Request: BUTTON_DATA_INVALID", PERSON, Reason.MALFORMED),
]


@pytest.mark.parametrize(("words", "room", "reason"), REFUSALS)
def test_a_refusal_has_a_reason(words: str, room: str, reason: Reason) -> None:
    kind = Forbidden if words.startswith("Forbidden") else BadRequest
    refusal = translate(kind(words), room)
    assert isinstance(refusal, SendRefused)
    assert refusal.reason == reason


def test_refused_formatting_is_a_refusal_of_its_own() -> None:
    assert isinstance(translate(BadRequest("Bad Request: can't parse entities: x"), PERSON), BadEntities)


@pytest.mark.parametrize(
    ("error", "seconds", "whole"),
    [
        (Flooded(3.5), 3.5, False),
        (Flooded(None), None, False),
        (NeverLeft("no route"), None, False),
        (WrongToken("Unauthorized"), 60, True),
        (Conflict("terminated by other getUpdates request"), 60, False),
    ],
    ids=repr,
)
def test_what_was_certainly_not_sent_is_sent_later(
    error: Failure, seconds: float | None, whole: bool
) -> None:
    later = translate(error, PERSON)
    assert isinstance(later, SendLater)
    assert (later.seconds, later.whole_channel) == (seconds, whole)


@pytest.mark.parametrize("error", [Unanswered("no answer in time"), Failure("new")], ids=repr)
def test_what_left_us_and_was_not_answered_is_unsure(error: Failure) -> None:
    unsure = translate(error, PERSON)
    assert isinstance(unsure, SendUnsure)
    assert not unsure.answered


def test_a_group_that_moved_and_a_file_too_large() -> None:
    moved = translate(Moved(-1009), "-5")
    assert isinstance(moved, RoomMovedAway)
    assert moved.to == "-1009"
    refusal = translate(TooMuch("x"), PERSON)
    assert isinstance(refusal, SendRefused)
    assert refusal.reason == Reason.TOO_LARGE


def test_an_answer_that_cannot_be_read_is_unsure() -> None:
    with pytest.raises(SendUnsure), translated():
        raise KeyError("message_id")


# What the library would have made of the same answer


class Answered(BaseRequest):
    """The library's own reading of an answer."""

    def __init__(self, status: int, payload: bytes) -> None:
        self._answer = status, payload

    @property
    def read_timeout(self) -> float:
        return 0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(self, *given: Any, **more: Any) -> tuple[int, bytes]:
        return self._answer


LIBRARYS: dict[type[Failure], type[library.TelegramError]] = {
    BadRequest: library.BadRequest,
    Forbidden: library.Forbidden,
    WrongToken: library.InvalidToken,
    Conflict: library.Conflict,
    Moved: library.ChatMigrated,
    Flooded: library.RetryAfter,
    Unanswered: library.TelegramError,
    OutOfOrder: library.NetworkError,
    TooMuch: library.NetworkError,
}
BODIES = (
    b"",
    b"<html>",
    b"[]",
    b'"x"',
    b"\xff",
    b"[" * 5_000,
    orjson.dumps({"ok": False, "description": "Bad Request: chat not found"}),
    orjson.dumps({"ok": False, "description": 5}),
    orjson.dumps({"ok": False, "parameters": {"migrate_to_chat_id": -1001234}}),
    orjson.dumps({"ok": False, "parameters": {"retry_after": 7}}),
    orjson.dumps({"ok": False, "parameters": []}),
    orjson.dumps({"ok": False, "parameters": {"else": 1}}),
)
STATUSES = (302, 400, 401, 403, 404, 409, 413, 418, 429, 500, 502)


@pytest.mark.filterwarnings("ignore:.*retry_after.*")
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("status", STATUSES)
async def test_a_refusal_is_what_the_library_takes_it_for(status: int, body: bytes) -> None:
    """But for a flood without words, a file too large, and a 5xx, which are more than a broken network."""
    ours = failure_of(status, body)
    assert ours.message
    try:
        with pytest.raises(library.TelegramError) as theirs:
            await Answered(status, body).post("x")
    except (TypeError, AttributeError, RecursionError):
        return  # the library trips where we do not
    if status < 413 or not isinstance(theirs.value, library.ChatMigrated | library.RetryAfter):
        expected = LIBRARYS[type(ours)] if status != 429 else library.NetworkError
        assert isinstance(theirs.value, expected)


@pytest.mark.parametrize("body", [*BODIES, b"{}", b'{"ok":true}'], ids=range(len(BODIES) + 2))
def test_a_good_answer_without_a_result_leaves_it_open_what_was_done(body: bytes) -> None:
    with pytest.raises(Unanswered):
        result_of(body)
