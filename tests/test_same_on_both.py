"""One dialogue on SQLite and on PostgreSQL: what everybody reads, and what is on record, is the same."""

import re
from pathlib import Path
from typing import Any

from tests.people import received, texts_of
from tests.postgres import database_of
from tests.shop import Shop

ODD = (
    "Säljer ni cyklar för ELEFANTER i ÅÄÖ, Ærø och Ŋŋ?",
    "a NUL \x00, a tab \t, a quote ' and \" and a backslash \\ with 100 % _ of :name and $1",
    "👩‍👩‍👧‍👦 e\u0301 \u202e right to left, \ufeff and \u2028",
    "9" * 40 + " 9223372036854775808 -1 1e400 NaN",
    "x" * 4000,
)
PASSING = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d|\d+ (?:sekunder|seconds|s)\b|\d{10,}|wamid[^']+")
TABLES = {
    "contacts": "name, username, phone, language, room",
    "conversations": "contact_id, holder, wordless",
    "messages": "conversation_id, author, content, ticket_id, reply_to, album, staff_name",
    "tickets": "number, conversation_id, reason, question, state, taken_by, resolved_by",
    "deliveries": "channel, room, lane, action, role, state, reason, message_id, ticket_id",
    "copies": "channel, room, remote_id, role, message_id, ticket_id",
    "updates": "channel, account, key, kind, lane, state",
}


async def dialogue(shop: Shop) -> dict[str, Any]:
    """One thing after another, so that nothing is left to chance; returns the trace."""
    asa, bert = shop.telegram.add_user("Åsa", language="sv"), shop.on_whatsapp("Bert \x00 O'Hara")
    for person in (asa, bert):
        person.says("How long does delivery take?")
        await person.reads("working days")
        await shop.rests()
        card = await shop.hands_over(person)
        for words in ODD:
            person.says(words)
            await shop.rests()
        shop.staff.says("Hej ÅÄÖ 👋 'quoted' \\ 100 %", to=shop.desk, reply_to=card)
        await shop.rests()
        shop.staff.says("/tickets", to=shop.desk)
        await shop.rests()
        shop.staff.says("/resolve", to=shop.desk, reply_to=card)
        await person.reads("NF-")
        await shop.rests()
    first = asa.says("Hello there")
    await shop.rests()
    asa.edits(first, "Hello ÅÄÖ there")
    await shop.rests()
    records = {
        name: await shop.rows(f"SELECT {columns} FROM {name} ORDER BY {columns}")
        for name, columns in TABLES.items()
    }
    return {
        "people": [[PASSING.sub("…", text) for text in texts_of(received(person))] for person in (asa, bert)],
        "desk": [PASSING.sub("…", text) for text in texts_of(shop.desk.shown())],
        **{
            name: sorted(PASSING.sub("…", str(tuple(row.values()))) for row in rows)
            for name, rows in records.items()
        },
    }


async def test_nobody_can_tell_which_database_it_is(tmp_path: Path) -> None:
    async with Shop(tmp_path / "one", database=f"sqlite:///{tmp_path}/one/bot.db") as shop:
        there = await dialogue(shop)
    async with Shop(tmp_path / "two", database=await database_of(tmp_path)) as shop:
        here = await dialogue(shop)
    for name, trace in there.items():
        assert trace == here[name], name
