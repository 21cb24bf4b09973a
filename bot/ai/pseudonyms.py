"""Names and numbers that tell who somebody is stay here: the model is given placeholders for them."""

import re
from collections.abc import Callable

_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_PHONE = re.compile(r"(?<![\w+])(?:\+|00|0)\d(?:[ /()-]{0,2}\d){6,13}(?!\w)")
_PERSON = re.compile(r"(?<!\w)(?:\d{2})?\d{6}[ +-]?\d{4,5}(?!\w)")
_CARD = re.compile(r"(?<!\w)\d{4}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?!\w)")
_NUMBER = re.compile(r"(?<![\w.,:])(?:[A-Za-z]{1,4}[-#]?)?\d{6,20}(?![\w])")
_INTRODUCED = re.compile(
    r"\b((?i:my name is|i am called|jag heter|mitt namn är|jeg heter|mitt navn er|regards,?|hälsningar,?|mvh,?|hilsen,?)\s+)"
    r"([A-ZÅÄÖÆØÉ][\w'’-]+(?: [A-ZÅÄÖÆØÉ][\w'’-]+){0,3})"
)
KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("EMAIL", _EMAIL),
    ("ACCOUNT", _ACCOUNT),
    ("NUMBER", _CARD),
    ("NUMBER", _PERSON),
    ("PHONE", _PHONE),
    ("NUMBER", _NUMBER),
)
"""Each is taken out of the text before the next is looked for."""
PLACEHOLDER = re.compile(r"\[(?:NAME|EMAIL|ACCOUNT|PHONE|NUMBER)_\d+\]")
SHORTEST_NAME = 3


class Pseudonyms:
    """One question's: the same word gets the same placeholder, and `show` puts the words back."""

    def __init__(self, names: tuple[str, ...], *, on: bool) -> None:
        self._on = on
        self._placeholders: dict[str, str] = {}
        self._words: dict[str, str] = {}
        parts = {part for name in names for part in re.findall(r"[\w'’-]+", name)}
        self._name = _either({part for part in parts if len(part) >= SHORTEST_NAME and not part.isdecimal()})

    def hide(self, text: str) -> str:
        """The text with placeholders. What only looks like one is spoilt: nobody can ask for another's word by it."""
        if not self._on:
            return text
        text = PLACEHOLDER.sub(lambda found: found[0].strip("[]").replace("_", " "), text)
        text = _INTRODUCED.sub(lambda found: found[1] + self._stand_in("NAME", found[2]), text)
        for kind, pattern in KINDS:
            text = pattern.sub(self._hiding(kind), text)
        return self._name.sub(self._hiding("NAME"), text) if self._name else text

    def show(self, text: str) -> str:
        """The words behind the placeholders; one that was not given out stays, for the judge to find."""
        return PLACEHOLDER.sub(lambda found: self._words.get(found[0], found[0]), text)

    def _hiding(self, kind: str) -> Callable[[re.Match[str]], str]:
        return lambda found: self._stand_in(kind, found[0])

    def _stand_in(self, kind: str, word: str) -> str:
        if PLACEHOLDER.search(word):
            return word
        key = f"{kind} {word.casefold()}"
        if key not in self._placeholders:
            count = sum(known.startswith(f"{kind} ") for known in self._placeholders) + 1
            placeholder = f"[{kind}_{count}]"
            self._placeholders[key], self._words[placeholder] = placeholder, word
        return self._placeholders[key]


def _either(words: set[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    longest_first = sorted(map(re.escape, words), key=len, reverse=True)
    return re.compile(rf"(?<![\w\[])(?:{'|'.join(longest_first)})(?:'s|s)?(?![\w\]])", re.IGNORECASE)
