"""We among the processes on one database: alive while we beat, and what the dead leave is taken up."""

import logging
import random

from bot.business import Business
from storage import processes
from storage.database import Statements, StorageUnavailable

log = logging.getLogger(__name__)

ID_BITS = 53
BEAT_SECONDS = 1.0
DEAD_SECONDS = 5.0
"""Without a beat for so long, by our own clock: clocks of other machines are not asked."""


class Presence:
    def __init__(self, business: Business) -> None:
        self._business = business
        self._seen: dict[int, tuple[int, float]] = {}
        """Each process's newest beat, and when we saw it first."""

    async def begin(self) -> None:
        """Become one of them. On a database that is ours alone, whoever else has a row there is dead."""
        business = self._business

        process = random.getrandbits(ID_BITS)

        async def work(tx: Statements) -> None:
            if not business.db.shared:
                await processes.bury_all(tx)
            await processes.add(tx, process, business.clock.now())

        await business.insist(work)
        business.process = process
        business.present.set()
        if business.db.shared:
            log.info("we are process %s on this database", process)

    async def run(self) -> None:
        """Come in, beat, and look after the others; goes on until it is cancelled."""
        await self.begin()
        while self._business.db.shared:
            await self._business.clock.sleep(BEAT_SECONDS)
            try:
                await self.beat()
            except StorageUnavailable as error:
                self._seen.clear()  # nobody could beat: their time begins anew
                log.warning("no beat: %s", error)

    async def beat(self) -> None:
        business = self._business
        if not await business.db.transaction(lambda tx: processes.beat(tx, business.process)):
            log.error("the other processes took process %s for dead", business.process)
            await self.begin()
        for process in await self._dead():
            if await self._bury(process):
                log.warning("process %s is dead; what it had is taken up", process)
                business.take_up()

    async def _bury(self, process: int) -> bool:
        beat, _ = self._seen.pop(process)
        return await self._business.db.transaction(lambda tx: processes.bury(tx, process, beat))

    async def _dead(self) -> list[int]:
        now = self._business.clock.monotonic()
        beats = await processes.beats(self._business.db)
        self._seen = {
            process: (beat, self._seen[process][1])
            if self._seen.get(process, (None, 0.0))[0] == beat
            else (beat, now)
            for process, beat in beats.items()
        }
        return [process for process, (_, since) in self._seen.items() if now - since > DEAD_SECONDS]

    async def holds(self, duty: str) -> bool:
        """Whether the duty is ours, by what the database says now; takes it when nobody alive has it."""
        business = self._business
        if not business.db.shared:
            return True
        if not business.present.is_set():
            return False
        try:
            return await business.db.transaction(lambda tx: processes.hold(tx, duty, business.process))
        except StorageUnavailable:
            return False

    async def end(self) -> None:
        """We leave: what we had need not wait until we are taken for dead."""
        try:
            await self._business.db.transaction(lambda tx: processes.leave(tx, self._business.process))
        except StorageUnavailable as error:
            log.warning("left without a word: %s", error)
