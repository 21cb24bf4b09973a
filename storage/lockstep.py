"""Works of one group, driven side by side: what many of them ask at once is one round trip to PostgreSQL."""

from collections.abc import Coroutine, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal, cast

from storage.database import News, Row, Work
from storage.dialect import Statement, translate
from storage.grouping import Outcome
from storage.line import Connection

Answer = list[Row] | int | None
ASKED_LAST = ("budget",)
"""Names that works ask for when they have others already."""


class Stalled(Exception):
    """Each of the works waits for a name that another one has."""


class Spoilt(Exception):
    """A work failed after it had written: what the group did must go."""


class Ask:
    """What a work awaits: the driver answers it."""

    __slots__ = ("arguments", "kind", "names", "statement")

    def __init__(
        self,
        kind: Literal["rows", "count", "lock"],
        sql: str,
        parameters: dict[str, Any],
        names: Sequence[str] = (),
    ) -> None:
        self.kind, self.names = kind, names
        self.statement: Statement = translate(sql)
        self.arguments = self.statement.arguments(parameters)

    def __await__(self) -> Generator["Ask", Answer, Answer]:
        answer = yield self
        return answer


class Asking:
    """The statements of one work."""

    __slots__ = ("news",)

    def __init__(self) -> None:
        self.news: list[News] = []

    async def fetch(self, sql: str, **parameters: Any) -> list[Row]:
        return cast("list[Row]", await Ask("rows", sql, parameters))

    async def fetch_one(self, sql: str, **parameters: Any) -> Row | None:
        rows = cast("list[Row]", await Ask("rows", sql, parameters))
        return rows[0] if rows else None

    async def execute(self, sql: str, **parameters: Any) -> int:
        return cast("int", await Ask("count", sql, parameters))

    async def lock(self, *names: str) -> None:
        await Ask("lock", "", {}, names)

    def announce(self, news: News) -> None:
        self.news.append(news)


@dataclass(slots=True, eq=False)
class Doing:
    """A work on its way."""

    work: Work[Any]
    tx: Asking = field(default_factory=Asking)
    ask: Ask | None = None
    outcome: Outcome | None = None
    has_written: bool = False
    _coroutine: Coroutine[Ask, Answer, Any] | None = None

    def begin(self) -> None:
        try:
            self._coroutine = cast("Coroutine[Ask, Answer, Any]", self.work(self.tx))
        except Exception as error:
            self.outcome = Outcome(error=error)
        else:
            self.go_on(None)

    def go_on(self, answer: Answer) -> None:
        """To its next question, or to its end."""
        assert self._coroutine is not None
        self.ask = None
        try:
            ask = self._coroutine.send(answer)
        except StopIteration as finished:
            self.outcome = Outcome(value=finished.value, news=self.tx.news)
        except Exception as error:
            self.outcome = Outcome(error=error)
        else:
            self._wait(ask)

    def _wait(self, ask: object) -> None:
        if isinstance(ask, Ask):
            self.ask = ask
            self.has_written = self.has_written or ask.statement.writes
            return
        self.drop()
        self.outcome = Outcome(error=RuntimeError("a transaction may await its own statements only"))

    def fail(self, error: Exception) -> None:
        """Its own statement failed: it hears of it where it asked, and that is the end of it."""
        assert self._coroutine is not None
        self.ask, self.outcome = None, Outcome(error=error)
        try:
            self._coroutine.throw(error)
        except StopIteration:
            """It swallowed the error, but its transaction is broken all the same."""
        except Exception as raised:
            self.outcome = Outcome(error=raised)
        self.drop()

    def drop(self) -> None:
        """Leave it where it is."""
        if self._coroutine is not None:
            self._coroutine.close()


