"""An update in our words: who did what where, whichever platform told us."""

from dataclasses import dataclass
from enum import StrEnum

from bot.content import Content


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, as the channel knows them."""

    id: str
    """The channel's own id: a Telegram user id, a WhatsApp phone number or business-scoped user id."""
    name: str = ""
    username: str = ""
    language: str = ""
    """The platform's hint, "sv" or "pt-br"; empty when it gives none."""
    phone: str = ""
    """E.164 digits without "+", where the platform tells it."""
    aliases: tuple[str, ...] = ()
    """Other ids of the same contact at this channel, as WhatsApp's user id beside a phone number."""
    is_bot: bool = False
    is_anonymous: bool = False
    """A group's own voice: Telegram's anonymous administrators write as their group."""


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody sent a message."""

    remote_id: str
    content: Content
    reply_to: str = ""
    """The remote id of the message that this one answers; empty for none (a topic's root is none)."""
    answers_us: bool = False
    """The message that this one answers was written by our own bot."""
    album: str = ""
    """Messages that share it belong together and come as updates of their own."""
    forwarded: bool = False
    """Somebody else's words, passed on: no command of the one who sent it."""


@dataclass(frozen=True, slots=True)
class Edited:
    remote_id: str
    content: Content


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The sender took a message back, where the platform tells us (WhatsApp)."""

    remote_id: str


@dataclass(frozen=True, slots=True)
class Reacted:
    remote_id: str
    emoji: str
    """Empty: the reaction was taken back."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was tapped, on the message `remote_id`."""

    button: str
    remote_id: str
    token: str = ""
    """What `Channel.acknowledge` needs; empty where nothing does."""
    said: Said | None = None
    """The tap as a message of its own, on platforms where it is one."""


class Progress(StrEnum):
    """How far a message of ours has come, in the order in which it may only rise."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a channel refuses a message for good; `bot/texts/` has a sentence for each."""

    BLOCKED = "blocked"  # the customer blocked us or deleted the account
    UNREACHABLE = "unreachable"  # no such chat, number not on the platform
    WINDOW_CLOSED = "window_closed"  # WhatsApp's 24 hours are over
    ROOM_GONE = "room_gone"  # the group is deleted, or we are not in it any more
    TOPIC_GONE = "topic_gone"  # the topic is deleted or closed
    RIGHTS_MISSING = "rights_missing"  # we may not write, or may not manage topics
    TARGET_GONE = "target_gone"  # the message to edit, quote or react to is not there
    TOO_LONG = "too_long"
    TOO_LARGE = "too_large"  # the file is larger than the platform takes
    MEDIA_GONE = "media_gone"  # the file cannot be fetched any more
    MEDIA_REFUSED = "media_refused"  # the platform does not take this kind of file
    CREDENTIALS = "credentials"  # our token is wrong, expired or lacks permission
    ACCOUNT = "account"  # our account is locked, unpaid or restricted
    MALFORMED = "malformed"  # the platform does not understand us: our mistake
    NOT_EDITABLE = "not_editable"  # a message that was sent cannot be changed there
    NOT_DELETABLE = "not_deletable"  # nor taken back
    TEMPLATE = "template"  # the platform does not take this template: unknown, paused, or of other places
    CHANNEL_OFF = "channel_off"  # the channel is not set up any more
    NOT_NOW = "not_now"  # the platform could not just then, and does not say more
    EXPIRED = "expired"  # it waited so long that it makes no sense any more
    UNCONFIRMED = "unconfirmed"  # nobody can know whether it arrived


@dataclass(frozen=True, slots=True)
class Progressed:
    """The platform tells how far one of our messages has come (WhatsApp's statuses)."""

    remote_id: str
    progress: Progress
    tracker: str = ""
    """What we gave `Channel.send`, echoed; empty where the platform does not echo it."""
    reason: Reason | None = None
    detail: str = ""


class Standing(StrEnum):
    """Our own place in a room."""

    ADMIN = "admin"
    MEMBER = "member"
    MUTED = "muted"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class StandingChanged:
    """We were added to, promoted, demoted or removed from a room; in a private one: (un)blocked."""

    standing: Standing


@dataclass(frozen=True, slots=True)
class MemberChanged:
    """Somebody else's place in a group changed: they came, left, were made an administrator or put out."""

    member: Sender
    standing: Standing


@dataclass(frozen=True, slots=True)
class RoomMoved:
    """The room goes on under another id (a group became a supergroup)."""

    to: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """The contact goes on under another id (a new phone number, a new user id)."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class TopicChanged:
    """A topic of the desk was closed or reopened by hand."""

    closed: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """Authentic, and of a kind that we do not know or need; kept, counted, acted on by nobody."""

    kind: str


What = (
    Said
    | Edited
    | Withdrawn
    | Reacted
    | Pressed
    | Progressed
    | StandingChanged
    | MemberChanged
    | RoomMoved
    | Renamed
    | TopicChanged
    | Unknown
)


@dataclass(frozen=True, slots=True)
class Inbound:
    """One update, in our words."""

    channel: str
    account: str
    """Which of the channel's accounts got it: the bot's id, the phone number's id."""
    key: str
    """The platform's own id of the update, unique within channel and account."""
    raw: str
    """The update as JSON, as `Channel.read` takes it again."""
    what: What
    room: str = ""
    at: int = 0
    """Milliseconds since 1970 by the platform's clock; never used for order."""
    sender: Sender | None = None
    thread: str = ""
    """The topic's id in a forum group."""
    is_group: bool = False


class Unreadable(ValueError):
    """Authentic, but not an update as the platform documents it; `key` is made from its bytes."""

    def __init__(self, key: str, raw: str, reason: str) -> None:
        super().__init__(reason)
        self.key, self.raw, self.reason = key, raw, reason
