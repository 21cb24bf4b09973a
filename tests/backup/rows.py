"""Something to back up; run as a program it writes more and more, and prints up to where it is stored."""

import asyncio
import sys
from pathlib import Path

from storage import contacts, conversations, messages, updates
from storage.database import Database, Statements
from storage.sqlite import open_sqlite

GROUP = 20
PAUSE_SECONDS = 0.03


async def write_one(tx: Statements, number: int) -> None:
    """An update and the message it brought, of a customer of their own for each hundred."""
    room = str(number // 100)
    found = await contacts.find(tx, "telegram", "1", room)
    if found is None:
        found = await contacts.add(
            tx,
            channel="telegram",
            account="1",
            room=room,
            name="Åsa \U0001fae8",
            username="",
            phone="",
            language="sv",
            now=number,
        )
        await contacts.know_as(tx, found, (room,))
    conversation = await conversations.of_contact(tx, found.id)
    update = await updates.add(
        tx,
        channel="telegram",
        account="1",
        key=str(number),
        kind="message",
        lane="",
        raw="{}" + " " * 400,
        state="done",
        now=number,
    )
    await messages.add(
        tx,
        conversation_id=conversation.id,
        author="customer",
        content=f'{{"text": "När öppnar ni? {number}"}}',
        update_id=update.id if update else None,
        now=number,
    )


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
