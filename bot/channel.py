"""What a channel is, and what may come of a send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.content import Content, Media, MediaKind
from bot.update import Inbound, Reason, Standing, Unreadable

NAMES = {"telegram": "Telegram", "whatsapp": "WhatsApp"}


def shown_channel(name: str) -> str:
    """As people write it."""
    return NAMES.get(name, name)


class SendLater(Exception):
    """Not now: certainly not sent, try again after `seconds` (None: by the usual backoff)."""

    def __init__(self, seconds: float | None, detail: str = "", *, whole_channel: bool = False) -> None:
        super().__init__(detail)
        self.seconds, self.detail, self.whole_channel = seconds, detail, whole_channel


class SendRefused(Exception):
    """Never: the platform does not take it, and why."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason, self.detail = reason, detail


class SendUnsure(Exception):
    """Nobody can know whether it was sent. `answered`: the platform answered that it is out of order, so
    most likely it was not; otherwise the call was cut off after it left us."""

    def __init__(self, detail: str, *, answered: bool = False) -> None:
        super().__init__(detail)
        self.answered = answered


class RoomMovedAway(Exception):
    """Not sent: the room goes on under the id `to`; send it there."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


@dataclass(frozen=True, slots=True)
class Limits:
    """What a channel takes in one message. Texts count UTF-16 code units, the strictest reading."""

    text: int
    caption: int
    buttons: int
    button_title: int
    text_with_buttons: int
    album: int
    """How many files one message may carry; 1 where there are no albums."""
    captionless: frozenset[MediaKind] = frozenset({MediaKind.STICKER, MediaKind.ROUND_VIDEO})
    """Kinds of file that carry no text."""
    edits: bool = True
    """A message that was sent can be changed, and taken back."""
    window_hours: int = 0
    """So long after a customer's last message we may write freely, later only by templates; 0: always."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `python -m bot check`: what was looked at, and what to do if it is not fine."""

    subject: str
    ok: bool
    sentence: str
    stops: bool = False
    """The bot cannot start with this."""


class Channel(Protocol):
    """One configured way to reach us. It translates, and knows neither customers nor staff."""

    name: str
    account: str
    limits: Limits
    echoes_tracker: bool
    """The platform reports progress with the tracker we gave: an unsure send can be reconciled."""
    last_error: str
    """What went wrong last, for staff to read; empty when nothing did. Never holds a secret."""
    shows_drafts: bool
    """Answers can be shown in a room while they are still being written."""
    typing_seconds: float
    """How long the sign that we are typing stays, less a moment."""
    last_ok: int
    """When a call last went well, milliseconds since 1970."""

    def read(self, raw: bytes) -> Sequence[Inbound | Unreadable]:
        """Read what the platform posted; one post may carry many updates.

        Raises ValueError when it is not even JSON of the right outline."""
        ...

    async def start(self) -> None:
        """Find out who we are and open the way in. Raises SendLater or SendRefused."""
        ...

    async def stop(self) -> None: ...

    async def send(
        self, room: str, content: Content, *, thread: str = "", reply_to: str = "", tracker: str = ""
    ) -> tuple[str, ...]:
        """Send one message and return its remote ids (an album has several).

        Raises SendLater, SendRefused, SendUnsure, RoomMovedAway."""
        ...

    async def edit(self, room: str, remote_id: str, content: Content) -> None:
        """Replace a message of ours; saying what it already says is fine. Raises as `send`."""
        ...

    async def take_back(self, room: str, remote_id: str) -> None:
        """Delete a message of ours; one that is gone already is fine. Raises as `send`."""
        ...

    async def react(self, room: str, remote_id: str, emoji: str) -> None:
        """Put our one reaction on a message; empty takes it back. Raises as `send`."""
        ...

    async def show_typing(self, room: str, remote_id: str) -> None:
        """Tell the room that an answer is coming; `remote_id` is the message being answered."""
        ...

    async def show_draft(self, room: str, remote_id: str, text: str) -> None:
        """Show the beginning of the answer to that message, until the answer is sent. Best effort: raises nothing."""
        ...

    async def acknowledge(self, token: str, text: str = "") -> None:
        """End the waiting sign on a tapped button. Best effort: raises nothing."""
        ...

    async def fetch(self, media: Media, most: int) -> bytes:
        """The file's bytes, at most `most` of them. Raises as `send`."""
        ...

    async def check(self) -> Sequence[Finding]:
        """Ask the platform who we are and what is set up."""
        ...


@dataclass(frozen=True, slots=True)
class RoomState:
    """What a group is to us, as the platform tells it now."""

    title: str
    is_forum: bool
    standing: Standing
    may_manage_topics: bool


class DeskChannel(Channel, Protocol):
    """A channel whose groups can be a desk: it knows topics and rights."""

    username: str
    """Our own, without "@": commands may be addressed to it."""

    async def look_at(self, room: str) -> RoomState:
        """Raises as `send`."""
        ...

    async def look_at_member(self, room: str, member: str) -> Standing:
        """Somebody's place in the group as the platform tells it now. Raises as `send`; SendRefused for nobody."""
        ...

    async def topic_icons(self) -> Mapping[str, str]:
        """The icons that a topic may have, by their emoji without the sign for colour. Raises as `send`."""
        ...

    async def open_topic(self, room: str, title: str, icon: str = "") -> str:
        """Make a topic and return its thread id. Raises as `send`."""
        ...

    async def name_topic(self, room: str, thread: str, title: str, icon: str = "") -> None:
        """Its title, and one of `topic_icons` if any; what it is already is fine. Raises as `send`."""
        ...

    async def close_topic(self, room: str, thread: str) -> None: ...

    async def reopen_topic(self, room: str, thread: str) -> None: ...

    async def leave(self, room: str) -> None: ...

    async def set_menu(self, room: str, language: str, commands: Mapping[str, str]) -> None:
        """What the app offers who types a slash in the room: commands with a few words each, for those who use
        it in that language; "" for all others. Raises as `send`."""
        ...

    def link_to(self, room: str, thread: str, remote_id: str) -> str:
        """An address that opens the message in the app; empty where there is none."""
        ...
