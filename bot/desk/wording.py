"""Proposals that become a message to a customer: a filled snippet, a draft from the knowledge base."""

from dataclasses import replace

from bot import content as contents
from bot.business import Business
from bot.content import Content
from bot.desk.proposals import Kind, More, Refused, more_of
from bot.desk.speaking import addressee, problem, speak
from storage.database import Statements
from storage.records import Proposal


async def _send(tx: Statements, business: Business, proposal: Proposal, name: str) -> str:
    to = await addressee(tx, proposal.ticket_id or 0)
    if wrong := problem(business, to.contact):
        raise Refused(wrong)
    content = contents.from_json(proposal.content)
    await speak(tx, business, to, content, name, quoted=proposal.message_id)
    return business.tell_desk("proposal_sent", name=name, to=more_of(proposal).get("to", ""))


def _snippet_head(business: Business, proposal: Proposal) -> str:
    return business.tell_desk("snippet_head", **more_of(proposal))


def _draft_head(business: Business, proposal: Proposal) -> str:
    more = more_of(proposal)
    return business.tell_desk("draft_head", to=more.get("to", ""), source=more.get("source", ""))


def _other_words(business: Business, proposal: Proposal, content: Content) -> tuple[Content, More]:
    """The files that were attached stay."""
    media = contents.from_json(proposal.content).media
    return replace(content, media=content.media or media, buttons=(), unreadable=""), more_of(proposal)


SNIPPET = Kind(
    head=_snippet_head,
    accept=_send,
    yes="proposal_send",
    no="proposal_cancel",
    edit="proposal_edit",
    ask_words="proposal_words",
    reworded=_other_words,
)
DRAFT = Kind(
    head=_draft_head,
    accept=_send,
    yes="proposal_send",
    no="proposal_discard",
    edit="proposal_edit",
    ask_words="proposal_words",
    reworded=_other_words,
)
