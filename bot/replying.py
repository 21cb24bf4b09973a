"""What the bot does with a turn: a command obeyed, a question answered, a person asked."""

import re
from dataclasses import replace
from itertools import compress

from bot.answering import answer
from bot.business import Business
from bot.choosing import picked_by_tap, picked_by_words
from bot.content import Content
from bot.escalation import PERSON_BUTTON, Why
from bot.knowledge.small_talk import small_talk
from bot.manners import Heard, hear
from bot.mind import NOTHING
from bot.reply import Answering, Reply, Turn, Words, introduced, says, text_of
from bot.status import status_for_customer
from bot.understanding import sentences, telling_words
from bot.update import Pressed
from bot.wording import after
from storage import audience

EARLIER = 6
MOST_WORDLESS = 1
"""So many messages without words are answered by a request for words; the next goes to a person."""
MOST_UPSET = MOST_MISSED = 2
"""The second time that a customer is angry or lost, or that we did not help, a person takes over."""

_PARTED = re.compile(r"[.!?…\n].*\w", re.DOTALL)
"""Something is said after a sentence's end."""
_CLAUSE = re.compile(r"[,;:.!?…\n]+|\s[-–—]+\s")
FEWEST_WORDS_OF_A_WISH = 3
_MASHED = re.compile(r"(.)\1{3,}|[^aeiouyåäöæø\d]{6,}", re.IGNORECASE)
_NOISE_TEXT = """
    test testing asdf qwerty hm hmm hmmm lol haha hahaha eh öh øh um uh blah bla xyz abc
"""
_NOISE = frozenset(_NOISE_TEXT.split())


async def decide(business: Business, turn: Turn) -> Reply:
    """Commands are obeyed one by one; what is said beside them is one question.

    While a person has the conversation the bot obeys some commands and is silent otherwise."""
    with_staff = turn.conversation.holder == "staff"
    known = COMMANDS_WITH_STAFF if with_staff else COMMANDS
    texts = [text_of(message) for message in turn.said]
    names = [_command(text) for text in texts]
    kept = [name not in known or _has_more(text, name) for text, name in zip(texts, names, strict=True)]
    rest = turn if all(kept) else replace(turn, said=list(compress(turn.said, kept)))
    obeyed = [await known[name](business, turn) for name in dict.fromkeys(names) if name in known]
    if not with_staff and not any(reply.ask_person for reply in obeyed):
        text = "\n".join(text for text in compress(texts, kept) if text.strip())
        obeyed.append(await _without_commands(business, rest, text))
    asks = [reply.ask_person for reply in obeyed if reply.ask_person is not None]
    last = obeyed[-1] if obeyed else Reply(mind=turn.mind)
    spoken = tuple(words for reply in obeyed for words in reply.says)
    whole = replace(last, says=spoken, ask_person=asks[0] if asks else None, rest=tuple(rest.said))
    return introduced(business, turn, whole)


def _has_more(text: str, name: str) -> bool:
    """Words behind a command are the customer's; behind /start they are a link's."""
    return name != "start" and len(text.split(maxsplit=1)) > 1


def _command(text: str) -> str:
    word = (text.split(maxsplit=1) or [""])[0]
    return word[1:].partition("@")[0].lower() if word.startswith("/") else ""


async def _without_commands(business: Business, turn: Turn, text: str) -> Reply:
    """`text` is what the turn's messages say."""
    if any(isinstance(item.what, Pressed) for item in turn.items):
        if any(isinstance(item.what, Pressed) and item.what.button == PERSON_BUTTON for item in turn.items):
            return Reply(ask_person=Why.ASKED)
        if picked := await picked_by_tap(business, turn):
            return picked
    if not turn.said:
        return Reply(wordless=turn.conversation.wordless, mind=turn.mind)
    if turn.mind.offered and (picked := await picked_by_words(business, turn, text)):
        return picked
    if talk := small_talk(text):
        return await SMALL_TALK[talk](business, turn)
    if not any(map(str.isalnum, text)):
        return _without_words(business, turn, "wordless")
    return await _question(business, turn, text)


async def _question(business: Business, turn: Turn, text: str) -> Reply:
    said = sentences(text) if _PARTED.search(text) else ()
    talk = [small_talk(sentence) for sentence in said]
    if "person" in talk or _wishes_for_a_person(text):
        return Reply(ask_person=Why.ASKED, mood=hear(text).upset)
    if "identity" in talk and set(talk) != {"identity"}:
        rest = " ".join(one for one, kind in zip(said, talk, strict=True) if kind != "identity")
        return _led(says(business, turn, "identity").content.text, await _heard(business, turn, rest))
    return await _heard(business, turn, text)


def _wishes_for_a_person(text: str) -> bool:
    """In a part of a sentence, as of "I want to talk to a person, this is useless"; a word or two wish for nothing."""
    parts = _CLAUSE.split(text)
    return len(parts) > 1 and any(
        small_talk(part) == "person" for part in parts if len(part.split()) >= FEWEST_WORDS_OF_A_WISH
    )


