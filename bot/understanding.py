"""What a message means beside its words: several questions at once, the rest of an earlier one, a choice from a list."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.knowledge.words import COURTESIES, fold, folded, is_common, words

MOST_QUESTIONS = 4
SHORT = 6
"""So many words may lean on the question before; more stand on their own."""
LONGEST_REST = 12

_SENTENCE = re.compile(r"[^.!?…\n]*[.!?…\n]+|[^.!?…\n]+$")
_ABBREVIATED = re.compile(r"\b(?:\w|bl|ca|dvs|e\.?g|etc|evt|inkl|kl|mm|nr|osv|t|tlf|tel)\.$", re.IGNORECASE)

_JOINING_TEXT: Final = """
    and but or so also plus ok okay okej och men eller så samt og eller også
"""
"""What a rest is tied on with; it says nothing itself."""
_ABOUT_TEXT: Final = """
    what about | how about | what of | same for | same question for | what if i want
    | hur är det med | hur blir det med | vad gäller för | hur gör jag med | samma för | samma fråga för
    | hva med | hva gjelder for | hvordan er det med | hva skjer med | samme for | samme spørsmål for
"""
"""Asks the earlier question of something else."""
_STARTS_TEXT: Final = """
    to in from for with without on by if till i från för med utan om på til fra for uten hvis
"""
"""Words that a rest begins with: "to Norway?", "utan kvitto?"."""
_POINTING_TEXT: Final = """
    it that this they them those these one there then
    den det dom dem de denna detta dessa där då
    dette disse dere der da
"""
"""Words that stand for something that was named before."""
_ASKING_TEXT: Final = """
    how what when where who why which can could do does is are will would may
    hur vad när var vem varför vilken vilket vilka kan får finns är har ska
    hvor hva når hvem hvorfor hvilken hvilket hvilke hvordan får finnes er skal
"""

_NONE_TEXT: Final = """
    no | nope | none | neither | none of them | none of these | none of those | no none of them | neither of them
    | something else | nej | inget | ingen | inget av dem | ingen av dem | inget av det | nej inget av dem | något annat
    | nei | ingen av dem | ingen av disse | ikke noe av det | noe annet | nei ingen av dem | ingen av delene
"""
_NUMBERED: Final = re.compile(
    r"(?:(?:nr|nummer|number|no|option|alternativ|alternative|#)\W*)?([1-9])\W*", re.IGNORECASE
)
_ORDINALS: Final = {
    1: ("one", "first", "the first", "first one", "the first one", "ett", "första", "den första", "det första",
        "en", "første", "den første", "det første"),
    2: ("two", "second", "the second", "second one", "the second one", "två", "andra", "den andra", "det andra",
        "to", "andre", "den andre", "det andre"),
    3: ("three", "third", "the third", "third one", "the third one", "last", "the last one", "tre", "tredje",
        "den tredje", "det tredje", "sista", "den sista", "siste", "den siste"),
}  # fmt: skip


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(fold(word) for word in words(phrase)) for phrase in text.split("|"))


def _set(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words(text))


_JOINING: Final = _set(_JOINING_TEXT)
_ABOUT: Final = _phrases(_ABOUT_TEXT)
_NONE: Final = frozenset(_phrases(_NONE_TEXT))
_STARTS: Final = _set(_STARTS_TEXT)
_BEGINNING: Final = _JOINING | _STARTS | {lead[0] for lead in _ABOUT}
"""A message that begins otherwise, and points at nothing, stands by itself."""
_POINTING: Final = _set(_POINTING_TEXT)
_ASKING: Final = _set(_ASKING_TEXT)
_CHOSEN: Final = {
    " ".join(map(fold, words(word))): number for number, every in _ORDINALS.items() for word in every
}


def questions_in(text: str) -> list[str]:
    """The questions that a message asks one after another, each with what was said to explain it; else none.

    Only a message with several question marks is cut: most people end their one question with what it is about."""
    if text.count("?") < 2:
        return []
    asked: list[str] = []
    before = ""
    for sentence in sentences(text):
        before = f"{before} {sentence}".strip()
        if sentence.rstrip().endswith("?"):
            asked.append(before)
            before = ""
    telling = [question for question in asked if words(question)]
    if before and telling:
        telling[-1] = f"{telling[-1]} {before}"
    return telling if 1 < len(telling) <= MOST_QUESTIONS else []


def sentences(text: str) -> list[str]:
    found: list[str] = []
    for match in _SENTENCE.finditer(text):
        piece = match[0].strip()
        if found and (_ABBREVIATED.search(found[-1]) or not any(map(str.isalnum, piece))):
            found[-1] = f"{found[-1]} {piece}" if piece else found[-1]
        elif piece:
            found.append(piece)
    return found


@dataclass(frozen=True, slots=True)
class Rest:
    """A message that is only the rest of an earlier question."""

    words: str
    """What it adds: "to Norway" of "and to Norway?"."""
    tied: bool
    """It says itself that it goes on from before."""
    asks: bool
    """It asks something new of what was spoken of: "and what does it cost?"."""


def rest_of(text: str) -> Rest | None:
    """What a message adds to the question before; None if it stands by itself."""
    said = folded(text)
    if not said or len(said) > LONGEST_REST or (said[0] not in _BEGINNING and _POINTING.isdisjoint(said)):
        return None
    joints = next((at for at, word in enumerate(said) if word not in _JOINING), len(said))
    about = next((len(lead) for lead in _ABOUT if said[joints : joints + len(lead)] == lead), 0)
    left = said[joints + about :]
    if not 0 < len(left) <= SHORT:
        return None
    asks = not about and left[0] in _ASKING
    if joints or about:
        return Rest(_without_first(text, joints + about), tied=True, asks=asks)
    if left[0] in _STARTS or not _POINTING.isdisjoint(left):
        return Rest(text.strip(), tied=False, asks=asks)
    return None


def _without_first(text: str, count: int) -> str:
    for _ in range(count):
        text = re.sub(r"^\W*\w+(?:['’]\w+)*\W*", "", text, count=1)
    return text.strip()


def together(before: str, rest: str) -> str:
    """The earlier question with what the new message adds."""
    return f"{before.strip().rstrip('?!. ')} {rest.strip()}"


def wholes(before: str, topic: str, rest: Rest, language: str) -> list[str]:
    """What the customer may mean as a whole question, the likeliest first. `topic` heads the earlier answer."""
    everything = together(before, rest.words)
    if not rest.asks:
        return [everything]
    spoken_of = " ".join(telling_words(before, language))
    return [together(rest.words, about) for about in (topic, spoken_of) if about]


def telling_words(text: str, language: str) -> tuple[str, ...]:
    """What a text is about: its words without those that any message has."""
    return tuple(word for word in words(text) if word not in COURTESIES and not is_common(word, language))


def chooses_none(text: str) -> bool:
    """None of what was offered is meant."""
    return folded(text) in _NONE


def chosen(text: str, titles: Sequence[str]) -> int | None:
    """Which of the numbered titles is meant, from 0: by its number, its words, or the start of them."""
    plain = " ".join(fold(word) for word in words(text))
    number = _NUMBERED.fullmatch(text.strip().rstrip("️⃣"))
    at = int(number[1]) if number else _CHOSEN.get(plain)
    if at is not None:
        return at - 1 if at <= len(titles) else None
    meant = [" ".join(fold(word) for word in words(title)) for title in titles]
    same = [index for index, title in enumerate(meant) if title == plain]
    begun = [index for index, title in enumerate(meant) if len(plain) >= 8 and title.startswith(plain)]
    return next(iter(same or (begun if len(begun) == 1 else [])), None)
