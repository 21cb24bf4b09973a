"""Suggestions that become a message to a customer: a filled snippet, a draft from the knowledge base."""

from dataclasses import replace

from bot import content as contents
from bot.business import Business
from bot.content import Content
from bot.desk import holding, together
from bot.desk.speaking import Addressee, addressee, problem, speak
from bot.desk.suggestions import Kind, More, Refused, more_of
from storage.database import Statements
from storage.desk_records import Suggestion
from storage.records import Ticket


async def _send(tx: Statements, business: Business, suggestion: Suggestion, name: str) -> str:
    to = await addressee(tx, suggestion.ticket_id or 0)
    if wrong := problem(business, to.contact):
        raise Refused(wrong)
    content = contents.from_json(suggestion.content)
    await speak(tx, business, to, content, name, quoted=suggestion.message_id)
    _, *others = await _everybody(tx, suggestion, to)
    for one in others:
        other = await addressee(tx, one.id)
        if not problem(business, other.contact):
            await speak(tx, business, other, content, name)
    whom = more_of(suggestion).get("to", "") + (f" +{len(others)}" if others else "")
    return business.tell_desk("suggestion_sent", name=name, to=whom)


async def _everybody(tx: Statements, suggestion: Suggestion, to: Addressee) -> list[Ticket]:
    """A draft is about the question, so that it answers all who ask it; a snippet is filled in for one of them."""
    return await together.addressed(tx, to.ticket) if suggestion.kind == "draft" else [to.ticket]


async def _doubt(tx: Statements, business: Business, suggestion: Suggestion) -> str:
    """Another customer's details need a second tap, as in a reply."""
    to = await addressee(tx, suggestion.ticket_id or 0)
    everybody = await _everybody(tx, suggestion, to)
    return await holding.about_others(tx, business, everybody, contents.from_json(suggestion.content))


def _snippet_head(business: Business, suggestion: Suggestion) -> str:
    if "planned" in more_of(suggestion):
        return business.tell_desk("later_strange_now", to=more_of(suggestion)["to"])
    return business.tell_desk("snippet_head", **more_of(suggestion))


def _draft_head(business: Business, suggestion: Suggestion) -> str:
    more = more_of(suggestion)
    return business.tell_desk("draft_head", to=more.get("to", ""), source=more.get("source", ""))


def _other_words(business: Business, suggestion: Suggestion, content: Content) -> tuple[Content, More]:
    """The files that were attached stay."""
    media = contents.from_json(suggestion.content).media
    return replace(content, media=content.media or media, buttons=(), unreadable=""), more_of(suggestion)


SNIPPET = Kind(
    head=_snippet_head,
    accept=_send,
    doubt=_doubt,
    yes="suggestion_send",
    no="suggestion_cancel",
    edit="suggestion_edit",
    ask_words="suggestion_words",
    reworded=_other_words,
)
DRAFT = Kind(
    head=_draft_head,
    accept=_send,
    doubt=_doubt,
    yes="suggestion_send",
    no="suggestion_discard",
    edit="suggestion_edit",
    ask_words="suggestion_words",
    reworded=_other_words,
)
