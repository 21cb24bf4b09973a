"""What Telegram's errors mean for a message that should leave."""

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channel import RoomMovedAway, SendLater, SendRefused, SendUnsure
from bot.update import Reason
from handlers.channels.telegram_errors import BadEntities, translate, translated
from handlers.channels.telegram_http import Flooded, NeverLeft, TooMuch

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
        (InvalidToken("Unauthorized"), 60, True),
        (Conflict("terminated by other getUpdates request"), 60, False),
    ],
    ids=repr,
)
def test_what_was_certainly_not_sent_is_sent_later(
    error: TelegramError, seconds: float | None, whole: bool
) -> None:
    later = translate(error, PERSON)
    assert isinstance(later, SendLater)
    assert (later.seconds, later.whole_channel) == (seconds, whole)


@pytest.mark.filterwarnings("ignore:.*retry_after.*")
def test_a_pause_asked_for_by_the_library_is_kept_too() -> None:
    later = translate(RetryAfter(10_072), PERSON)
    assert isinstance(later, SendLater)
    assert later.seconds == 10_072


@pytest.mark.parametrize("error", [TimedOut(), NetworkError("Bad Gateway"), TelegramError("new")], ids=repr)
def test_what_left_us_and_was_not_answered_is_unsure(error: TelegramError) -> None:
    assert isinstance(translate(error, PERSON), SendUnsure)


def test_a_group_that_moved_and_a_file_too_large() -> None:
    moved = translate(ChatMigrated(-1009), "-5")
    assert isinstance(moved, RoomMovedAway)
    assert moved.to == "-1009"
    refusal = translate(TooMuch("x"), PERSON)
    assert isinstance(refusal, SendRefused)
    assert refusal.reason == Reason.TOO_LARGE


def test_an_answer_that_cannot_be_read_is_unsure() -> None:
    with pytest.raises(SendUnsure), translated():
        raise KeyError("message_id")
