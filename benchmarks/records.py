"""Looks into a bot's database after a trial: what was acknowledged is there, and answered once, in order."""

import asyncio
import sqlite3
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Final

from benchmarks.contender import Contender
from benchmarks.world import Trial, Void

SETTLE_SECONDS: Final = 10.0
OLD: Final = "old-"
"""How the rooms of messages begin that were there before the run."""

RECEIVED: Final = (
    "SELECT room, remote_id FROM copies WHERE role = 'origin' AND channel = ? AND room NOT LIKE 'old-%'"
)
UNFINISHED: Final = (
    "SELECT (SELECT count(*) FROM updates WHERE state <> 'done')"
    " + (SELECT count(*) FROM deliveries WHERE state <> 'sent')"
)
DELIVERED: Final = (
    "SELECT count(*) FROM deliveries WHERE channel = ? AND state = 'sent' AND room NOT LIKE 'old-%'"
)
TURNS: Final = (
    "SELECT conversation_id, author FROM messages JOIN conversations ON conversations.id = conversation_id"
    " JOIN contacts ON contacts.id = contact_id WHERE room NOT LIKE 'old-%' ORDER BY conversation_id, messages.id"
)


async def check(contender: Contender, trial: Trial) -> None:
    """Raises Void."""
    acked = contender.messages.setdefault(trial.kind.name, set())
    acked |= {(str(asked.room), str(asked.serial)) for asked in trial.asked if asked.acked}
    if contender.name != "bare":
        await asyncio.to_thread(_look, contender, trial.kind.name, acked)


def _look(contender: Contender, channel: str, acked: set[tuple[str, str]]) -> None:
    look = _look_at_ours if contender.name == "svar" else _look_at_usual
    database = sqlite3.connect(f"{contender.database.absolute().as_uri()}?mode=ro", uri=True)
    try:
        _until(lambda: look(database, channel, acked))
    finally:
        database.close()


def _until(look: Callable[[], str]) -> None:
    """The call is heard here before its outcome is on the bot's record: it may take a moment."""
    deadline = perf_counter() + SETTLE_SECONDS
    while trouble := look():
        if perf_counter() > deadline:
            raise Void(trouble)


def _look_at_ours(database: sqlite3.Connection, channel: str, acked: set[tuple[str, str]]) -> str:
    (unfinished,) = database.execute(UNFINISHED).fetchone()
    if unfinished:
        return f"{unfinished} updates or deliveries did not come to their end"
    rows = set(database.execute(RECEIVED, (channel,)))
    if rows != acked:
        return f"{len(acked - rows)} acknowledged messages are not stored, {len(rows - acked)} are too many"
    (delivered,) = database.execute(DELIVERED, (channel,)).fetchone()
    if delivered != len(acked):
        return f"{len(acked)} messages, {delivered} answers delivered"
    for conversation, turns in groupby(database.execute(TURNS), lambda row: row[0]):
        authors = [author for _, author in turns]
        if authors != ["customer", "bot"] * (len(authors) // 2):
            return f"conversation {conversation} is out of order"
    return ""


def _look_at_usual(database: sqlite3.Connection, channel: str, acked: set[tuple[str, str]]) -> str:
    del channel  # it has one
    rows = list(database.execute("SELECT room, remote_id, answer FROM messages"))
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
