"""Power cuts thought through: one run of the real process, and its files as they would be after any moment."""

import asyncio
import random
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.evidence import Ledger, lost
from tests.crash.load import Load
from tests.crash.preload import compiled
from tests.crash.stage import Stage
from tests.crash.verdict import Verdict
from tests.proofs.cuts import CARELESS
from tests.proofs.recording import HOWS, RECORDER, Disk, entries, environ


@dataclass(frozen=True, slots=True)
class Points:
    cuts: int = 500
    seconds: float = 20.0
    """Of load, during which the cuts are."""
    seed: int = 1
    careless: bool = False
    customers: int = 5


@dataclass(slots=True)
class Recorded:
    log: Path
    heard: dict[str, float] = field(default_factory=dict)
    """What was acknowledged, and at which monotonic second."""
    began: float = 0.0
    ended: float = 0.0


async def record(points: Points, folder: Path) -> Recorded:
    """Let customers and staff talk to the bot, and keep all that it wrote. Raises NoCompiler."""
    found = Recorded(folder / "writes")
    watched = environ(compiled(RECORDER, folder), found.log, folder / "data")
    module = CARELESS if points.careless else ("bot",)
    async with Stage(folder, environ=watched, module=module) as stage:
        await stage.first_start()
        load = Load(stage.shop, points.seed)
        load.start(points.customers)
        await stage.shop.telegram.until(lambda: len(stage.front.heard) > 10, 20)
        found.began = max(stage.front.heard.values())
        await asyncio.sleep(points.seconds)
        await load.stop()
        found.heard, found.ended = dict(stage.front.heard), max(stage.front.heard.values())
        await asyncio.to_thread(stage.bot.leave)
    return found


def judge(points: Points, found: Recorded) -> Verdict:
    """Cut at `points.cuts` moments: half of them just as something was acknowledged, half at any write."""
    verdict, dice, disk = Verdict(), random.Random(points.seed), Disk()
    ways: Counter[str] = Counter()
    damaged: list[str] = []
    gone: list[str] = []
    moments, noted = _moments(points, found, dice), 0
    story = entries(found.log)
    for moment in moments:
        noted += disk.note_until(moment, story)
        how = dice.choice(HOWS)
        ways[how] += 1
        with tempfile.TemporaryDirectory() as folder:
            disk.cut(Path(folder), dice, how)
            acknowledged = {one for one, heard in found.heard.items() if heard <= moment}
            for place, sentence in _look(Path(folder) / "bot.db", acknowledged):
                (damaged if place else gone).append(f"{sentence}, {how} of the unsynced left")
    verdict.figures |= {"writes and syncs followed": noted, "updates acknowledged": len(found.heard)}
    verdict.figures |= {"power cuts": len(moments)}
    verdict.figures |= {f"power cuts that left {how}": ways[how] for how in HOWS}
    verdict.check("acknowledged, and not in the file after the cut", gone)
    verdict.check("damaged databases", damaged)
    return verdict


def _moments(points: Points, found: Recorded, dice: random.Random) -> list[float]:
    told = [at for at in found.heard.values() if at >= found.began]
    written = [entry.at for entry in entries(found.log) if found.began <= entry.at <= found.ended]
    half = points.cuts // 2
    return sorted([*dice.choices(told, k=half), *dice.choices(written, k=points.cuts - half)])


def _look(database: Path, acknowledged: set[str]) -> Iterator[tuple[bool, str]]:
    """What is wrong: True and a sentence about the file, or False and what is missing in it."""
    try:
        connection = sqlite3.connect(database)
        answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
        connection.close()
        if answer != "ok":
            yield True, answer
            return
        with Ledger(database) as ledger:
            yield from ((False, one) for one in sorted(lost(acknowledged, ledger.stored())))
    except sqlite3.DatabaseError as error:
        yield True, f"{error}"
