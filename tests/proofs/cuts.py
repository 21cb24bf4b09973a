"""Power cuts: the crash test on a file system of its own, which forgets what was not synced each time."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.crash.campaign import Campaign, Outcome, Plan
from tests.crash.stage import REST_SECONDS
from tests.proofs.disk import FORGET_JOURNAL, KEEP_JOURNAL, Disk

CARELESS = ("tests.proofs.careless", "normal")
"""The bot with synchronous = NORMAL."""


@dataclass(frozen=True, slots=True)
class Cuts:
    times: int = 200
    seed: int = 1
    minutes: float = 30.0
    system: str = "ext4"
    careless: bool = False
    customers: int = 5

    def plan(self) -> Plan:
        rest = max(REST_SECONDS, 3.0 * self.times)
        plan = Plan(self.times, self.seed, self.minutes, customers=self.customers, rest_seconds=rest)
        return replace(plan, module=CARELESS) if self.careless else plan


class PowerCuts(Campaign):
    def __init__(self, cuts: Cuts, folder: Path, disk: Disk) -> None:
        super().__init__(cuts.plan(), folder)
        self._disk = disk
        self._how = random.Random(cuts.seed)

    def _kill(self) -> None:
        """First the disk, then the process: what it could still do reaches nobody's disk."""
        self._disk.cut(KEEP_JOURNAL if self._how.random() < 0.2 else FORGET_JOURNAL)
        self.bot.kill()
        code, words = self.bot.bury(), self.bot.last_words()
        # It may have been quicker than we: whose sync fails leaves by itself, and says so.
        assert code == -9 or (code == 1 and "the disk did not keep" in words), (
            f"it ended with {code}: {words}"
        )
        self._disk.power_returns()


async def cut_off(cuts: Cuts, folder: Path, told: Callable[[str], None] = lambda line: None) -> Outcome:
    """Raises CannotMount where this machine has no disk to cut off."""
    with Disk(folder / "data", cuts.system) as disk:
        told(f"{cuts.times} power cuts on a real {cuts.system} …")
        async with PowerCuts(cuts, folder, disk) as campaign:
            return await campaign.run()
