"""Words of a question that only say where or how many: "to Umeå" must not hide what is asked about Umeå."""

import re
from collections.abc import Callable, Container, Iterable
from functools import cache

from bot.knowledge.words import COURTESIES, words

_PREPOSITIONS = {"en": "to in from near", "sv": "till i från nära", "nb": "til te i fra nær"}
_NUMBER = re.compile(r"\b\d+\b")
_CAPITALISED = re.compile(r"(?<=[\w,] )[A-ZÅÄÖÆØ][\w-]+")
_SMALL = re.compile(r"\b[a-zåäöæø][\w-]+")


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """Words, in small letters, that the texts only ever write with a capital, not just after a full stop."""
    kept = list(texts)
    capitalised = {word.lower() for text in kept for word in _CAPITALISED.findall(text)}
    return frozenset(capitalised - {word for text in kept for word in _SMALL.findall(text)})


def without_names(
    question: str, language: str, names: Container[str], is_known: Callable[[str], bool]
) -> str | None:
    """The question less its numbers and what it says after "to" or "in"; None where it has neither.

    Many customers write no capitals: a word in small letters goes too if it is among `names` or if it ends
    the question and is not known ("to umeå?"; but "to fly home")."""

    def _cut(found: re.Match[str]) -> str:
        word = found[2]
        last = COURTESIES.issuperset(words(question[found.end() :]))
        named = (word[0].isupper() and not question.isupper()) or word.lower() in names
        return found[1] if named or (last and not is_known(word.lower())) else found[0]

    places = _places(language)
    told = _NUMBER.sub(" ", places.sub(_cut, question) if places else question)
    return told if told != question else None


@cache
def _places(language: str) -> re.Pattern[str] | None:
    either = _PREPOSITIONS.get(language, "").replace(" ", "|")
    return re.compile(rf"\b((?i:{either})\s+)([^\W\d][\w'’-]{{2,}})") if either else None
