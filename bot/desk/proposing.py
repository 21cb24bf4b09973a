"""What customers ask often and staff keep answering is put before the desk, a few at a time: Save, Edit or No."""

import orjson

from bot import learning
from bot.business import Business
from bot.desk import leaks, teaching
from bot.desk.suggestion_kinds import KINDS
from bot.desk.suggestions import More, suggest
from bot.knowledge.generalise import Pair, generalise
from bot.outbound import Priority
from storage import facts, tickets
from storage.database import Reading, Statements
from storage.proposals import Proposal

MOST_SHOWN = 3
"""So many wait for a decision at once; more would be read by nobody."""
SHOWN = "proposal_shown:{}"
LOCK = "proposals"
LEFT_OUT = "…"
"""Stands where something of one customer's was."""


async def show(business: Business) -> None:
    """The next open proposals, as far as those that were shown before are decided. A job calls it."""
    ready = [(one, *await _worded(business, one)) for one in await learning.open_proposals(business.db)]

    async def work(tx: Statements) -> None:
        await tx.lock(LOCK)
        fresh = [one for one in ready if await facts.find(tx, SHOWN.format(one[0].id)) is None]
        room_left = MOST_SHOWN - (len(ready) - len(fresh))
        for proposal, pair, more in fresh[: max(0, room_left)]:
            await facts.put(tx, SHOWN.format(proposal.id), str(business.clock.now()))
            content = teaching.shown(pair.question, pair.answer)
            await suggest(tx, business, KINDS, "lesson", content, more=more, priority=Priority.TRANSCRIPT)

    if ready and business.settings.knowledge.learn:
        await business.db.transaction(work)


async def _worded(business: Business, proposal: Proposal) -> tuple[Pair, More]:
    """Without whom the answer was for; who taps Save is told where something was left out."""
    name = await _customer_of(business.db, proposal)
    pair = generalise(proposal.question, proposal.answer, name)
    pair = pair or Pair(proposal.question, proposal.answer, personal=False)
    more = await teaching.more_for(business, pair, proposal.question, proposal.language)
    numbers = ", ".join(orjson.loads(proposal.sources))
    times = business.tell_desk("proposal_times", count=proposal.times, tickets=numbers)
    personal = more["personal"] or ("1" if LEFT_OUT in pair.question + pair.answer else "")
    known = "\n".join(filter(None, (times, more["known"])))
    return pair, more | {"proposal": str(proposal.id), "known": known, "personal": personal}


async def _customer_of(db: Reading, proposal: Proposal) -> str:
    """The name of the one whom the answer was written to: the first of the requests."""
    number = next(iter(orjson.loads(proposal.sources)), "").rpartition("-")[2]
    ticket = await tickets.find(db, int(number)) if number.isdecimal() else None
    return (await leaks.customer_of(db, ticket.conversation_id)).name if ticket else ""
