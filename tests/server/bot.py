"""The real process under attack: what it needs of the machine, and posts as the platforms send them."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import orjson

from sandbox.whatsapp.payloads import signature
from tests.crash.stage import Stage
from tests.server.wire import post
from tests.shop import SECRET

TELEGRAM, WHATSAPP = "/telegram/webhook", "/whatsapp/webhook"
SECRET_HEADER, SIGNATURE_HEADER = "X-Telegram-Bot-Api-Secret-Token", "X-Hub-Signature-256"
TICKS = os.sysconf("SC_CLK_TCK")


def real_posts() -> Iterator[bytes]:
    """Messages of customers on Telegram, each a new one."""
    for number in itertools.count(1):
        person = {"id": 5_000_000 + number % 100, "is_bot": False, "first_name": "Anna"}
        chat = {"id": person["id"], "type": "private", "first_name": "Anna"}
        said = {"message_id": number, "date": 1_700_000_000, "from": person, "chat": chat, "text": "Hello"}
        body = orjson.dumps({"update_id": 900_000_000 + number, "message": said})
        yield post(TELEGRAM, body, f"{SECRET_HEADER}: {SECRET}")


def forged_posts(stage: Stage) -> dict[str, bytes]:
    """A post of each platform with all that it needs but the right secret."""
    body = orjson.dumps({"update_id": 1, "padding": "x" * 600})
    wrong = signature(stage.shop.whatsapp.app_secret, body + b" ")
    return {
        "telegram": post(TELEGRAM, body, f"{SECRET_HEADER}: {SECRET[:-1]}x"),
        "whatsapp": post(WHATSAPP, body, f"{SIGNATURE_HEADER}: {wrong}"),
    }


def files_of(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_megabytes(pid: int) -> float:
    """The most memory since `forget_peak`."""
    return _status(pid, "VmHWM")


def megabytes(pid: int) -> float:
    return _status(pid, "VmRSS")


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5", "utf-8")


def _status(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    (found,) = (line for line in lines if line.startswith(f"{name}:"))
    return int(found.split()[1]) / 1024
