"""Where the desk is, and what we may do there."""

from dataclasses import dataclass

from bot.channel import DeskChannel, RoomState
from bot.update import Standing

ROOM_FACT = "desk_room"
TOPICS_FACT = "desk_has_topics"
CODE_FACT = "desk_code"
DESK_LOCK = "desk"
"""Which group the desk is, is decided by one at a time."""


@dataclass(slots=True)
class Desk:
    """The staff's group, as far as it is known."""

    channel: DeskChannel | None
    """None: no channel that can have a desk is on."""
    room: str = ""
    fixed: bool = False
    """The room stands in the environment (TELEGRAM_CHAT_ID), so no code may change it."""
    code: str = ""
    """The one-time code that makes a group the desk; empty when there is none."""
    state: RoomState | None = None
    """As the platform told it since the start; None until then."""
    had_topics: bool = False
    """What the group was when we last knew."""

    def is_here(self, channel: str, room: str) -> bool:
        return self.channel is not None and channel == self.channel.name and bool(room) and room == self.room

    @property
    def open(self) -> bool:
        """Staff can be reached, as far as we know."""
        gone = self.state is not None and self.state.standing in (Standing.GONE, Standing.MUTED)
        return self.channel is not None and bool(self.room) and not gone

    @property
    def has_topics(self) -> bool:
        if self.state is None:
            return self.had_topics
        return self.state.is_forum and self.state.may_manage_topics
