"""Customers and both platforms: asks, hears the answers, and knows afterwards whether all is as it must be."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import Final

from benchmarks.platforms import TELEGRAM, WHATSAPP, Kind
from benchmarks.questions import Question, mark_of
from benchmarks.wire import Line, Platform

DRAIN_SECONDS: Final = 30.0


class Void(Exception):
    """The trial did not keep what every figure rests on; the message says what."""


@dataclass(slots=True)
class Asked:
    room: int
    serial: int
    question: Question
    at: float
    acked: float = 0.0
    heard: float = 0.0


@dataclass(slots=True)
class Trial:
    """What happened between one bot and its customers. Times are seconds."""

    kind: Kind
    seconds: float
    marked: bool = True
    """False for a relay, which says nothing but the question."""
    asked: list[Asked] = field(default_factory=list)
    calls: list[tuple[int, bytes]] = field(default_factory=list)
    refused: int = 0
    began: float = 0.0
    own_cpu: float = 0.0
    """Seconds of CPU that the world used up, from the first question to the last answer."""

    def in_time(self, moment: float) -> bool:
        return 0 < moment <= self.began + self.seconds

    @property
    def acks_a_second(self) -> float:
        return sum(self.in_time(asked.acked) for asked in self.asked) / self.seconds

    @property
    def answers_a_second(self) -> float:
        return sum(self.in_time(asked.heard) for asked in self.asked) / self.seconds

    @property
    def delays(self) -> list[float]:
        """From the webhook's first byte sent to the platform call's last byte come, sorted."""
        return sorted(asked.heard - asked.at for asked in self.asked if asked.heard)

    def check(self) -> None:
        """Every post acknowledged, every message answered once, with its own answer, in order. Raises Void."""
        if self.refused:
            raise Void(f"{self.refused} webhooks were not answered 200")
        if missing := sum(not asked.acked for asked in self.asked):
            raise Void(f"{missing} of {len(self.asked)} webhooks were not acknowledged")
        self._check_answers()

    def _check_answers(self) -> None:
        wanted: dict[int, list[str]] = {}
        heard: dict[int, list[str]] = {}
        for asked in self.asked:
            mark = asked.question.mark if self.marked else asked.question.echo
            wanted.setdefault(asked.room, []).append(mark)
        for room, body in self.calls:
            heard.setdefault(room, []).append(mark_of(self.kind.text_of(body)))
        wrong = [room for room in wanted.keys() | heard.keys() if wanted.get(room) != heard.get(room)]
        if wrong:
            room = wrong[0]
            raise Void(f"{len(wrong)} rooms: wanted {wanted.get(room)}, heard {heard.get(room)}")


class World:
    """One process beside the bot: fewer switches between processes, and one clock for both ends."""

    def __init__(self, questions: list[Question]) -> None:
        self._questions = questions
        self.pause = 0.0
        """How long the platforms take to answer a call, in seconds."""
        self._serial = 0
        self._open: dict[int, Asked] = {}
        self._trial: Trial | None = None
        self._ended = asyncio.Event()
        self.ready: Callable[[Line, Asked], None] = lambda line, asked: None
        self._lines: dict[int, Line] = {}

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Platform(self._called, lambda: self.pause), "127.0.0.1", 0, backlog=1024
        )
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        self._server.close()

    async def connect(self, port: int, count: int) -> list[Line]:
        loop = asyncio.get_running_loop()
        made = [
            await loop.create_connection(lambda: Line(self._acked, self._broken), "127.0.0.1", port)
            for _ in range(count)
        ]
        return [line for _, line in made]

    def begin(self, trial: Trial) -> None:
        self._trial, self._open, self._lines = trial, {}, {}
        trial.began, trial.own_cpu = perf_counter(), process_time()

    def ask(self, line: Line, room: int) -> None:
        trial = self._current()
        self._serial += 1
        question = self._questions[self._serial % len(self._questions)]
        post = trial.kind.post(room, self._serial, question.as_json)
        asked = Asked(room, self._serial, question, perf_counter())
        self._open[room] = asked
        self._lines[room] = line
        line.room = room
        trial.asked.append(asked)
        line.post(post)

    @property
    def is_over(self) -> bool:
        trial = self._current()
        return perf_counter() >= trial.began + trial.seconds

    async def drain(self) -> None:
        """Wait until every message is acknowledged and answered, or it takes too long: then checks tell."""
        deadline = perf_counter() + DRAIN_SECONDS
        while self._open and perf_counter() < deadline:
            self._ended.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(deadline - perf_counter()):
                    await self._ended.wait()
        trial = self._current()
        trial.own_cpu = process_time() - trial.own_cpu

    def _current(self) -> Trial:
        assert self._trial is not None
        return self._trial

    def _acked(self, line: Line, status: int) -> None:
        trial, asked = self._current(), self._open.get(line.room)
        if asked is None:
            return
        if status != 200:
            trial.refused += 1
        asked.acked = perf_counter()
        self._settle(line, asked)

    def _called(self, head: bytes, body: bytes) -> bytes:
        kind = WHATSAPP if head.startswith((b"POST /v", b"GET /v")) else TELEGRAM
        room = kind.room_of(head, body)
        if not room:
            return kind.reply(head, 0, 0)
        self._serial += 1
        if self._trial is not None:
            self._trial.calls.append((room, body))
            self._hear(room)
        return kind.reply(head, room, self._serial)

    def _hear(self, room: int) -> None:
        asked = self._open.get(room)
        if asked is not None and not asked.heard:
            asked.heard = perf_counter()
            self._settle(self._lines[room], asked)

    def _settle(self, line: Line, asked: Asked) -> None:
        if asked.acked and asked.heard:
            del self._open[asked.room]
            self.ready(line, asked)
            if not self._open:
                self._ended.set()

    def _broken(self) -> None:
        self._current().refused += 1


class Rooms:
    """Rooms in which nobody waits for an answer, the longest idle first."""

    def __init__(self, kind: Kind, count: int, offset: int = 0) -> None:
        first = kind.first_room + offset
        self.free = deque(range(first, first + count))


async def saturate(world: World, lines: list[Line], rooms: Rooms, trial: Trial) -> None:
    """Each line's next message leaves when its last one is acknowledged and answered."""

    def ready(line: Line, asked: Asked) -> None:
        rooms.free.append(asked.room)
        if not world.is_over:
            world.ask(line, rooms.free.popleft())

    world.ready = ready
    world.begin(trial)
    for line in lines:
        world.ask(line, rooms.free.popleft())
    await world.drain()