class Lockstep:
    """One transaction's works, from its first statement to its last; the caller opens and ends it."""

    def __init__(self, connection: Connection, works: Iterable[Work[Any]], opening: str, scope: str) -> None:
        """`opening` begins the transaction, and goes out with the first question where it can."""
        self._connection, self._opening, self._scope = connection, opening, scope
        self.doing = [Doing(work) for work in works]
        self.is_open = False
        self._holders: dict[str, Doing] = {}

    async def run(self) -> None:
        """Raises Stalled, Spoilt, and what PostgreSQL or asyncpg raise."""
        try:
            for one in self.doing:
                one.begin()
            while waiting := [one for one in self.doing if one.ask]:
                self._look_for_spoilt()
                await self._round(waiting)
            self._look_for_spoilt()
        except Exception:
            self._drop_unfinished()
            raise

    def _drop_unfinished(self) -> None:
        if len(self.doing) > 1:  # one alone hears of its error
            for one in self.doing:
                if one.outcome is None:
                    one.drop()

    def _look_for_spoilt(self) -> None:
        if len(self.doing) > 1 and any(
            one.has_written and one.outcome and one.outcome.error for one in self.doing
        ):
            raise Spoilt

    async def _round(self, waiting: list[Doing]) -> None:
        granted = await self._lock([one for one in waiting if one.ask and one.ask.kind == "lock"])
        asking = [one for one in waiting if one.ask and one.ask.kind != "lock"]
        if not granted and not asking:
            raise Stalled
        answers = await self._answers(asking)
        for one in granted:
            answers[one] = None
        for one in waiting:
            if one in answers:
                one.go_on(answers[one])

    async def _open(self, more: str = "") -> None:
        words = [*([] if self.is_open else [self._opening]), *([more] if more else [])]
        self.is_open = True
        if words:
            await self._connection.execute("; ".join(words))

    async def _lock(self, wanting: list[Doing]) -> list[Doing]:
        """Who got the names they asked for. The session has each name once; among its works we decide."""
        granted: list[Doing] = []
        fresh: set[str] = set()
        for one in wanting:
            assert one.ask is not None
            holders = [self._holders.get(name, one) for name in one.ask.names]
            if any(holder is not one and holder.outcome is None for holder in holders):
                continue
            fresh.update(name for name in one.ask.names if name not in self._holders)
            self._holders.update(dict.fromkeys(one.ask.names, one))
            granted.append(one)
        if fresh:
            # Always in one order, so that two processes cannot wait for each other here.
            places = sorted((name in ASKED_LAST, lock_number(self._scope, name)) for name in fresh)
            calls = ", ".join(f"pg_advisory_xact_lock({number})" for _, number in places)
            await self._open(f"SELECT {calls}")
        return granted

    async def _answers(self, asking: list[Doing]) -> dict[Doing, Answer]:
        alike: dict[tuple[str, str], list[Doing]] = {}
        for one in asking:
            assert one.ask is not None
            alike.setdefault((one.ask.kind, one.ask.statement.sql), []).append(one)
        if asking:
            await self._open()
        found: dict[Doing, Answer] = {}
        for several in alike.values():
            asks = [one.ask for one in several if one.ask]
            found |= zip(several, await ask_at_once(self._connection, asks), strict=True)
        return found


async def ask_at_once(connection: Connection, asks: Sequence[Ask]) -> list[Answer]:
    """The answers to asks that differ in their arguments only, in their order."""
    statement = asks[0].statement
    if len(asks) == 1 or not statement.many:
        return [await ask_one(connection, ask) for ask in asks]
    arguments = [(*ask.arguments, at) for at, ask in enumerate(asks)]
    records = await connection.fetchmany(statement.many, arguments)
    rows: list[list[Row]] = [[] for _ in asks]
    for record in records:
        row = dict(record.items())
        rows[row.pop("_n")].append(row)
    if asks[0].kind == "rows":
        return [*rows]
    return [some[0]["touched"] if statement.touched else len(some) for some in rows]


async def ask_one(connection: Connection, ask: Ask) -> Answer:
    if ask.kind == "rows":
        return [dict(record.items()) for record in await connection.fetch(ask.statement.sql, *ask.arguments)]
    status = await connection.execute(ask.statement.sql, *ask.arguments)
    return touched(status)


def touched(status: str) -> int:
    """`INSERT 0 3`, `UPDATE 3`: how many rows; of other commands none."""
    number = status.rpartition(" ")[2]
    return int(number) if number.isdecimal() else 0


def lock_number(scope: str, name: str) -> int:
    """A name as the 64 bits that PostgreSQL locks; businesses in schemas of their own do not meet."""
    return int.from_bytes(blake2b(f"{scope}\0{name}".encode(), digest_size=8).digest(), "big", signed=True)
