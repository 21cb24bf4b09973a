"""Looks into a bot's database after a trial: what was acknowledged is there, and answered once, in order."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from benchmarks.contender import Contender
from benchmarks.platforms import DESK
from benchmarks.world import Trial, Void

SETTLE_SECONDS: Final = 10.0
OLD: Final = "old-"
"""How the rooms of messages begin that were there before the run."""

MARKS: Final = "SELECT coalesce(max(id), 0) FROM {}"
TABLES: Final = ("messages", "deliveries", "updates")
RECEIVED: Final = "SELECT room, remote_id FROM copies WHERE role = 'origin' AND message_id > {messages}"
UNFINISHED: Final = (
    "SELECT (SELECT count(*) FROM updates WHERE id > {updates} AND state <> 'done')"
    " + (SELECT count(*) FROM deliveries WHERE id > {deliveries} AND state <> 'sent')"
)
DELIVERED: Final = (
    f"SELECT count(*) FROM deliveries WHERE id > {{deliveries}} AND state = 'sent' AND room <> '{DESK}'"
)
TURNS: Final = (
    "SELECT conversation_id, author FROM messages WHERE id > {messages} ORDER BY conversation_id, id"
)
USUAL: Final = "SELECT room, remote_id, answer FROM messages WHERE id > {messages}"
Rows = list[tuple[Any, ...]]
Marks = dict[str, int]
"""The highest id of each table before a trial: what is above came with it."""


async def marks(contender: Contender) -> Marks:
    if contender.name == "relay":
        return {}
    tables = TABLES if contender.name == "svar" else TABLES[:1]
    found = await asyncio.to_thread(rows_of, contender, *(MARKS.format(table) for table in tables))
    return {table: rows[0][0] for table, rows in zip(tables, found, strict=True)}


async def check(contender: Contender, trial: Trial, since: Marks) -> None:
    """Raises Void."""
    if contender.name != "relay":
        acked = {(str(asked.room), str(asked.serial)) for asked in trial.asked if asked.acked}
        await asyncio.to_thread(_look, contender, since, acked)


def lost(contender: Contender, trial: Trial) -> int:
    """How many acknowledged messages a bot that was killed has no row of; its database is all that a trial left."""
    statement = RECEIVED if contender.name == "svar" else USUAL
    (rows,) = rows_of(contender, statement.format(messages=0))
    acked = {(str(asked.room), str(asked.serial)) for asked in trial.asked if asked.acked}
    return len(acked - {(room, remote_id) for room, remote_id, *_ in rows})


def rows_of(contender: Contender, *statements: str) -> Sequence[Rows]:
    if contender.storage:
        from benchmarks.postgres import rows_of as rows_of_postgres

        return rows_of_postgres(contender.storage, *statements)
    mode = "ro" if contender.is_running else "rw"  # who was killed left a log that must be taken in first
    path = contender.database.absolute().as_uri()
    database = sqlite3.connect(f"{path}?mode={mode}", uri=True, timeout=10)
    try:
        return [database.execute(statement).fetchall() for statement in statements]
    finally:
        database.close()


def _look(contender: Contender, since: Marks, acked: set[tuple[str, str]]) -> None:
    look = _look_at_ours if contender.name == "svar" else _look_at_usual
    _until(lambda: look(contender, since, acked))


def _until(look: Callable[[], str]) -> None:
    """The call is heard here before its outcome is on the bot's record: it may take a moment."""
    deadline = perf_counter() + SETTLE_SECONDS
    while trouble := look():
        if perf_counter() > deadline:
            raise Void(trouble)


