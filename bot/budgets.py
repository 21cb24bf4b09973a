"""The platforms' limits as token buckets in front of the platforms: kept, not hit."""

from collections import OrderedDict
from dataclasses import dataclass

from bot.settings import Settings

MOST_ROOMS = 10_000
"""Rooms whose bucket is remembered; one that was not used for so long is full again anyway."""


@dataclass(slots=True)
class Bucket:
    """Lets `per_second` through in the long run and `burst` at once."""

    per_second: float
    burst: float
    tokens: float
    filled_at: float

    def wait(self, now: float) -> float:
        """Seconds until one may go; 0: now."""
        self.tokens = min(self.burst, self.tokens + (now - self.filled_at) * self.per_second)
        self.filled_at = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.per_second

    def take(self) -> None:
        self.tokens -= 1


@dataclass(frozen=True, slots=True)
class Rate:
    per_second: float
    burst: float


class Budget:
    """One channel's: so much in all, and so much a room."""

    def __init__(self, whole: Rate, room: Rate, group: Rate) -> None:
        self._rates = {False: room, True: group}
        self._whole = Bucket(whole.per_second, whole.burst, whole.burst, 0.0)
        self._rooms: OrderedDict[str, Bucket] = OrderedDict()

    def wait(self, room: str, *, message: bool, now: float) -> float:
        """Seconds until a call for the room may go. Only messages count against the room."""
        wait = self._whole.wait(now)
        return max(wait, self._room(room, now).wait(now)) if message else wait

    def take(self, room: str, *, message: bool, now: float) -> None:
        self._whole.take()
        if message:
            self._room(room, now).take()

    def _room(self, room: str, now: float) -> Bucket:
        bucket = self._rooms.get(room)
        if bucket is None:
            rate = self._rates[room.startswith("-")]
            bucket = self._rooms[room] = Bucket(rate.per_second, rate.burst, rate.burst, now)
            if len(self._rooms) > MOST_ROOMS:
                self._rooms.popitem(last=False)
        self._rooms.move_to_end(room)
        return bucket


def budgets(settings: Settings) -> dict[str, Budget]:
    """A budget for each channel, by its name. Sources: Telegram's bot FAQ, Meta's throughput page."""
    telegram, whatsapp = settings.telegram, settings.whatsapp
    chat, group = telegram.chat_messages_per_second, telegram.group_messages_per_minute
    contact = Rate(1 / whatsapp.contact_seconds_per_message, whatsapp.contact_burst)
    return {
        "telegram": Budget(
            Rate(telegram.messages_per_second, telegram.messages_per_second),
            room=Rate(chat, max(3.0, chat)),
            group=Rate(group / 60, max(1.0, group / 2)),
        ),
        "whatsapp": Budget(
            Rate(whatsapp.messages_per_second, whatsapp.messages_per_second), room=contact, group=contact
        ),
    }
