"""Makes one backup in a process of its own: the order comes as JSON, what went wrong goes out as a sentence."""

import json
import os
import sys
from pathlib import Path

from bot.backup.making import Plan, make
from bot.backup.trouble import BackupRefused

POLITE = 10


def main() -> int:
    os.umask(0o077)
    os.nice(POLITE)
    order = json.load(sys.stdin)
    try:
        make(Plan(**order["plan"]), Path(order["target"]))
    except BackupRefused as error:
        sys.stdout.write(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
