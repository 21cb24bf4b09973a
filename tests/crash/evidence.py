"""What the platforms saw and what the database holds, side by side, once everything has come to rest."""

import asyncio
import re
import sqlite3
from collections import Counter
from collections.abc import Container, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson

from tests.crash.front import Ids, ids_in
from tests.crash.load import TICKET
from tests.postgres import connected
from tests.shop import Shop

OLD = "old-%"
"""The rooms of what was on record before the story, as benchmarks/records.py calls them."""
CARD = re.compile(rf"^\S+ ({TICKET.pattern}) · ")

Row = dict[str, Any]
Database = Path | str
"""A SQLite file, or the URL of a PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Send:
    """A message that a platform accepted, whatever the bot heard of it. `tracker` is Telegram's never."""

    channel: str
    room: str
    remote_id: str
    text: str
    tracker: str = ""

    @property
    def subject(self) -> str:
        return subject_of(self.text)


def sends_at(shop: Shop) -> Iterator[Send]:
    """In the order in which each platform accepted them."""
    for call in shop.telegram.calls:
        if call.method.startswith("send") and call.accepted and isinstance(call.result, dict):
            message = call.result
            if "message_id" in message:
                room, text = str(message["chat"]["id"]), message.get("text", "")
                yield Send("telegram", room, str(message["message_id"]), text)
    for asked in shop.whatsapp.called("messages"):
        if asked.status == 200 and asked.subject.get("type") != "reaction":
            subject, remote_id = asked.subject, asked.answer["messages"][0]["id"]
            room = str(subject.get("to") or subject.get("recipient"))
            text = shop.whatsapp.message(remote_id).text
            yield Send("whatsapp", room, remote_id, text, subject.get("biz_opaque_callback_data", ""))


def subject_of(text: str) -> str:
    """What tells one message in a room from another. A card's words change; its number does not."""
    card = CARD.match(text)
    return f"card {card[1]}" if card else text


class Ledger:
    """The database, read after the bot has left. What is asked is SQL that both engines know."""

    def __init__(self, database: Database) -> None:
        self._url = database if isinstance(database, str) else ""
        self._connection = sqlite3.connect(":memory:" if self._url else f"file:{database}?mode=ro", uri=True)
        self._connection.row_factory = sqlite3.Row

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def rows(self, sql: str) -> list[Row]:
        if self._url:
            with ThreadPoolExecutor(1) as thread:
                return thread.submit(asyncio.run, _rows(self._url, sql)).result()
        return [dict(row) for row in self._connection.execute(sql)]

    def count(self, sql: str) -> int:
        (row,) = self.rows(sql)
        return int(next(iter(row.values())))

    def stored(self, after: int = 0) -> "Counter[str]":
        """How often each of the platforms' ids is on record, in rows behind this one."""
        found: Counter[str] = Counter()
        for row in self.rows(f"SELECT channel, raw FROM updates WHERE id > {after}"):
            found.update(ids_in(row["channel"], row["raw"]))
        return found

    def says(self) -> list[Row]:
        """Every delivery of a message, with its text and subject."""
        rows = self.rows(
            f"SELECT * FROM deliveries WHERE action = 'say' AND room NOT LIKE '{OLD}' ORDER BY id"
        )
        texts = [orjson.loads(row["content"]).get("text", "") for row in rows]
        return [
            row | {"text": text, "subject": subject_of(text)} for row, text in zip(rows, texts, strict=True)
        ]


async def _rows(url: str, sql: str) -> list[Row]:
    async with connected(url) as connection:
        return [dict(row.items()) for row in await connection.fetch(sql)]


def is_at_rest(database: Database) -> bool:
    """Nothing waits for a decision or to leave."""
    with Ledger(database) as ledger:
        return not ledger.count(
            "SELECT (SELECT count(*) FROM updates WHERE state IN ('waiting', 'taken'))"
            " + (SELECT count(*) FROM deliveries WHERE state IN ('queued', 'sending'))"
        )


def what_waits(database: Database) -> str:
    with Ledger(database) as ledger:
        updates = ledger.rows(
            "SELECT lane, state, count(*) AS n FROM updates WHERE state IN ('waiting', 'taken') GROUP BY lane, state"
        )
        deliveries = ledger.rows(
            "SELECT lane, state, count(*) AS n FROM deliveries WHERE state IN ('queued', 'sending') GROUP BY lane, state"
        )
    return f"updates {updates}, deliveries {deliveries}"


def lost(acknowledged: Ids, stored: Container[str]) -> Ids:
    return {one for one in acknowledged if one not in stored}
