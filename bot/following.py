"""A follow-up: the earlier question is taken together with what the new message adds."""

from dataclasses import dataclass

from bot.answer import Verdict
from bot.business import Business
from bot.knowledge.articles import Passage
from bot.recording import Record, from_json
from bot.reply import Turn, text_of
from bot.understanding import Rest, telling_words, wholes
from storage import messages
from storage.records import Message

LOOKED_BACK = 10
FOLLOWS_MILLISECONDS = 2 * 3_600_000
"""What was asked longer ago is not what a new message goes on from."""


@dataclass(frozen=True, slots=True)
class Continued:
    """A follow-up as it is understood."""

    whole: str
    """The whole question."""
    verdict: Verdict
    narrows: tuple[str, ...] = ()
    """What it asks of the passage that was told already: only that is told now."""


async def continued(business: Business, turn: Turn, rest: Rest) -> Continued | None:
    """The likeliest whole question that has an answer, or else one that may mean a few; None for neither."""
    earlier = await messages.last(business.db, turn.conversation.id, LOOKED_BACK + len(turn.said))
    record = _before(business, turn, earlier)
    question = _question_of(record, earlier) if record else ""
    if record is None or not question or not record.hits:
        return None
    told = record.hits[0][:2]
    unclear: Continued | None = None
    for whole in wholes(question, _topic(business, *told), rest, turn.language):
        verdict = business.answerer.look_up(whole, turn.language)
        if verdict.answer is not None and verdict.passage is not None:
            again = (verdict.passage.file, verdict.passage.heading) == told
            if rest.asks and again:
                continue  # something new was asked, and this was told already
            return Continued(whole, verdict, telling_words(rest.words, turn.language) if again else ())
        if len(verdict.choices) > 1 and unclear is None:
            unclear = Continued(whole, verdict)
    return unclear


def _before(business: Business, turn: Turn, earlier: list[Message]) -> Record | None:
    """What the bot answered last, unless that is long ago or something else was said since."""
    since = business.clock.now() - FOLLOWS_MILLISECONDS
    ours = [message for message in earlier if message.author != "customer" and message.id not in turn.asked]
    for message in reversed(ours):
        if message.created_at < since or message.author == "staff":
            return None
        record = from_json(message.found) if message.found else None
        if record is not None:
            return record if record.outcome == "answered" else None
    return None


def _question_of(record: Record, earlier: list[Message]) -> str:
    asked = [message for message in earlier if message.id in record.asked and not message.withdrawn_at]
    return (record.about or "\n".join(map(text_of, asked))) if asked else ""


def _topic(business: Business, file: str, heading: str) -> str:
    passage = business.library.passage(file, heading)
    return heading_above(passage) if passage is not None else ""


def heading_above(passage: Passage) -> str:
    """What the passage is about at large; empty where only the article's title stands above."""
    return passage.headings[-2] if len(passage.headings) > 2 else ""
