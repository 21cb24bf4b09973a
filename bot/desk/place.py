"""Where the desk is, and what we may do there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.channel import DeskChannel, RoomState
from bot.update import Standing

ROOM_FACT = "desk_room"
TOPICS_FACT = "desk_has_topics"
CODE_FACT = "desk_code"
DESK_LOCK = "desk"
"""Which group the desk is, is decided by one at a time."""


@dataclass(slots=True)
class Group:
    """A group of staff, as far as it is known."""

    room: str = ""
    state: RoomState | None = None
    """As the platform told it since the start; None until then."""
    had_topics: bool = False
    """What the group was when we last knew."""

    @property
    def open(self) -> bool:
        """Staff can be reached there, as far as we know."""
        return bool(self.room) and not _is_shut(self.state)

    @property
    def has_topics(self) -> bool:
        if self.state is None:
            return self.had_topics
        return self.state.is_forum and self.state.may_manage_topics


@dataclass(slots=True)
class Desk(Group):
    """Where staff are: the main group and, where there are several desks, the others by their names."""

    channel: DeskChannel | None = None
    """None: no channel that can have a desk is on."""
    fixed: bool = False
    """The main room stands in the environment (TELEGRAM_CHAT_ID), so no code may change it."""
    code: str = ""
    """The one-time code that makes a group the desk; empty when there is none."""
    icons: Mapping[str, str] = field(default_factory=dict)
    """Icons that topics may have, by their emoji; empty until the platform told."""
    others: dict[str, Group] = field(default_factory=dict)

    def is_here(self, channel: str, room: str) -> bool:
        return self.channel is not None and channel == self.channel.name and bool(room) and room in self.rooms

    @property
    def rooms(self) -> tuple[str, ...]:
        return (self.room, *(group.room for group in self.others.values()))

    def at(self, name: str) -> Group:
        """The desk of that name; the main one where it has no group (any more)."""
        return self.others.get(name, self)

    def room_of(self, name: str) -> str:
        return self.at(name).room

    def name_of(self, room: str) -> str:
        """Which desk is in that group; empty is the main one."""
        return next((name for name, group in self.others.items() if group.room == room), "")

    def group_in(self, room: str) -> Group:
        return self.at(self.name_of(room))

    @property
    def open(self) -> bool:
        """Staff can be reached at the main desk, as far as we know."""
        return self.channel is not None and bool(self.room) and not _is_shut(self.state)


def _is_shut(state: RoomState | None) -> bool:
    return state is not None and state.standing in (Standing.GONE, Standing.MUTED)