def _look_at_ours(contender: Contender, since: Marks, acked: set[tuple[str, str]]) -> str:
    every = (UNFINISHED, RECEIVED, DELIVERED, TURNS)
    unfinished, received, delivered, turns = rows_of(contender, *(sql.format(**since) for sql in every))
    if unfinished[0][0]:
        return f"{unfinished[0][0]} updates or deliveries did not come to their end"
    rows = set(received)
    if rows != acked:
        return f"{len(acked - rows)} acknowledged messages are not stored, {len(rows - acked)} are too many"
    if delivered[0][0] != len(acked):
        return f"{len(acked)} messages, {delivered[0][0]} answers delivered"
    for conversation, said in groupby(turns, lambda row: row[0]):
        authors = [author for _, author in said]
        if authors != ["customer", "bot"] * (len(authors) // 2):
            return f"conversation {conversation} is out of order"
    return ""


def _look_at_usual(contender: Contender, since: Marks, acked: set[tuple[str, str]]) -> str:
    (rows,) = rows_of(contender, USUAL.format(**since))
    if {(room, remote_id) for room, remote_id, _ in rows} != acked:
        return f"{len(acked)} messages acknowledged, {len(rows)} stored"
    unanswered = sum(not answer for _, _, answer in rows)
    return f"{unanswered} messages are not answered" if unanswered else ""


def fill(path: Path, messages: int) -> None:
    """Put so many messages of earlier conversations into a database, half of them answers."""
    conversations, turns = max(1, messages // 20), messages // 2
    database = sqlite3.connect(path)
    with database:
        for statement in FILL:
            database.execute(statement, {"conversations": conversations, "turns": turns})
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


COUNT: Final = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :%s) "
RAW: Final = '\'{"update_id":\' || i || \',"message":{"text":"\' || hex(randomblob(120)) || \'"}}\''
QUESTION: Final = "'{\"text\":\"' || hex(randomblob(20)) || '\"}'"
ANSWER: Final = "'{\"text\":\"' || hex(randomblob(150)) || '\"}'"
OF: Final = "(i % :conversations + 1)"
FILL: Final = (
    "INSERT INTO contacts (id, channel, account, room, name, username, phone, language, created_at, seen_at) "
    + COUNT % "conversations"
    + f"SELECT i, 'telegram', '1', '{OLD}' || i, 'Anna', '', '', 'en', i, i FROM n",
    "INSERT INTO contact_ids (channel, account, remote_id, contact_id) "
    + COUNT % "conversations"
    + f"SELECT 'telegram', '1', '{OLD}' || i, i FROM n",
    "INSERT INTO conversations (id, contact_id, holder) "
    + COUNT % "conversations"
    + "SELECT i, i, 'bot' FROM n",
    "INSERT INTO tickets (id, number, conversation_id, reason, question, state, opened_at, waiting_since) "
    + COUNT % "conversations"
    + "SELECT i, 'OLD-' || i, i, 'asked', 'May I?', CASE WHEN i <= 30 THEN 'open' ELSE 'resolved' END, i,"
    " CASE WHEN i <= 30 THEN i ELSE 0 END FROM n WHERE i % 10 = 0 OR i <= 30",
    "INSERT INTO updates (id, channel, account, key, kind, lane, raw, state, received_at, due_at) "
    + COUNT % "turns"
    + f"SELECT i, 'telegram', '1', 'update:old-' || i, 'said', 'conversation:' || {OF}, {RAW}, 'done', i, i FROM n",
    "INSERT INTO messages (id, conversation_id, author, content, update_id, created_at) "
    + COUNT % "turns"
    + f"SELECT i * 2 - 1, {OF}, 'customer', {QUESTION}, i, i FROM n",
    "INSERT INTO messages (id, conversation_id, author, content, created_at) "
    + COUNT % "turns"
    + f"SELECT i * 2, {OF}, 'bot', {ANSWER}, i FROM n",
    "INSERT INTO deliveries (id, channel, room, lane, action, priority, content, role, message_id, state,"
    " attempts, due_at, remote_id, created_at, sent_at) "
    + COUNT
    % "turns"
    + f"SELECT i, 'telegram', '{OLD}' || {OF}, 'telegram:{OLD}' || {OF}, 'say', 0, {ANSWER}, 'reply', i * 2,"
    " 'sent', 1, i, 'old-' || i, i, i FROM n",
    "INSERT INTO copies (channel, room, remote_id, role, message_id) "
    + COUNT % "turns"
    + f"SELECT 'telegram', '{OLD}' || {OF}, 'in-' || i, 'origin', i * 2 - 1 FROM n",
    "INSERT INTO copies (channel, room, remote_id, role, message_id) "
    + COUNT % "turns"
    + f"SELECT 'telegram', '{OLD}' || {OF}, 'old-' || i, 'reply', i * 2 FROM n",
)
