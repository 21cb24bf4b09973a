"""`/ask`: what the knowledge base says, to staff, who may be told all of it."""

from bot.business import Business
from bot.desk.commands.order import Commands, Order, only_answer, show_usage, ticket_of
from bot.knowledge.audience import Audience
from bot.knowledge.found import Hit
from bot.knowledge.language import detect
from bot.knowledge.render import render
from storage.records import Update

HITS = 3
NEAR = 0.35
"""A score from which a passage is worth naming."""
LONGEST = 3_500


async def _ask(business: Business, taken: list[Update], order: Order) -> None:
    """The question behind the command, or that of the request it stands at. Who reads it is at the desk."""
    ticket = await ticket_of(business.db, order) if not order.words else None
    question = order.words or (ticket.question if ticket is not None else "")
    if not question.strip():
        await show_usage(business, taken, order)
        return
    await only_answer(business, taken, order, _told(business, question))


def _told(business: Business, question: str) -> str:
    settings = business.settings
    language = detect(question, settings.bot.languages, settings.desk.language)
    found = business.library.find(question, language, HITS, Audience.STAFF)
    near = [hit for hit in found.hits if hit.score >= NEAR]
    if not near:
        return business.tell_desk("ask_nothing")
    if found.answered:
        near = near[:1]
    return "\n\n".join(_passage(business, hit) for hit in near)[:LONGEST]


def _passage(business: Business, hit: Hit) -> str:
    """Its heading, where it stands, its words; and above all whether a customer may read them."""
    passage = hit.passage
    lines = [f"📖 {passage.heading} ({passage.file})", render(passage.body).text]
    if passage.audience is not Audience.PUBLIC:
        lines.insert(0, business.tell_desk(f"ask_{passage.audience}"))
    return "\n".join(lines)


COMMANDS: Commands = {"ask": _ask}
