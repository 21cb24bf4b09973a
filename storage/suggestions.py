"""What the bot proposes at the desk, and who decided on it."""

from storage.database import Reading, Statements
from storage.desk_records import Suggestion, SuggestionKind, SuggestionState


async def add(
    tx: Statements,
    *,
    kind: SuggestionKind,
    content: str,
    now: int,
    more: str = "",
    ticket_id: int | None = None,
    message_id: int | None = None,
    room: str = "",
    thread: str = "",
) -> Suggestion:
    row = await tx.fetch_one(
        "INSERT INTO suggestions (kind, state, ticket_id, message_id, content, more, room, thread, created_at)"
        " VALUES (:kind, 'open', :ticket_id, :message_id, :content, :more, :room, :thread, :now) RETURNING *",
        kind=kind,
        content=content,
        more=more,
        ticket_id=ticket_id,
        message_id=message_id,
        room=room,
        thread=thread,
        now=now,
    )
    assert row is not None
    return Suggestion(**row)


async def find(db: Reading, suggestion_id: int) -> Suggestion | None:
    row = await db.fetch_one("SELECT * FROM suggestions WHERE id = :id", id=suggestion_id)
    return Suggestion(**row) if row else None


async def find_edited(db: Reading, room: str, remote_id: str) -> Suggestion | None:
    """The open one that somebody wanted to write anew, by where it stands at the desk."""
    row = await db.fetch_one(
        "SELECT * FROM suggestions WHERE remote_id = :remote_id AND remote_id <> '' AND room = :room AND state = 'open'",
        remote_id=remote_id,
        room=room,
    )
    return Suggestion(**row) if row else None


async def open_of_ticket(db: Reading, ticket_id: int) -> list[Suggestion]:
    rows = await db.fetch(
        "SELECT * FROM suggestions WHERE ticket_id = :ticket_id AND state = 'open' ORDER BY id",
        ticket_id=ticket_id,
    )
    return [Suggestion(**row) for row in rows]


async def decide(
    tx: Statements,
    suggestion_id: int,
    state: SuggestionState,
    name: str,
    now: int,
    *,
    was: SuggestionState = "open",
    remote_id: str = "",
) -> bool:
    """False when somebody was quicker. `remote_id` is where it was tapped."""
    touched = await tx.execute(
        "UPDATE suggestions SET state = :state, staff_name = :name, decided_at = :now,"
        " remote_id = CASE WHEN :remote_id = '' THEN remote_id ELSE :remote_id END"
        " WHERE id = :id AND state = :was",
        remote_id=remote_id,
        id=suggestion_id,
        state=state,
        name=name,
        now=now,
        was=was,
    )
    return touched > 0


async def await_words(tx: Statements, suggestion_id: int, remote_id: str) -> bool:
    """A reply to the message `remote_id` gives it other words. False when it was decided."""
    touched = await tx.execute(
        "UPDATE suggestions SET remote_id = :remote_id WHERE id = :id AND state = 'open'",
        id=suggestion_id,
        remote_id=remote_id,
    )
    return touched > 0


async def reword(tx: Statements, suggestion_id: int, content: str, more: str) -> None:
    await tx.execute(
        "UPDATE suggestions SET content = :content, more = :more, remote_id = '' WHERE id = :id",
        id=suggestion_id,
        content=content,
        more=more,
    )


async def note(tx: Statements, suggestion_id: int, more: str) -> None:
    await tx.execute("UPDATE suggestions SET more = :more WHERE id = :id", id=suggestion_id, more=more)
