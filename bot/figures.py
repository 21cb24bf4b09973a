"""What one business counts while it runs: plain numbers that hot code may add to, read when somebody asks."""

from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

SPANS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
"""Seconds at which spans are told apart."""
MOST_ASKED = 10_000
"""Rooms whose last message is remembered until it is answered."""


class Spread:
    """How often a value fell into each of some ranges; the last range has no end."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...] = SPANS) -> None:
        self.bounds, self.counts, self.total = bounds, [0] * (len(bounds) + 1), 0.0

    def note(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    @property
    def count(self) -> int:
        return sum(self.counts)


class Spreads(dict[str, Spread]):
    """A spread for each name, made when it is first used."""

    def __missing__(self, name: str) -> Spread:
        made = self[name] = Spread()
        return made


def _none() -> Mapping[str, float]:
    return {}


@dataclass(slots=True)
class Figures:
    """Names that become labels are closed sets or our own words: never what a customer wrote."""

    updates: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By channel, kind and outcome: stored, repeated, unreadable."""
    not_stored: Counter[str] = field(default_factory=Counter)
    """Posts and polls whose updates could not be put on disk, by channel: answered 503, or asked for again."""
    stored: Spreads = field(default_factory=Spreads)
    """Seconds from a post's last byte until it was on disk, by channel."""
    sends: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Calls by channel, result (sent, later, refused, unsure, moved) and, if refused, reason."""
    answered: Spreads = field(default_factory=Spreads)
    """Seconds from a customer's last message until the platform took the bot's answer, by channel."""
    asked: OrderedDict[tuple[str, str], float] = field(default_factory=OrderedDict)
    """The monotonic second at which a room's last message came, until it is answered; by channel and room."""
    held_until: dict[str, float] = field(default_factory=dict)
    """Until when nothing may go to a channel, in monotonic seconds."""
    budget_left: Callable[[], Mapping[str, float]] = _none
    """How many calls each channel may take at this moment."""
    turns: Counter[str] = field(default_factory=Counter)
    """Turns by outcome: done, again (something newer came), failed, given_up."""
    handed_over: Counter[str] = field(default_factory=Counter)
    """Requests for a person, by the reason."""
    questions: Counter[str] = field(default_factory=Counter)
    """Questions by what came of them: answered, clarified, escalated, refused."""
    refused_orders: Counter[str] = field(default_factory=Counter)
    """What only looked like an order of staff, by why nothing was done: a closed set of `bot/desk/commands`."""
    jobs_failed: Counter[str] = field(default_factory=Counter)
    restarts: Counter[str] = field(default_factory=Counter)
    """How often a background task had to be started again, by its name."""
    lag: Spread = field(default_factory=Spread)
    """Seconds by which the loop came late to what it had to do."""
    stalls: int = 0
    log_lines: Counter[str] = field(default_factory=Counter)
    """By level."""
    mishaps: Counter[str] = field(default_factory=Counter)
    """Errors that nobody caught, by where they came out: loop, thread, garbage, main."""

    def ask(self, channel: str, rooms: Iterable[str], now: float) -> None:
        """Customers wrote at the monotonic second `now`."""
        for room in rooms:
            self.asked[channel, room] = now
        while len(self.asked) > MOST_ASKED:
            self.asked.popitem(last=False)

    def answer(self, channel: str, room: str, now: float, *, by_bot: bool) -> None:
        """The platform took a message to a customer; how long a person took is no figure of ours."""
        asked = self.asked.pop((channel, room), None)
        if asked is not None and by_bot:
            self.answered[channel].note(now - asked)