async def _heard(business: Business, turn: Turn, text: str) -> Reply:
    """Not only what is asked, but how."""
    heard = hear(text)
    if not heard.signs:
        return await _noise_or_answer(business, turn, text, heard)
    mind, mood = turn.mind, heard.upset
    if "sensitive" in heard:
        return Reply(ask_person=Why.SENSITIVE, mood=mood)
    mind = replace(mind, upset=mind.upset + bool(mood), missed=mind.missed + ("unhelped" in heard))
    if mind.upset >= MOST_UPSET and mood:
        return Reply(ask_person=Why.ANGRY if mood == "angry" else Why.FAILED_TWICE, mood=mood)
    if mind.missed >= MOST_MISSED:
        return Reply(ask_person=Why.FAILED_TWICE, mood=mood)
    turn = replace(turn, mind=mind)
    if (mood or "unhelped" in heard) and not telling_words(" ".join(heard.rest), turn.language):
        return Reply(
            (says(business, turn, f"calm_{mood}_alone" if mood else "unhelped", button=True),), mind=mind
        )
    return _kindly(business, turn, mood, await answer(business, turn, text, heard))


async def _noise_or_answer(business: Business, turn: Turn, text: str, heard: Heard) -> Reply:
    reply = await answer(business, turn, text, heard)
    if reply.ask_person is Why.NO_ANSWER and _is_noise(text):
        return _without_words(business, turn, "unclear")
    return _upset_as_a_model_hears(business, turn, reply) if reply.mood else reply


def _upset_as_a_model_hears(business: Business, turn: Turn, reply: Reply) -> Reply:
    """Anger in words that no list of phrases has."""
    upset = turn.mind.upset + 1
    if upset >= MOST_UPSET:
        return Reply(ask_person=Why.ANGRY, mood=reply.mood, found=reply.found)
    turn = replace(turn, mind=replace(turn.mind, upset=upset))
    return _kindly(business, turn, reply.mood, reply)


def _is_noise(text: str) -> bool:
    """Keys hit at random, or a sound: nothing that a colleague could answer either."""
    said = text.split()
    return len(said) <= 2 and all(
        word.lower().strip(".!?") in _NOISE or _MASHED.search(word) for word in said
    )


def _kindly(business: Business, turn: Turn, mood: str, reply: Reply) -> Reply:
    """Somebody angry or lost is met with a kind word first, and staff are told."""
    reply = replace(reply, mood=mood, mind=replace(reply.mind, upset=turn.mind.upset))
    if not mood or not reply.says:
        return reply
    return _led(business.say(turn.language, f"calm_{mood}"), reply)


def _led(lead: str, reply: Reply) -> Reply:
    """With a sentence before the first thing that is said, if anything is."""
    if not reply.says:
        return reply if reply.ask_person else replace(reply, says=(Words(Content(lead)),))
    first, *others = reply.says
    return replace(reply, says=(replace(first, content=after(lead, first.content)), *others))


def _without_words(business: Business, turn: Turn, key: str) -> Reply:
    count = turn.conversation.wordless + 1
    if count > MOST_WORDLESS:
        return Reply(ask_person=Why.WORDLESS)
    return Reply((says(business, turn, key, button=True),), wordless=count, mind=turn.mind)


def _says(key: str, *, button: bool = False, introduces: bool = False) -> Answering:
    async def answering(business: Business, turn: Turn) -> Reply:
        return Reply((says(business, turn, key, button=button, introduces=introduces),), mind=turn.mind)

    return answering


async def _thank(business: Business, turn: Turn) -> Reply:
    """Whoever thanks us is not angry any more."""
    return Reply((says(business, turn, "thanks"),), mind=NOTHING)


async def _ask_person(business: Business, turn: Turn) -> Reply:
    return Reply(ask_person=Why.ASKED)


async def _status(business: Business, turn: Turn) -> Reply:
    text = await status_for_customer(business, turn.conversation, turn.language)
    return Reply((Words(Content(text)),), mind=turn.mind)


async def _stop(business: Business, turn: Turn) -> Reply:
    """No more broadcasts; doing it twice is doing it once."""
    now = business.clock.now()
    await business.db.transaction(lambda tx: audience.opt_out(tx, turn.contact.id, now))
    return Reply((Words(Content(business.say(turn.language, "opted_out"))),))


COMMANDS: dict[str, Answering] = {
    "start": _says("greeting", button=True, introduces=True),
    "help": _says("help", button=True),
    "human": _ask_person,
    "status": _status,
    "stop": _stop,
}
COMMANDS_WITH_STAFF: dict[str, Answering] = {
    "start": _status,
    "help": _says("help"),
    "human": _status,
    "status": _status,
    "stop": _stop,
}
SMALL_TALK: dict[str, Answering] = {
    "greeting": _says("greeting", button=True, introduces=True),
    "thanks": _thank,
    "identity": _says("identity", button=True, introduces=True),
    "person": _ask_person,
}
