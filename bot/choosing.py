"""A customer picks one of the passages that they were offered, or the rest of one: by a tap, early or late, or in words."""

from dataclasses import replace

from bot.business import Business
from bot.content import Content
from bot.escalation import Why
from bot.knowledge.articles import Passage
from bot.knowledge.render import render
from bot.offering import MORE_BUTTON, number_of
from bot.recording import Choice, Record, bears, from_json, sources_of, with_mark
from bot.reply import Reply, Turn, Words, answer_buttons, says
from bot.understanding import chooses_none, chosen
from bot.update import Inbound, Pressed
from bot.wording import headed, is_cut, short
from storage import copies, messages
from storage.records import Message

LOOKED_BACK = 12
"""Messages among which an offer is looked for that was answered in words."""


async def picked_by_tap(business: Business, turn: Turn) -> Reply | None:
    """What a tapped choice stands for; None when no choice was tapped, or beside it something was said."""
    taps = [item for item in turn.items if isinstance(item.what, Pressed)]
    wanting = [item for item in taps if isinstance(item.what, Pressed) and item.what.button == MORE_BUTTON]
    if wanting:
        return await _more(business, turn, wanting[0])
    at = next((number for item in taps if (number := _number(item)) is not None), None)
    titles = {
        item.what.said.content.text for item in taps if isinstance(item.what, Pressed) and item.what.said
    }
    if at is None or len(turn.said) > len(titles):
        return None
    tapped = next(item for item in taps if _number(item) == at)
    offer = await _offer_on(business, turn, tapped) or await _last_offer(business, turn)
    return _pick(business, turn, offer, at) if offer else None


async def _more(business: Business, turn: Turn, item: Inbound) -> Reply | None:
    """All of a passage of which a part was said; once."""
    message = await _message_of(business, turn, item)
    record = from_json(message.found) if message and message.found else None
    if message is None or record is None or not record.hits or bears(message.verdict, MORE_BUTTON):
        return _again(business, turn)
    passage = business.library.passage(*record.hits[0][:2])
    if passage is None:
        return Reply((says(business, turn, "choice_gone", button=True),), mind=turn.mind)
    words = Words(render(passage.body), message.sources)
    return Reply((words,), mind=turn.mind, picked=(message.id, with_mark(message.verdict, MORE_BUTTON)))


def _again(business: Business, turn: Turn) -> Reply:
    """A tap that has had its effect; where a tap is a message of its own, it is not met with silence."""
    return Reply((says(business, turn, "chosen_already"),) if turn.said else (), mind=turn.mind)


async def picked_by_words(business: Business, turn: Turn, text: str) -> Reply | None:
    """What the customer chose by writing it; who wants none of it gets a person. None for any other words."""
    if chooses_none(text):
        return Reply(ask_person=Why.FAILED_TWICE)
    offer = await _last_offer(business, turn)
    record = from_json(offer.found) if offer else None
    at = chosen(text, [choice.heading for choice in record.choices]) if record else None
    return None if offer is None or at is None else _pick(business, turn, offer, at)


def _number(item: Inbound) -> int | None:
    return number_of(item.what.button) if isinstance(item.what, Pressed) else None


async def _offer_on(business: Business, turn: Turn, item: Inbound) -> Message | None:
    message = await _message_of(business, turn, item)
    return message if message and _offers(message) else None


async def _message_of(business: Business, turn: Turn, item: Inbound) -> Message | None:
    """The message of this conversation that the tapped button stands on."""
    assert isinstance(item.what, Pressed)
    copy = await copies.find(business.db, item.channel, item.room, item.what.remote_id)
    message = await messages.get(business.db, copy.message_id) if copy and copy.message_id else None
    return message if message and message.conversation_id == turn.conversation.id else None


async def _last_offer(business: Business, turn: Turn) -> Message | None:
    last = await messages.last(business.db, turn.conversation.id, LOOKED_BACK)
    return next((message for message in reversed(last) if _offers(message)), None)


def _offers(message: Message) -> bool:
    record = from_json(message.found) if message.author == "bot" and message.found else None
    return record is not None and record.outcome == "clarified"


def _pick(business: Business, turn: Turn, offer: Message, at: int) -> Reply | None:
    """Each choice has its effect once; a second tap changes nothing."""
    record = from_json(offer.found)
    if record is None or at >= len(record.choices):
        return None
    if bears(offer.verdict, str(at)):
        return _again(business, turn)
    choice = record.choices[at]
    passage = business.library.passage(choice.file, choice.heading)
    picked = (offer.id, with_mark(offer.verdict, str(at)))
    mind = replace(turn.mind, missed=0)
    if passage is None:
        return Reply((says(business, turn, "choice_gone", button=True),), mind=mind, picked=picked)
    return Reply((_said(business, turn, record, choice, passage),), mind=mind, picked=picked)


def _said(business: Business, turn: Turn, record: Record, choice: Choice, passage: Passage) -> Words:
    """The passage under its heading; on record as what the question that was asked first had meant."""
    score = next(
        score for file, heading, score in record.hits if (file, heading) == (choice.file, choice.heading)
    )
    hit = (choice.file, choice.heading, score)
    found = replace(record, outcome="answered", by="choice", hits=(hit,))
    part = short(render(passage.body))
    body = headed(part, passage.heading)
    content = Content(body.text, body.entities, buttons=answer_buttons(business, turn, is_cut=is_cut(part)))
    return Words(content, sources_of((hit,)), found)
