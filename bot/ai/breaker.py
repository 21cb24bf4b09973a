"""Leaves a server alone that does not answer, so that no customer waits for it and no call is wasted."""

from enum import StrEnum

from bot.clock import Clock

PATIENCE = 3
SHORTEST_PAUSE_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 600.0


class Trouble(StrEnum):
    """What a call without a usable answer says about the next one."""

    NONE = "none"  # this question alone: a refusal, a filter
    PASSING = "passing"  # it may be better in a while
    LASTING = "lasting"  # the key or the account: only a person can mend it


class Breaker:
    """Opens for ten minutes after lasting trouble, and after three passing ones in a row for half a minute.

    When a pause is over, one call tries whether it is better; each failed try doubles the pause."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._in_a_row = 0
        self._pause = 0.0
        """Seconds; 0 while calls are made."""
        self._until = 0.0
        self._round = 0
        """Counts the openings: what was asked before one says nothing about the time after it."""

    @property
    def open(self) -> bool:
        """No call is made now, but for one that tries whether it is better."""
        return self._pause > 0

    def admit(self) -> int | None:
        """The round of the call that may be made now, to be given back with its outcome; None for not now."""
        if self._pause:
            if self._clock.monotonic() < self._until:
                return None
            self._until = self._clock.monotonic() + self._pause  # even if nobody tells what came of it
        return self._round

    def tell(self, call_round: int, trouble: Trouble) -> None:
        """What came of a call."""
        if trouble is Trouble.LASTING and self._pause < LONGEST_PAUSE_SECONDS:
            self._open(LONGEST_PAUSE_SECONDS)
        elif call_round == self._round:
            self._count(trouble)

    def _count(self, trouble: Trouble) -> None:
        if trouble is Trouble.NONE:
            self._in_a_row, self._pause = 0, 0.0
            return
        self._in_a_row += 1
        if self._in_a_row >= PATIENCE or self._pause:
            self._open(min(max(self._pause * 2, SHORTEST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS))

    def _open(self, pause: float) -> None:
        self._pause, self._until = pause, self._clock.monotonic() + pause
        self._round += 1
