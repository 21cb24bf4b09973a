"""Scripted rudeness: what an emulator does instead of answering as it should, and what it then did."""

import asyncio
import random
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiohttp import web

EVERY = "*"
WEBHOOK = "webhook"
"""The name under which an emulator asks about the updates that it posts itself."""


class Rude(StrEnum):
    """What may go wrong. The first block is for calls to an emulator, the second for its webhooks."""

    STATUS = "status"  # refused with a status; nothing was done
    RESET_BEFORE = "reset_before"  # connection reset; nothing was done
    RESET_AFTER = "reset_after"  # done, then the connection is reset without an answer
    CUT = "cut"  # done, then the answer stops half-way
    SLOW = "slow"  # waits, then does it and answers
    HANG = "hang"  # does it at once, and answers only after the wait

    DUPLICATE = "duplicate"  # posted again after it was taken
    UNHEARD = "unheard"  # posted, and the answer never reaches the platform: posted again
    REORDER = "reorder"  # the next one goes first
    DELAY = "delay"  # posted after a wait


ACCEPTED = frozenset({Rude.RESET_AFTER, Rude.CUT, Rude.HANG})
"""The caller cannot know that it was done: what is repeated after these is an explained duplicate."""

FOR_CALLS = (Rude.STATUS, Rude.RESET_BEFORE, Rude.RESET_AFTER, Rude.CUT, Rude.SLOW, Rude.HANG)
FOR_WEBHOOKS = (Rude.DUPLICATE, Rude.UNHEARD, Rude.REORDER, Rude.DELAY)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. `seconds` is how long SLOW, HANG, DELAY and REORDER wait at most."""

    kind: Rude
    code: int = 0
    retry_after: float | None = None
    seconds: float = 0.0
    body: bytes | None = None
    """Answered with STATUS instead of the platform's own words."""

    @staticmethod
    def status(code: int, *, retry_after: float | None = None, body: bytes | None = None) -> "Fault":
        return Fault(Rude.STATUS, code, retry_after, body=body)

    @staticmethod
    def reset_before() -> "Fault":
        return Fault(Rude.RESET_BEFORE)

    @staticmethod
    def reset_after() -> "Fault":
        return Fault(Rude.RESET_AFTER)

    @staticmethod
    def cut() -> "Fault":
        return Fault(Rude.CUT)

    @staticmethod
    def slow(seconds: float) -> "Fault":
        return Fault(Rude.SLOW, seconds=seconds)

    @staticmethod
    def hang(seconds: float = 3600) -> "Fault":
        return Fault(Rude.HANG, seconds=seconds)

    @staticmethod
    def duplicate() -> "Fault":
        return Fault(Rude.DUPLICATE)

    @staticmethod
    def unheard() -> "Fault":
        return Fault(Rude.UNHEARD)

    @staticmethod
    def reorder(seconds: float = 0.2) -> "Fault":
        return Fault(Rude.REORDER, seconds=seconds)

    @staticmethod
    def delay(seconds: float) -> "Fault":
        return Fault(Rude.DELAY, seconds=seconds)

    @property
    def accepted(self) -> bool:
        """The call was carried out although the caller got no clean answer."""
        return self.kind in ACCEPTED


@dataclass(frozen=True, slots=True)
class Fired:
    """A fault that was acted out: `subject` is the call's parameters or the update."""

    name: str
    fault: Fault
    subject: Any
    at: float


When = Callable[[Any], bool]


@dataclass(slots=True)
class _Line:
    name: str
    fault: Fault
    left: int | None
    when: When | None

    def fits(self, name: str, subject: Any) -> bool:
        return self.name in (name, EVERY) and (self.when is None or self.when(subject))


@dataclass(frozen=True, slots=True)
class _Dice:
    rng: random.Random
    probability: float
    faults: tuple[Fault, ...]
    names: frozenset[str]


DOWN = Fault(Rude.STATUS, 502)
_RANDOM_CALL = (
    Fault(Rude.STATUS, 429, retry_after=1),
    Fault(Rude.STATUS, 500),
    DOWN,
    Fault(Rude.RESET_BEFORE),
    Fault(Rude.RESET_AFTER),
    Fault(Rude.CUT),
    Fault(Rude.SLOW, seconds=0.2),
    Fault(Rude.HANG, seconds=0.2),
)
_RANDOM_WEBHOOK = (
    Fault(Rude.DUPLICATE),
    Fault(Rude.UNHEARD),
    Fault(Rude.REORDER, seconds=0.2),
    Fault(Rude.DELAY, seconds=0.2),
)


