"""Whether two questions are the same in nearly the same words, so that one answer fits both: strict, for it must."""

import re
from dataclasses import dataclass
from typing import Final

from bot.knowledge.words import COURTESIES, fold, is_common, stem

FEWEST_TELLING = 2
"""Words that say what it is about; with less it may be about anything that was said before."""
_WORD: Final = re.compile(r"\w+(?:['’]\w+)*")
_SIGN: Final = re.compile(r"[%€$£°@#&/+=<>]")
_SENTENCE_ENDS: Final = ".!?\n:;"
_FILLING_TEXT = """
    a an the any some there dear kindly so well also maybe actually
    en ett ei et några någon något noen noe då ju också gärna kära kjære også jo da gjerne
"""
_FILLERS: Final = COURTESIES | frozenset(_FILLING_TEXT.split())
"""Said in any question, and missed in none."""
_PERSONAL: Final = re.compile(
    r"\b(?:my|mine|our|ours|myself|min|mitt|mina|mi|vår|vårt|våra|våre"
    r"|i['’]m|i['’]ve|we['’]ve|we['’]re"
    r"|(?:i|we) (?:have|haven['’]?t|had|am|was|were|ordered|bought|paid|got|received|sent|booked|returned)"
    r"|(?:have|had|am|was|were|did) (?:i|we)"
    r"|(?:jag|vi) (?:har|hade|är|var|beställde|köpte|betalade|fick|skickade|bokade)"
    r"|(?:har|hade|är|var|fick) (?:jag|vi)"
    r"|(?:jeg|eg|vi) (?:har|hadde|er|var|bestilte|kjøpte|betalte|fikk|sendte)"
    r"|(?:har|hadde|er|var|fikk) (?:jeg|eg|vi))\b",
    re.IGNORECASE,
)
"""What is about the asker's own things has an answer each, however alike the words are."""


@dataclass(frozen=True, slots=True)
class _Word:
    plain: str
    exact: bool
    """A name or a number: nothing but itself is the same."""


def is_for_everybody(question: str, language: str) -> bool:
    """It can have the same answer for whoever asks it, and says enough to know which."""
    if _PERSONAL.search(question):
        return False
    telling = [word.plain for word in _words(question) if not is_common(word.plain, language)]
    return len(telling) >= FEWEST_TELLING


def asks_the_same(first: str, second: str, language: str) -> bool:
    """The same words in the same order, greetings and little words aside; inflected, capitalised or not, as one likes.

    Names and numbers must be equal. A synonym or a word more is another question: a wrong answer costs more than
    a second card."""
    ours, theirs = _words(first), _words(second)
    if len(ours) != len(theirs) or _SIGN.findall(first) != _SIGN.findall(second):
        return False
    return all(_same(one, other, language) for one, other in zip(ours, theirs, strict=True))


def _same(one: _Word, other: _Word, language: str) -> bool:
    if one.plain == other.plain:
        return True
    exact = one.exact or other.exact
    return not exact and stem(one.plain, language) == stem(other.plain, language)


def _words(text: str) -> list[_Word]:
    found = []
    for match in _WORD.finditer(text):
        word, before = match[0], text[: match.start()].rstrip(" \t\"'«»“”¿¡(")
        begins = not before or before[-1] in _SENTENCE_ENDS
        is_name = word[0].isupper() and not begins and len(word) > 1
        if word.lower() not in _FILLERS:
            found.append(_Word(fold(word.lower()), is_name or not word.isalpha()))
    return found