async def forge(port: int, kind: Kind, count: int, lines: int) -> int:
    """Send webhooks with a wrong proof; how many of them were refused as forged."""
    left, refused = count, 0
    over = asyncio.Event()

    def answered(line: Line, status: int) -> None:
        nonlocal left, refused
        refused += status in (401, 403)
        left -= 1
        if left >= lines:
            line.post(kind.forged)
        elif left == 0:
            over.set()

    loop = asyncio.get_running_loop()
    made = [
        (await loop.create_connection(lambda: Line(answered, over.set), "127.0.0.1", port))[1]
        for _ in range(lines)
    ]
    for line in made:
        line.post(kind.forged)
    await over.wait()
    for line in made:
        line.close()
    return refused


async def trickle(world: World, lines: list[Line], rooms: Rooms, trial: Trial, a_second: float) -> None:
    """So many messages a second, whatever the bot does."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    resting = deque(lines)
    due = [loop.time()]

    def tick() -> None:
        if world.is_over:
            over.set()
            return
        due.append(due.pop() + 1 / a_second)
        loop.call_at(due[0], tick)
        if resting:
            world.ask(resting.popleft(), rooms.free.popleft())

    def ready(line: Line, asked: Asked) -> None:
        rooms.free.append(asked.room)
        resting.append(line)

    world.ready = ready
    world.begin(trial)
    tick()
    await over.wait()
    await world.drain()
