"""What staff's answers could become in the knowledge base, until somebody at the desk decides."""

from dataclasses import dataclass
from typing import Literal

from storage.database import Reading, Statements

ProposalState = Literal["open", "accepted", "declined"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the knowledge base could say itself: a question that came often, and what staff answered."""

    id: int
    topic: str
    """The same for the same question, so that it is proposed once."""
    language: str
    question: str
    answer: str
    sources: str
    """JSON list of the tickets' numbers that it was made from."""
    times: int
    state: ProposalState
    file: str
    """The article that says it, once it was accepted."""
    decided_by: str
    created_at: int
    decided_at: int


async def put(
    tx: Statements,
    *,
    topic: str,
    language: str,
    question: str,
    answer: str,
    sources: str,
    times: int,
    now: int,
) -> None:
    """Propose it, or count an open one of the same topic anew; its words, and what was decided, stay."""
    await tx.execute(
        "INSERT INTO proposals (topic, language, question, answer, sources, times, state, created_at)"
        " VALUES (:topic, :language, :question, :answer, :sources, :times, 'open', :now)"
        " ON CONFLICT (topic) DO UPDATE SET sources = :sources, times = :times"
        " WHERE proposals.state = 'open'",
        topic=topic,
        language=language,
        question=question,
        answer=answer,
        sources=sources,
        times=times,
        now=now,
    )


async def open_ones(db: Reading, limit: int = 20) -> list[Proposal]:
    """Those that wait for a decision, what was asked most often first."""
    rows = await db.fetch(
        "SELECT * FROM proposals WHERE state = 'open' ORDER BY times DESC, id LIMIT :limit", limit=limit
    )
    return [Proposal(**row) for row in rows]


async def find(db: Reading, proposal_id: int) -> Proposal | None:
    row = await db.fetch_one("SELECT * FROM proposals WHERE id = :id", id=proposal_id)
    return Proposal(**row) if row else None


async def reword(tx: Statements, proposal_id: int, question: str, answer: str) -> None:
    """Staff's own wording of it, while nothing is decided."""
    await tx.execute(
        "UPDATE proposals SET question = :question, answer = :answer WHERE id = :id AND state = 'open'",
        id=proposal_id,
        question=question,
        answer=answer,
    )


async def decide(
    tx: Statements, proposal_id: int, state: ProposalState, *, by: str, now: int, file: str = ""
) -> bool:
    """Whether this was the decision: of two taps only one is."""
    return (
        await tx.execute(
            "UPDATE proposals SET state = :state, decided_by = :by, decided_at = :now, file = :file"
            " WHERE id = :id AND state = 'open'",
            id=proposal_id,
            state=state,
            by=by,
            now=now,
            file=file,
        )
        > 0
    )
