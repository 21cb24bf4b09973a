"""Which of the configured languages is a message in? A vote of its small words, letters and endings."""

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.knowledge.words import COMMON, words

NEEDED = 0.9
"""By how much a language must lead the one spoken so far; about one small word that only it has."""

_WORD_VOTE, _LETTER_VOTE, _ENDING_VOTE = 1.0, 1.0, 0.4

_LETTERS = {
    "en": re.compile(r"'(?:s|t|d|m|ll|re|ve)$|^wh|th|ght|ould|ou[rs]|oo|ee|sh|w"),
    "sv": re.compile(r"[äö]|ck|tion|x"),
    "nb": re.compile(r"[æø]|^hv|kj|^gj|sjon|øy|eg$"),
}
_ENDINGS = {
    "en": re.compile(r"(?:ing|ed|ly|y|ies|ment|ss|ble)$"),
    "sv": re.compile(r"(?:[^aeiouyåäö]ar|or|orna|arna|erna|ade|ning|are|[bdfghjklmnprstv]a|et|en)$"),
    "nb": re.compile(r"(?:ene|ing|else|ede|[bdfghjklmnprstv]e|et|en|er)$"),
}


def detect(text: str, languages: Sequence[str], fallback: str) -> str:
    """The language of `languages` that the text is in; `fallback` when it is too short to tell."""
    spoken = tuple(languages)
    said = [_votes(word, spoken) for word in words(text)]
    if not said or not spoken:
        return fallback
    sums = list(map(sum, zip(*said, strict=True)))
    votes = dict(zip(spoken, sums, strict=True))
    lead = max(sums) - votes.get(fallback, 0.0)
    return max(spoken, key=votes.__getitem__) if lead >= NEEDED else fallback


@lru_cache(maxsize=20_000)
def _votes(word: str, languages: tuple[str, ...]) -> tuple[float, ...]:
    """For each language; a word with a digit in it is none of any."""
    if any(map(str.isdigit, word)):
        return (0.0,) * len(languages)
    return tuple(_vote(word, language, languages) for language in languages)


def _vote(word: str, language: str, languages: tuple[str, ...]) -> float:
    """A word that several languages have says less of each."""
    letters, ending = _LETTERS.get(language), _ENDINGS.get(language)
    spelled = _LETTER_VOTE if letters and letters.search(word) else 0.0
    sharing = sum(word in COMMON.get(other, ()) for other in languages)
    if sharing:
        return (_WORD_VOTE / sharing + spelled / 2) if word in COMMON.get(language, ()) else 0.0
    if spelled:
        return spelled
    return _ENDING_VOTE if ending and ending.search(word) and len(word) > 3 else 0.0
