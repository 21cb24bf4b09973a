"""The platforms' limits as windows and buckets in front of the platforms: kept, not hit."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

import orjson

from bot.settings import Settings

SLACK = 1.03
"""We count when a call starts, the platform when it arrives: calls that hurry must not come too close."""
SHARED_SLACK = 1.2
"""Where processes agree, a call starts when the transaction is stored in which it was counted."""
KEPT_FOR_URGENT = 0.25
"""Of a group's messages a minute; a new card must not wait for a transcript's minute to pass."""
MOST_ROOMS = 10_000
"""Rooms whose bucket is remembered; one that was not used for so long is full again anyway."""
NO_LIMIT_A_SECOND = 1_000
"""No platform lets more through: such a limit means that there is none, and nobody need agree on it."""
SOON_FULL_SECONDS = 3.0
"""A restart takes about as long: what is full again by then is not worth a row."""


@dataclass(slots=True)
class Bucket:
    """Lets `per_second` through in the long run and `burst` at once."""

    per_second: float
    burst: float
    tokens: float
    filled_at: float

    def wait(self, now: float) -> float:
        """Seconds until one may go; 0: now."""
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.filled_at) * self.per_second)
        self.filled_at = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.per_second

    def take(self) -> None:
        self.tokens -= 1

    def give_back(self) -> None:
        self.tokens += 1

    @property
    def full_in(self) -> float:
        """Seconds."""
        return (self.burst - self.tokens) / self.per_second


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

    def left(self, now: float) -> int:
        """How many may go at once."""
        return self.most - sum(at > now - self.seconds for at in self.taken)


@dataclass(frozen=True, slots=True)
class Rate:
    per_second: float
    burst: float

    def bucket(self, now: float) -> Bucket:
        return Bucket(self.per_second, self.burst, self.burst, now)


@dataclass(slots=True)
class Room:
    """One room's limits."""

    bucket: Bucket
    window: Window | None

    def wait(self, now: float, *, urgent: bool) -> float:
        return max(self.bucket.wait(now), self.window.wait(now, urgent=urgent) if self.window else 0.0)

    def take(self, now: float) -> None:
        self.bucket.take()
        if self.window:
            self.window.take(now)

    def give_back(self) -> None:
        self.bucket.give_back()
        if self.window:
            self.window.give_back()


class Budget:
    """One channel's: so much in all, so much a room, and for a group so much a minute as well.

    `now` is in seconds and never jumps; `ahead` is what to add to it for seconds since 1970."""

    def __init__(
        self, per_second: float, room: Rate, group_per_minute: float | None = None, slack: float = SLACK
    ) -> None:
        self._per_second, self._room_rate, self._group_per_minute = per_second, room, group_per_minute
        self._whole = Window(max(1, int(per_second)), max(1.0, 1 / per_second) * slack)
        self._rooms: OrderedDict[str, Room] = OrderedDict()
        self.is_unlimited = (
            min(per_second, room.per_second, (group_per_minute or 1e9) / 60) >= NO_LIMIT_A_SECOND
        )
        """In all, and whatever the room."""

    def left(self, now: float) -> int:
        """How many calls the whole channel may take at once."""
        return self._whole.left(now)

    def empty(self) -> "Budget":
        """The same limits with nothing spent, as several processes have to keep them."""
        return Budget(self._per_second, self._room_rate, self._group_per_minute, SHARED_SLACK)

    def wait(self, room: str, *, message: bool, urgent: bool, now: float) -> float:
        """Seconds until a call for the room may go. Only messages count against the room."""
        wait = self._whole.wait(now, urgent=urgent)
        return max(wait, self._room(room, now).wait(now, urgent=urgent)) if message else wait

    def take(self, room: str, *, message: bool, now: float) -> None:
        self._whole.take(now)
        if message:
            self._room(room, now).take(now)

    def give_back(self, room: str) -> None:
        """The newest message that was taken for the room was not sent after all."""
        self._whole.give_back()
        if room in self._rooms:
            self._rooms[room].give_back()

    def is_limited(self, room: str) -> bool:
        """Whether processes have to agree on what they spend of it."""
        in_all, a_room = self._per_second, self._room_rate.per_second
        return min(in_all, a_room) < NO_LIMIT_A_SECOND or (
            self._is_group(room) and (self._group_per_minute or 0) < NO_LIMIT_A_SECOND * 60
        )

    def is_worth_keeping(self, room: str) -> bool:
        """Whether the next start has to know what was spent of the room."""
        limits = self._rooms.get(room)
        if limits is None:
            return False
        counts = limits.window is not None and limits.window.most < NO_LIMIT_A_SECOND * 60
        return counts or limits.bucket.full_in > SOON_FULL_SECONDS

    def spent(self, room: str, ahead: float) -> str:
        """What was spent of it, as `restore` reads it; an empty room is the whole channel."""
        if not room:
            return orjson.dumps({"taken": [at + ahead for at in self._whole.taken]}).decode()
        limits = self._rooms[room]
        taken = [at + ahead for at in limits.window.taken] if limits.window else []
        filled_at = limits.bucket.filled_at + ahead
        return orjson.dumps({"taken": taken, "tokens": limits.bucket.tokens, "filled_at": filled_at}).decode()

    def restore(self, room: str, spent: str, *, now: float, ahead: float) -> None:
        """Remember what an earlier or another process spent; nothing lies in the future."""
        if not spent:
            return
        known = orjson.loads(spent)
        taken = deque(min(now, at - ahead) for at in known["taken"])
        if not room:
            self._whole.taken = taken
            return
        limits = self._room(room, now)
        limits.bucket.tokens = known["tokens"]
        limits.bucket.filled_at = min(now, known["filled_at"] - ahead)
        if limits.window:
            limits.window.taken = taken

    def _is_group(self, room: str) -> bool:
        return room.startswith("-") and self._group_per_minute is not None

    def _room(self, room: str, now: float) -> Room:
        limits = self._rooms.get(room)
        if limits is None:
            most = max(1, int(self._group_per_minute or 1))
            window = Window(most, 60.0 * SLACK, KEPT_FOR_URGENT) if self._is_group(room) else None
            limits = self._rooms[room] = Room(self._room_rate.bucket(now), window)
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
