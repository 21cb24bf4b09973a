"""Nobody is told that something was done, granted or promised unless it was: a model can do nothing."""

import re
from collections.abc import Collection, Sequence

from bot.ai.commitment_words import ACTS, DONE, HAVE, IS, PROMISES, THINGS, WILL, YOUR
from bot.ai.details import plain

DEEDS = (*DONE, "promise")
"""What may have been finished for a customer (refund, booking …); `promise` never is."""


def _either(words: str) -> str:
    """Words with "*" for any ending and "_" for a space, as a pattern."""
    longest_first = sorted(words.split(), key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\*", r"\w*").replace("_", " ") for word in longest_first)


def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """All languages at once: a model may be told to write in another one."""
    found: list[tuple[str, str]] = []
    for language, have in HAVE.items():
        yours, things, is_ = _either(YOUR[language]), _either(THINGS[language]), _either(IS[language])
        for deed, by_language in DONE.items():
            done = _either(by_language[language])
            found.append((deed, rf"\b(?:{have}) (?:{done})\b"))
            whose = rf"(?:(?:{yours}) (?:\w+ ){{0,2}}(?:{things})|(?:{things}) (?:{yours}))"
            found.append((deed, rf"\b{whose}(?: \S+){{0,3}} (?:{is_}) (?:\w+ )?(?:{done})\b"))
            found.append((deed, rf"(?:\A|[.!:] )(?:{things}) (?:(?:{is_}) )?(?:{done})\b"))
        found.append(("promise", rf"\b(?:{WILL[language]}) (?:\w+ )?(?:{_either(ACTS[language])})\b"))
        found.append(("promise", rf"\b(?:{_either(PROMISES[language])})\b"))
    return tuple((deed, re.compile(pattern)) for deed, pattern in found)


_PATTERNS = _patterns()


def broken_promises(text: str, sources: Sequence[str], done: Collection[str]) -> list[str]:
    """What the text says was done or will be, and nobody has. What a source promises everybody in the same words
    may be said; that something was done never, whatever a source says.

    `done` are the DEEDS that were finished for this customer."""
    said, told = _flat(text), [_flat(source) for source in sources]
    return [
        found[0]
        for deed, pattern in _PATTERNS
        for found in pattern.finditer(said)
        if deed not in done and not (deed == "promise" and any(found[0] in source for source in told))
    ]


def _flat(text: str) -> str:
    return " ".join(plain(text).casefold().replace("’", "'").split())
