"""From a customer's question to what is said about it: an answer, a question back, a refusal, or a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import orjson

from bot.answer import Asker, Question, Source, Verdict
from bot.business import Business
from bot.content import Content
from bot.escalation import Why
from bot.following import Continued, continued, heading_above
from bot.knowledge.found import Hit
from bot.knowledge.render import render
from bot.knowledge.tongues import foreign
from bot.manners import Heard
from bot.mind import NOTHING, Mind
from bot.offering import MOST, offer
from bot.recording import By, Choice, Outcome, Record, named
from bot.reply import Reply, Turn, Words, answer_buttons, introduction, person_button, says, text_of
from bot.showing import Showing
from bot.understanding import Rest, questions_in, rest_of, wholes
from bot.update import Said
from bot.wording import BRIEF, headed, joined, narrowed, short
from bot.wording import MOST as LONGEST
from storage import messages

EARLIER = 6
LACKING: Final[Mapping[str, Why]] = {
    "wants_person": Why.ASKED,
    "sensitive": Why.SENSITIVE,
    "angry": Why.NO_ANSWER,
    "not_found": Why.NO_ANSWER,
    "not_grounded": Why.NOT_GROUNDED,
}
"""What a model says is in its way, as a reason for a person."""


async def answer(business: Business, turn: Turn, text: str, heard: Heard) -> Reply:
    """What the question is met with. `text` may ask several, or be only the rest of an earlier one."""
    await business.library.until_read()
    if (several := questions_in(text)) and (reply := _each(business, turn, several, heard)):
        return reply
    rest = rest_of(text)
    if rest and rest.tied and (reply := await _continued(business, turn, rest, heard)):
        return reply
    model = business.answerer.model
    tongue = foreign(text, business.settings.bot.languages) if model is not None else ""
    plain = " ".join(heard.rest) if heard.upset and heard.rest else text
    verdict = await _asked(business, turn, plain, tongue)
    if verdict.answer is None and rest and not rest.tied:
        reply = await _continued(business, turn, rest, heard, worded=False)
        if reply:
            return reply
    reply = await _decided(business, turn, text, verdict, heard)
    return replace(reply, mood=verdict.mood) if verdict.mood else reply


async def _asked(business: Business, turn: Turn, text: str, language: str = "") -> Verdict:
    """`language` is another one than we speak, for a model that can."""
    contact = turn.contact
    asker = Asker(contact.id, turn.conversation.id, (contact.name, contact.username))
    earlier = await _earlier(business, turn)
    lead = introduction(business, turn.language) if turn.introduces else ""
    showing = Showing(business.channels[contact.channel], contact.room, _newest(turn), business.clock, lead)
    question = Question(text, language or turn.language, earlier, asker, manner=business.settings.bot.manner)
    return await business.answerer.answer(question, showing)


def _newest(turn: Turn) -> str:
    ids = [item.what.remote_id for item in turn.items if isinstance(item.what, Said)]
    return ids[-1] if ids else ""


async def _earlier(business: Business, turn: Turn) -> tuple[str, ...]:
    if business.answerer.model is None:
        return ()
    known = set(turn.asked)
    last = await messages.last(business.db, turn.conversation.id, EARLIER + len(known))
    return tuple(
        f"{message.author}: {text_of(message)}"
        for message in last
        if not (message.id in known or message.withdrawn_at)
    )


async def _decided(business: Business, turn: Turn, text: str, verdict: Verdict, heard: Heard) -> Reply:
    if verdict.answer is not None:
        return _answered(business, turn, verdict, heard)
    if "off_topic" in heard and verdict.zone != "clarify":
        refusal = says(business, turn, "off_topic", button=True)
        return Reply((replace(refusal, found=_record(turn, verdict, "refused")),), mind=turn.mind)
    if verdict.lacks in ("wants_person", "sensitive"):
        return _person(turn, verdict, LACKING[verdict.lacks])
    if turn.mind.missed and verdict.choices:
        return _person(turn, verdict, Why.FAILED_TWICE)
    if len(verdict.choices) > 1 and not heard.upset:
        return _clarified(business, turn, verdict.choices, verdict)
    if verdict.zone == "none" and (tongue := foreign(text, business.settings.bot.languages)):
        return await _in_another_language(business, turn, text, tongue, verdict)
    return _person(turn, verdict, _why(business, verdict))


def _answered(
    business: Business, turn: Turn, verdict: Verdict, heard: Heard, understood: Continued | None = None
) -> Reply:
    assert verdict.answer is not None
    content, cut = verdict.answer.content, False
    by: By = "model" if verdict.by_model else "passage"
    if verdict.passage is not None and not verdict.by_model:
        passage = verdict.passage
        if understood and understood.narrows:
            content = narrowed(render(passage.body), understood.narrows, passage.language)
        if heard.upset:
            content = short(content, understood.whole if understood else "", passage.language, BRIEF)
        cut = content.text != render(passage.body).text
        if understood or cut:
            content = headed(content, passage.heading)
    found = _record(turn, verdict, "answered", by=by, about=understood.whole if understood else "")
    content = Content(content.text, content.entities, buttons=answer_buttons(business, turn, is_cut=cut))
    sources = orjson.dumps(verdict.answer.sources).decode()
    return Reply((Words(content, sources, found),), mind=_calmed(turn.mind, heard))


def _calmed(mind: Mind, heard: Heard) -> Mind:
    """After an answer: what was missed before is made good, unless we were told so just now."""
    if mind is NOTHING:
        return mind
    return replace(mind, missed=mind.missed if "unhelped" in heard else 0, offered=False)


def _clarified(
    business: Business, turn: Turn, choices: Sequence[Hit], verdict: Verdict, about: str = ""
) -> Reply:
    offered = [Choice(hit.passage.file, hit.passage.heading) for hit in choices[:MOST]]
    content = offer(business, turn.contact.channel, turn.language, offered, person_button(business, turn))
    found = replace(_record(turn, verdict, "clarified"), hits=named(choices[:MOST]), about=about)
    mind = replace(turn.mind, missed=turn.mind.missed + 1, offered=True)
    return Reply((Words(content, found=found),), mind=mind, mood="")


def _person(turn: Turn, verdict: Verdict, why: Why) -> Reply:
    found = replace(_record(turn, verdict, "escalated"), why=why)
    return Reply(ask_person=why, nearest=verdict.nearest, found=found)


def _why(business: Business, verdict: Verdict) -> Why:
    """Of what kept us from an answer the most telling."""
    if verdict.lacks:
        return LACKING.get(verdict.lacks, Why.NO_ANSWER)
    if business.answerer.model is not None and business.answerer.model.left_alone:
        return Why.AI_DOWN
    return Why.LOW_CONFIDENCE if verdict.nearest else Why.NO_ANSWER


def _record(turn: Turn, verdict: Verdict, outcome: Outcome, *, by: By = "", about: str = "") -> Record:
    score, hits = round(verdict.score, 4), named(verdict.hits)
    return Record(outcome, (), turn.language, score, hits, by=by, about=about)


async def _continued(
    business: Business, turn: Turn, rest: Rest, heard: Heard, *, worded: bool = True
) -> Reply | None:
    """The earlier question with what this message adds; None when that makes no question that we know.

    Not `worded`: a model was asked about this message already, and no question costs it more than its two calls."""
    understood = await continued(business, turn, rest)
    if understood is None:
        return None
    verdict = understood.verdict
    if verdict.answer is None:
        if turn.mind.missed or heard.upset:
            return None
        return _clarified(business, turn, verdict.choices, verdict, understood.whole)
    if business.answerer.model is not None and worded:
        verdict = await _asked(business, turn, understood.whole)
    return _answered(business, turn, verdict, heard, understood) if verdict.answer else None


def _each(business: Business, turn: Turn, several: Sequence[str], heard: Heard) -> Reply | None:
    """An answer to each of several questions, in one message; None when they are not worth telling apart.

    What has no answer goes to a person, who sees all of it."""
    answered, open_ones = _told_apart(business, turn, several)
    if len({(one.passage.file, one.passage.heading) for one in answered if one.passage}) < 2 - bool(
        open_ones
    ):
        return None
    most = LONGEST // len(answered)
    pieces = [_piece(one, most) for one in answered]
    whole = joined(pieces, "\n\n")
    content = Content(whole.text, whole.entities, buttons=(person_button(business, turn),))
    sources = orjson.dumps(list(_sources(answered))).decode()
    hits = tuple(hit for one in answered for hit in named(one.hits[:1]))
    best = min(answered, key=lambda one: one.score)
    found = replace(_record(turn, best, "answered"), by="passage", hits=hits)
    says_it = (Words(content, sources, found),)
    mind = _calmed(turn.mind, heard)
    if not open_ones:
        return Reply(says_it, mind=mind)
    missing = replace(_record(turn, open_ones[0], "escalated"), why=Why.REST, about=open_ones[0].question)
    return Reply(says_it, ask_person=Why.REST, nearest=open_ones[0].nearest, mind=mind, found=missing)


@dataclass(frozen=True, slots=True)
class _Part(Verdict):
    question: str = ""


def _told_apart(
    business: Business, turn: Turn, several: Sequence[str]
) -> tuple[list[Verdict], list["_Part"]]:
    """The questions with an answer, each passage once, and those without. A rest leans on the question before it."""
    answered: dict[tuple[str, str], Verdict] = {}
    open_ones: list[_Part] = []
    before, topic = "", ""
    for question in several:
        verdict = business.answerer.look_up(question, turn.language)
        rest = rest_of(question)
        if verdict.answer is None and rest and before:
            meant = [
                business.answerer.look_up(whole, turn.language)
                for whole in wholes(before, topic, rest, turn.language)
            ]
            verdict = next((one for one in meant if one.answer is not None), verdict)
        if verdict.passage is not None and verdict.answer is not None:
            answered.setdefault((verdict.passage.file, verdict.passage.heading), verdict)
        else:
            open_ones.append(_Part(None, verdict.score, verdict.hits, question=question))
        before, topic = question, heading_above(verdict.passage) if verdict.passage else ""
    return list(answered.values()), open_ones if answered else []


def _piece(verdict: Verdict, most: int) -> Content:
    assert verdict.passage is not None
    passage = verdict.passage
    return headed(short(render(passage.body), passage.heading, passage.language, most), passage.heading)


def _sources(answered: Sequence[Verdict]) -> Sequence[Source]:
    return [source for one in answered if one.answer for source in one.answer.sources]


async def _in_another_language(
    business: Business, turn: Turn, text: str, tongue: str, verdict: Verdict
) -> Reply:
    """A model may say in the customer's language what the nearest passages say; else a person is asked.

    Where something came near it was asked already."""
    model = business.answerer.model
    if model is not None and verdict.hits and not verdict.nearest:
        asker = Asker(turn.contact.id, turn.conversation.id, (turn.contact.name, turn.contact.username))
        earlier = await _earlier(business, turn)
        question = Question(text, tongue, earlier, asker, manner=business.settings.bot.manner)
        said = await model.word(question, [hit.passage for hit in verdict.hits], sure=False)
        if said is not None and said.text:
            found = replace(_record(turn, verdict, "answered", by="model"), language=tongue)
            content = Content(said.text, buttons=(person_button(business, turn),))
            sources = orjson.dumps(verdict.sources).decode()
            return Reply((Words(content, sources, found),), mind=turn.mind)
    found = replace(_record(turn, verdict, "escalated"), why=Why.LANGUAGE, language=tongue)
    return Reply(ask_person=Why.LANGUAGE, found=found)
