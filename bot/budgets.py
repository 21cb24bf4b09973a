"""The platforms' limits as token buckets in front of the platforms: kept, not hit."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from bot.settings import Settings

SLACK = 1.03
"""We count when a call starts, the platform when it arrives: calls that hurry must not come too close."""
KEPT_FOR_URGENT = 0.25
"""Of a group's messages a minute; a new card must not wait for a transcript's minute to pass."""
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

    def give_back(self) -> None:
        self.tokens += 1


@dataclass(slots=True)
class Window:
    """Lets `most` through in any `seconds`, a share of them only for what is urgent."""

    most: int
    seconds: float
    kept_for_urgent: float = 0.0
    taken: deque[float] = field(default_factory=deque)

    def wait(self, now: float, *, urgent: bool) -> float:
        """Seconds until one may go; 0: now."""
        while self.taken and self.taken[0] <= now - self.seconds:
            self.taken.popleft()
        most = self.most if urgent else max(1, int(self.most * (1 - self.kept_for_urgent)))
        surplus = len(self.taken) - most
        return 0.0 if surplus < 0 else self.taken[surplus] + self.seconds - now

    def take(self, now: float) -> None:
        self.taken.append(now)

    def give_back(self) -> None:
        if self.taken:
            self.taken.pop()


@dataclass(frozen=True, slots=True)
class Rate:
    per_second: float
    burst: float

    def bucket(self, now: float) -> Bucket:
        return Bucket(self.per_second, self.burst, self.burst, now)


class Budget:
    """One channel's: so much in all, so much a room, and for a group so much a minute as well."""

    def __init__(self, per_second: float, room: Rate, group_per_minute: float | None = None) -> None:
        self._room_rate, self._group_per_minute = room, group_per_minute
        self._whole = Window(max(1, int(per_second)), max(1.0, 1 / per_second) * SLACK)
        self._rooms: OrderedDict[str, tuple[Bucket, Window | None]] = OrderedDict()

    def wait(self, room: str, *, message: bool, urgent: bool, now: float) -> float:
        """Seconds until a call for the room may go. Only messages count against the room."""
        wait = self._whole.wait(now, urgent=urgent)
        if not message:
            return wait
        bucket, window = self._room(room, now)
        return max(wait, bucket.wait(now), window.wait(now, urgent=urgent) if window else 0.0)

    def take(self, room: str, *, message: bool, now: float) -> None:
        self._whole.take(now)
        if message:
            bucket, window = self._room(room, now)
            bucket.take()
            if window:
                window.take(now)

    def give_back(self, room: str) -> None:
        """The newest message that was taken for the room was not sent after all."""
        self._whole.give_back()
        if limits := self._rooms.get(room):
            limits[0].give_back()
            if limits[1]:
                limits[1].give_back()

    def _room(self, room: str, now: float) -> tuple[Bucket, Window | None]:
        limits = self._rooms.get(room)
        if limits is None:
            is_group = room.startswith("-") and self._group_per_minute is not None
            most = max(1, int(self._group_per_minute or 1))
            window = Window(most, 60.0 * SLACK, KEPT_FOR_URGENT) if is_group else None
            limits = self._rooms[room] = self._room_rate.bucket(now), window
            if len(self._rooms) > MOST_ROOMS:
                self._rooms.popitem(last=False)
        self._rooms.move_to_end(room)
        return limits


def budgets(settings: Settings) -> dict[str, Budget]:
    """A budget for each channel, by its name. Sources: Telegram's bot FAQ, Meta's throughput page."""
    telegram, whatsapp = settings.telegram, settings.whatsapp
    chat = telegram.chat_messages_per_second
    return {
        "telegram": Budget(
            telegram.messages_per_second,
            room=Rate(chat, max(2.0, chat)),
            group_per_minute=telegram.group_messages_per_minute,
        ),
        "whatsapp": Budget(
            whatsapp.messages_per_second,
            room=Rate(1 / whatsapp.contact_seconds_per_message, whatsapp.contact_burst),
        ),
    }
