"""Where the usual bots keep messages: one aiosqlite connection, a commit a statement."""

import aiosqlite

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, room TEXT NOT NULL, remote_id TEXT NOT NULL,"
    " body TEXT NOT NULL, answer TEXT NOT NULL DEFAULT '', UNIQUE (room, remote_id))"
)


class Shelf:
    """As durable as the product's database: WAL, synced at every commit."""

    async def open(self, path: str) -> None:
        self._db = await aiosqlite.connect(path)
        await self._db.execute("PRAGMA journal_mode = WAL")
        await self._db.execute("PRAGMA synchronous = FULL")
        await self._db.execute(SCHEMA)
        await self._db.commit()

    async def keep(self, room: str, remote_id: str, body: str) -> bool:
        """False when the message is known already."""
        cursor = await self._db.execute(
            "INSERT OR IGNORE INTO messages (room, remote_id, body) VALUES (?, ?, ?)", (room, remote_id, body)
        )
        await self._db.commit()
        return cursor.rowcount > 0

    async def answered(self, room: str, remote_id: str, answer: str) -> None:
        await self._db.execute(
            "UPDATE messages SET answer = ? WHERE room = ? AND remote_id = ?", (answer, room, remote_id)
        )
        await self._db.commit()

    async def close(self) -> None:
        await self._db.close()
