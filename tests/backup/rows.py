"""Something to back up; run as a program it writes more and more, and prints up to where it is stored."""

import asyncio
import sys
from pathlib import Path

from storage.database import Database, Statements
from storage.sqlite import open_sqlite

GROUP = 20
PAUSE_SECONDS = 0.03


CONTACT = """
INSERT INTO contacts (id, channel, account, room, name, username, phone, language, created_at, seen_at)
VALUES (:id, 'telegram', '1', :room, 'Åsa \U0001fae8', '', '', 'sv', :id, :id) ON CONFLICT DO NOTHING
"""
KNOWN_AS = """
INSERT INTO contact_ids (channel, account, remote_id, contact_id) VALUES ('telegram', '1', :room, :id)
ON CONFLICT DO NOTHING
"""
CONVERSATION = """
INSERT INTO conversations (id, contact_id, holder) VALUES (:id, :id, 'bot') ON CONFLICT DO NOTHING
"""
UPDATE = """
INSERT INTO updates (id, channel, account, key, kind, lane, raw, state, received_at, due_at)
VALUES (:id, 'telegram', '1', :key, 'message', '', :raw, 'done', :id, :id)
"""
MESSAGE = """
INSERT INTO messages (id, conversation_id, author, content, update_id, created_at)
VALUES (:id, :conversation, 'customer', :content, :id, :id)
"""
RAW = "{}" + " " * 400


async def write_one(tx: Statements, number: int) -> None:
    """An update and the message it brought, of a customer of their own for each hundred."""
    person = number // 100 + 1
    await tx.execute(CONTACT, id=person, room=str(person))
    await tx.execute(KNOWN_AS, id=person, room=str(person))
    await tx.execute(CONVERSATION, id=person)
    await tx.execute(UPDATE, id=number + 1, key=str(number), raw=RAW)
    content = f'{{"text": "När öppnar ni? {number}"}}'
    await tx.execute(MESSAGE, id=number + 1, conversation=person, content=content)


async def write(db: Database, count: int, start: int = 0) -> None:
    async def work(tx: Statements) -> None:
        for number in range(start, start + count):
            await write_one(tx, number)

    await db.transaction(work)


async def fill(path: Path, count: int) -> None:
    db = await open_sqlite(path)
    await write(db, count)
    await db.close()


async def keep_writing(path: Path, number: int) -> None:
    """At most GROUP / PAUSE_SECONDS a second, so that a test may wait for a thousand more."""
    db = await open_sqlite(path)
    while True:
        await asyncio.gather(*(write(db, 1, number + at) for at in range(GROUP)))
        number += GROUP
        print(number, flush=True)  # noqa: T201
        await asyncio.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    asyncio.run(keep_writing(Path(sys.argv[1]), int(sys.argv[2])))
