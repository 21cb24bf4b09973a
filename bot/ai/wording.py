"""What words alone give away: a text that says nothing, says the opposite, or says what no passage speaks of."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from bot.ai.details import claims, plain
from bot.ai.grounding import SENTENCE, Told
from bot.knowledge.words import is_common, stem, words

LEAST_KNOWN, LEAST_KNOWN_UNSURE = 0.34, 0.6
"""The share of a text's telling words that must stand in what it rests on or in the question; the second one where
it is not sure that the passages are about the question at all."""
ALIKE = 0.6
"""Such a share of a sentence's telling words makes it the same sentence as a passage's."""
LONGEST_WORD = 45
_STEMMED = 5
"""Words that agree in so many letters count as the same: "return" and "returnable"."""
_NEGATIONS = {
    "en": re.compile(
        r"\b(?:not|no|never|none|nothing|cannot|nor|neither|without|except|unless|only|\w+n't|un(?:available|able))\b"
    ),
    "sv": re.compile(r"\b(?:inte|ingen|inget|inga|aldrig|ej|utan|förutom|utom|bara|endast)\b"),
    "nb": re.compile(r"\b(?:ikke|ingen|intet|aldri|uten|bortsett|unntatt|bare|kun)\b"),
}
_NAME = re.compile(r"(?<=[\w,;:] )[A-ZÅÄÖÆØ][a-zåäöæøé]{2,}\w*")

NOTHING = re.compile(
    r"""(?:\w+,?\ ){0,3}?(?:but\ |men\ )?
    (?: (?:i|we)\ (?:cannot|can't|could\ not|couldn't|do\ not|don't|am\ unable\ to)\ (?:answer|find|know|tell)\b
      | (?:i|we)\ (?:have\ no|do\ not\ have|don't\ have)\ (?:\w+\ ){0,2}information\b
      | (?:the|these)\ passages\ (?:do|don't)\b | there\ is\ no\ information\b
      | (?:jag\ kan|kan\ jag)\ (?:tyvärr\ )?inte\ (?:svara|hitta|säga)\b
      | (?:jag\ vet|vet\ jag|jag\ hittar|hittar\ jag)\ (?:tyvärr\ )?(?:inte|ingen)\b
      | (?:jag|vi)\ har\ (?:tyvärr\ )?ingen\ information\b | det\ framgår\ (?:tyvärr\ )?inte\b
      | (?:jeg\ kan|kan\ jeg)\ (?:dessverre\ )?ikke\ (?:svare|finne|si)\b
      | (?:jeg\ vet|vet\ jeg|jeg\ finner|finner\ jeg)\ (?:dessverre\ )?(?:ikke|ingen)\b
      | (?:jeg|vi)\ har\ (?:dessverre\ )?ingen\ informasjon\b | det\ fremgår\ (?:dessverre\ )?ikke\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def says_nothing(text: str) -> bool:
    """It only says that it cannot answer: begins so, and states no detail."""
    if not text.strip():
        return True
    return NOTHING.match(text.strip().replace("’", "'")) is not None and not any(claims(plain(text), ""))


def strays(text: str, sources: Sequence[Told], question: str, language: str, *, sure: bool) -> str:
    """What is wrong with the words of a text, "" for nothing. Only sources in the text's language can be compared."""
    ours = [plain(source) for source, tongue in sources if tongue == language]
    if any(len(word) > LONGEST_WORD for word in re.findall(r"[^\s/]+", text) if "://" not in word):
        return "it held a word that is none"
    if not ours:
        return ""
    known = stems(" ".join(ours), language)
    asked = stems(question, language)
    telling = stems(plain(text), language)
    if telling and _share(telling, known | asked) < (LEAST_KNOWN if sure else LEAST_KNOWN_UNSURE):
        return "it spoke of other things than its sources"
    if any(not _is_known(stem(name.lower(), language), known) for name in _NAME.findall(plain(text))):
        return "it named what its sources do not name"
    return "it said the opposite of its source" if _is_turned(text, ours, language) else ""


def _is_turned(text: str, sources: Iterable[str], language: str) -> bool:
    """A sentence of a source comes again with its "not" dropped, or with one that it has not."""
    negation = _NEGATIONS.get(language)
    if negation is None:
        return False
    theirs = [sentence for source in sources for sentence in SENTENCE.split(source)]
    for sentence in SENTENCE.split(plain(text)):
        telling = stems(sentence, language)
        if len(telling) < 2:
            continue
        alike = [(min(_share(telling, stems(one, language)), 1.0), one) for one in theirs]
        best = max((share for share, _ in alike), default=0.0)
        nearest = [one for share, one in alike if share == best]
        if best >= ALIKE and all(
            bool(negation.search(one.lower())) != bool(negation.search(sentence.lower())) for one in nearest
        ):
            return True
    return False


@lru_cache(maxsize=4_000)
def stems(text: str, language: str) -> frozenset[str]:
    """Its telling words, by their stems; numbers are looked at elsewhere."""
    return frozenset(
        stem(word, language)
        for word in (one.partition("'")[0] for one in words(text.replace("’", "'")))
        if word.isalpha() and len(word) > 2 and not is_common(word, language)
    )


def _share(telling: frozenset[str], known: frozenset[str]) -> float:
    return sum(_is_known(word, known) for word in telling) / max(1, len(telling))


def _is_known(word: str, known: frozenset[str]) -> bool:
    return word in known or (
        len(word) >= _STEMMED and any(other[:_STEMMED] == word[:_STEMMED] for other in known)
    )
