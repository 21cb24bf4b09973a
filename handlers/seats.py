"""Who is connected: how many of one address, who goes when there are too many, and who has dawdled for too long."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from handlers.limits import Limits
from handlers.seat import Seat

log = logging.getLogger(__name__)

QUIET_SECONDS: Final = 60.0
SHARE_THAT_GOES: Final = 8


class Strangers:
    """Whoever was cut off or refused, counted and told of."""

    def __init__(self) -> None:
        self.cut, self.refused = 0, 0
        self._last, self._told, self._tell_at = "", (0, 0), 0.0

    def refuse(self, peer: str) -> None:
        self.refused += 1
        self._last = peer

    def cut_off(self, peer: str) -> None:
        self.cut += 1
        self._last = peer or self._last

    def tell(self, now: float) -> None:
        """A flood fills no log: the first line at once, the next one a minute later."""
        if now < self._tell_at or (self.refused, self.cut) == self._told:
            return
        refused, cut = self.refused - self._told[0], self.cut - self._told[1]
        log.warning("strangers: %d refused, %d cut off, the last one from %s", refused, cut, self._last)
        self._told, self._tell_at = (self.refused, self.cut), now + QUIET_SECONDS


class Seats:
    """All connections there are."""

    def __init__(self, limits: Limits, strangers: Strangers) -> None:
        self._limits, self._strangers = limits, strangers
        self._all: set[Seat] = set()
        self._of_one: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Seat]:
        return iter(self._all)

    def admit(self, seat: Seat) -> bool:
        """A place for a newcomer, if need be somebody else's."""
        if len(self._all) >= self._limits.connections and not self._make_room(self._all):
            return False
        if not self._may_have_more(seat.peer):
            return False
        self._all.add(seat)
        self._of_one[seat.peer] += 1
        return True

    def charge(self, seat: Seat, client: str) -> bool:
        """A proxy's connection counts as that of the one it speaks for."""
        if client == seat.peer:
            return True
        self._recount(seat, "")
        if not self._may_have_more(client):
            return False
        self._recount(seat, client)
        return True

    def send_away(self, seat: Seat) -> None:
        """Cut, without waiting for the other side to take what we have written."""
        if seat in self._all:
            self.forget(seat)
            self._strangers.cut_off(seat.peer)
            seat.abort()

    def forget(self, seat: Seat) -> None:
        if seat in self._all:
            self._all.discard(seat)
            self._uncount(seat.peer)

    def _may_have_more(self, peer: str) -> bool:
        if not peer or self._of_one[peer] < self._limits.connections_of_one:
            return True
        return self._make_room(seat for seat in self._all if seat.peer == peer)

    def _make_room(self, seats: Iterable[Seat]) -> bool:
        """An eighth of those who dawdle goes at once, so that a flood pays for looking around only now and then."""
        idle = sorted(filter(Seat.dawdles, seats), key=lambda seat: (seat.is_known, seat.since))
        for seat in idle[: len(idle) // SHARE_THAT_GOES + 1]:
            self.send_away(seat)
        return bool(idle)

    def _recount(self, seat: Seat, peer: str) -> None:
        self._uncount(seat.peer)
        seat.peer = peer
        self._of_one[peer] += 1

    def _uncount(self, peer: str) -> None:
        self._of_one[peer] -= 1
        if not self._of_one[peer]:
            del self._of_one[peer]


def is_late(seat: Seat, limits: Limits, now: float) -> bool:
    """Somebody at the other end has taken more time than anybody may."""
    waited = now - seat.since
    if seat.stalled_at and now - seat.stalled_at > limits.unread_seconds:
        return True
    if seat.taking is not None:
        return False
    if seat.request is None:
        return waited > (limits.known_seconds if seat.is_known else limits.head_seconds)
    body = seat.request.content
    return (
        not body.is_eof() and waited > limits.body_seconds + body.total_bytes / limits.body_bytes_per_second
    )