@dataclass(slots=True)
class Faults:
    """The script. An emulator asks `pick` for each call (by its method's name) and each webhook.

    The oldest fitting line wins; `EVERY` ("*") as a name fits all calls, yet never webhooks."""

    fired: list[Fired] = field(default_factory=list)
    """All that happened, in order; tests explain duplicates with it."""
    _script: list[_Line] = field(default_factory=list)
    _dice: list[_Dice] = field(default_factory=list)
    _down: bool = False

    def next(self, name: str, fault: Fault, *, times: int = 1, when: When | None = None) -> None:
        """Let the next `times` calls of `name` for which `when(subject)` holds meet `fault`."""
        self._script.append(_Line(name, fault, times, when))

    def always(self, name: str, fault: Fault, *, when: When | None = None) -> None:
        """As `next`, until `calm`."""
        self._script.append(_Line(name, fault, None, when))

    def go_down(self) -> None:
        """Every call is answered 502 until `come_back`; webhooks go on."""
        self._down = True

    def come_back(self) -> None:
        self._down = False

    def random(
        self,
        seed: int,
        probability: float,
        kinds: Sequence[Rude | Fault] | None = None,
        *,
        names: Sequence[str] = (EVERY, WEBHOOK),
    ) -> None:
        """Let each call or webhook of `names` meet one of `kinds` (default: any) with `probability`.

        Repeatable for the same seed and the same order of calls."""
        wanted = kinds if kinds is not None else (*FOR_CALLS, *FOR_WEBHOOKS)
        chosen = [fault for kind in wanted for fault in _faults_of(kind)]
        for some in (FOR_CALLS, FOR_WEBHOOKS):
            faults = tuple(fault for fault in chosen if fault.kind in some)
            own = frozenset(name for name in names if (name == WEBHOOK) == (some is FOR_WEBHOOKS))
            if faults and own:
                self._dice.append(_Dice(random.Random(seed), probability, faults, own))

    def calm(self) -> None:
        """Forget the script, the dice and being down; what was fired stays on record."""
        self._script.clear()
        self._dice.clear()
        self._down = False

    def pick(self, name: str, subject: Any = None) -> Fault | None:
        """What this call or update meets, if anything; put on record."""
        if not (self._script or self._dice or self._down):
            return None
        fault = self._scripted(name, subject) or self._rolled(name)
        if fault is not None:
            self.fired.append(Fired(name, fault, subject, time.time()))
        return fault

    def _scripted(self, name: str, subject: Any) -> Fault | None:
        if self._down and name != WEBHOOK:
            return DOWN
        for line in self._script:
            if (name == WEBHOOK and line.name == EVERY) or not line.fits(name, subject):
                continue
            if line.left is not None:
                line.left -= 1
                if line.left <= 0:
                    self._script.remove(line)
            return line.fault
        return None

    def _rolled(self, name: str) -> Fault | None:
        for dice in self._dice:
            fits = name in dice.names or (EVERY in dice.names and name != WEBHOOK)
            if fits and dice.rng.random() < dice.probability:
                return dice.rng.choice(dice.faults)
        return None


def _faults_of(kind: Rude | Fault) -> tuple[Fault, ...]:
    if isinstance(kind, Fault):
        return (kind,)
    return tuple(fault for fault in (*_RANDOM_CALL, *_RANDOM_WEBHOOK) if fault.kind is kind)


Answer = Callable[[], Awaitable[web.Response]]


async def endure(
    fault: Fault,
    request: web.BaseRequest,
    accept: Answer,
    refuse: Callable[[Fault], web.Response],
    closing: asyncio.Event,
) -> web.StreamResponse:
    """Answer `request` as `fault` says. `accept` does the call; waits end early when `closing` is set."""
    if fault.kind is Rude.STATUS:
        return refuse(fault)
    if fault.kind is Rude.RESET_BEFORE:
        return reset(request)
    if fault.kind is Rude.SLOW:
        await pause(fault.seconds, closing)
        return await accept()
    response = await accept()
    if fault.kind is Rude.RESET_AFTER:
        return reset(request)
    if fault.kind is Rude.CUT:
        return await _cut(request, response)
    await pause(fault.seconds, closing)
    return response


def reset(request: web.BaseRequest) -> web.Response:
    """Break the connection hard: the caller sees "connection reset by peer"."""
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def pause(seconds: float, closing: asyncio.Event) -> None:
    """Sleep, unless the emulator is being closed."""
    try:
        async with asyncio.timeout(seconds):
            await closing.wait()
    except TimeoutError:
        return


async def _cut(request: web.BaseRequest, response: web.Response) -> web.StreamResponse:
    body = response.body if isinstance(response.body, bytes) else b""
    stub = web.StreamResponse(status=response.status, headers={"Content-Type": response.content_type})
    stub.content_length = max(len(body), 2)
    await stub.prepare(request)
    await stub.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return stub
