"""The bot with one promise between processes taken out of it: the proofs must show red on it.

python -m tests.processes.careless HOW --config bot.toml run"""

import sys
from typing import Any

from bot.__main__ import main
from bot.spending import Spending
from storage import processes


def never_bury() -> None:
    """What a dead process had taken stays taken."""

    async def bury(*_: Any) -> bool:
        return False

    setattr(processes, "bury", bury)  # noqa: B010 - as seen by all who call it


def spend_alone() -> None:
    """Each process keeps the platforms' limits as if it were the only one."""

    async def agree(*_: Any, **__: Any) -> float:
        return 0.0

    setattr(Spending, "_agree", agree)  # noqa: B010 - a method of somebody else's class


WAYS = {"immortal": never_bury, "spendthrift": spend_alone}

if __name__ == "__main__":
    WAYS[sys.argv.pop(1)]()
    sys.exit(main())
