"""What Telegram's errors mean for us: try later, never, somewhere else, or nobody can know."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bot.channel import RoomMovedAway, SendLater, SendRefused, SendUnsure
from bot.update import Reason
from handlers.channels.telegram_http import (
    BadRequest,
    Conflict,
    Flooded,
    Forbidden,
    Moved,
    OutOfOrder,
    WrongToken,
)
from handlers.channels.wire import Failure, NeverLeft, TooMuch

CREDENTIALS_SECONDS: Final = 60.0
CONFLICT_SECONDS: Final = 60.0
DETAIL_LENGTH: Final = 200
"""Of a sentence of Telegram's that is kept."""
REASONS: Final[tuple[tuple[str, Reason | None], ...]] = (
    ("blocked by the user", Reason.BLOCKED),
    ("user is deactivated", Reason.BLOCKED),
    ("can't initiate conversation", Reason.UNREACHABLE),
    ("can't send messages to bots", Reason.UNREACHABLE),
    ("bot was kicked", Reason.ROOM_GONE),
    ("not a member", Reason.ROOM_GONE),
    ("chat was deleted", Reason.ROOM_GONE),
    ("chat was deactivated", Reason.ROOM_GONE),
    ("chat not found", None),
    ("peer_id_invalid", None),
    ("user not found", Reason.UNREACHABLE),
    ("member not found", Reason.UNREACHABLE),
    ("participant_id_invalid", Reason.UNREACHABLE),
    ("thread not found", Reason.TOPIC_GONE),
    ("topic_closed", Reason.TOPIC_GONE),
    ("topic_deleted", Reason.TOPIC_GONE),
    ("topic_id_invalid", Reason.TOPIC_GONE),
    ("not a forum", Reason.RIGHTS_MISSING),
    ("not enough rights", Reason.RIGHTS_MISSING),
    ("no rights", Reason.RIGHTS_MISSING),
    ("chat_write_forbidden", Reason.RIGHTS_MISSING),
    ("chat_restricted", Reason.RIGHTS_MISSING),
    ("chat_admin_required", Reason.RIGHTS_MISSING),
    ("administrator", Reason.RIGHTS_MISSING),
    ("_forbidden", Reason.MEDIA_REFUSED),
    ("caption is too long", Reason.TOO_LONG),
    ("message is too long", Reason.TOO_LONG),
    ("text is too long", Reason.TOO_LONG),
    ("entities_too_long", Reason.TOO_LONG),
    ("file is too big", Reason.TOO_LARGE),
    ("entity too large", Reason.TOO_LARGE),
    ("file_id", Reason.MEDIA_GONE),
    ("file identifier", Reason.MEDIA_GONE),
    ("file_reference", Reason.MEDIA_GONE),
    ("failed to get http url content", Reason.MEDIA_GONE),
    ("image_process_failed", Reason.MEDIA_REFUSED),
    ("photo_", Reason.MEDIA_REFUSED),
    ("wrong type of", Reason.MEDIA_REFUSED),
    ("wrong file type", Reason.MEDIA_REFUSED),
    ("file must be non-empty", Reason.MEDIA_REFUSED),
    ("can't use file of type", Reason.MEDIA_REFUSED),
    ("message to edit not found", Reason.TARGET_GONE),
    ("message can't be edited", Reason.TARGET_GONE),
    ("message to react not found", Reason.TARGET_GONE),
    ("message to delete not found", Reason.TARGET_GONE),
    ("message to be replied not found", Reason.TARGET_GONE),
    ("replied message not found", Reason.TARGET_GONE),
    ("reply message not found", Reason.TARGET_GONE),
    ("message_id_invalid", Reason.TARGET_GONE),
    ("message not found", Reason.TARGET_GONE),
)
"""Parts of Telegram's sentences; the first that fits counts. None: ROOM_GONE of a group, else UNREACHABLE."""


class BadEntities(SendRefused):
    """The formatting is refused; the same text without it would be taken."""


@contextmanager
def translated(room: str = "") -> Iterator[None]:
    """Raises the channel's errors for Telegram's; what is said in no known way was perhaps done."""
    try:
        yield
    except Failure as error:
        raise translate(error, room) from error
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise unreadable(error) from error


def unreadable(error: Exception) -> SendUnsure:
    return SendUnsure(f"the answer could not be read ({type(error).__name__})")


def translate(error: Failure, room: str = "") -> Exception:
    match error:
        case Flooded():
            return SendLater(error.seconds, "Telegram asks for a pause")
        case Moved():
            return RoomMovedAway(error.to)
        case Forbidden() | BadRequest():
            return _refused(error, room)
        case TooMuch():
            return SendRefused(Reason.TOO_LARGE, error.message)
        case WrongToken():
            return SendLater(CREDENTIALS_SECONDS, "Telegram refuses the bot's token", whole_channel=True)
        case Conflict():
            return SendLater(CONFLICT_SECONDS, error.message)
        case NeverLeft():
            return SendLater(None, error.message)
        case OutOfOrder():
            return SendUnsure(error.message, answered=True)
        case _:
            return SendUnsure(error.message[:DETAIL_LENGTH])


def retryable(error: Exception) -> Exception:
    """For a call that may be repeated freely: unsure is just later."""
    return SendLater(None, str(error)) if isinstance(error, SendUnsure) else error


def _refused(error: Forbidden | BadRequest, room: str) -> SendRefused:
    words = error.message.lower()
    if "can't parse" in words and "entit" in words:
        return BadEntities(Reason.MALFORMED, error.message)
    for needle, reason in REASONS:
        if needle in words:
            return SendRefused(reason or _no_such_room(room), error.message)
    return SendRefused(_otherwise(error, room), error.message)


def _no_such_room(room: str) -> Reason:
    return Reason.ROOM_GONE if room.startswith("-") else Reason.UNREACHABLE


def _otherwise(error: Forbidden | BadRequest, room: str) -> Reason:
    if isinstance(error, BadRequest):
        return Reason.MALFORMED
    return Reason.RIGHTS_MISSING if room.startswith("-") else Reason.UNREACHABLE
