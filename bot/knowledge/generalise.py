"""From one customer's question and a colleague's reply to what holds for everybody."""

import re
from dataclasses import dataclass

from bot.knowledge.words import words

LONGEST_QUESTION = 160
FEWEST_WORDS = 3
_GREETING = re.compile(
    r"^\s*(?:hello|hi|hey|dear|good (?:morning|afternoon|evening|day)|hej(?:san)?|hallå"
    r"|god (?:morgon|kväll|dag|kveld|morgen)|tjena|hei(?:sann)?|hallo|kjære)\b(?:[ ,]+(?:there|igen|igjen|alla|alle|all))?",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"\n+\s*(?:(?:best|kind|warm)?\s*regards|best wishes|sincerely|cheers|mvh|m\.v\.h\.?|(?:med )?vänliga? hälsning(?:ar)?"
    r"|hälsning(?:ar)?|(?:med )?vennlig hilsen|hilsen|vh)\b[^\n]{0,40}(?:\n[^\n]{0,40}){0,2}\s*$",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"\S+@\S+\.\w+"  # an address
    r"|\+?\d[\d ()/-]{6,}\d"  # a phone number
    r"|(?:#|\b(?:nr|no|number|nummer)\.?\s*)\d{3,}"
    r"|\b[A-Z]{1,4}-?\d{4,}\b|\b\d{5,}\b",  # an order, a parcel, an article
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\n]*\?|[^.!?\n]+[.!]?")


@dataclass(frozen=True, slots=True)
class Pair:
    question: str
    answer: str
    personal: bool
    """Something in the answer looks as if it were one customer's: a number, an address, their name."""


def generalise(question: str, answer: str, name: str) -> Pair | None:
    """None when there is nothing in it to learn: no question, or a reply that asks back."""
    asked, told = _question(question, name), _answer(answer, name)
    asks_back = told.rstrip(" )🙂😊").endswith("?") and told.count("?") == 1 and len(words(told)) < 20
    if len(words(asked)) < 2 or len(words(told)) < FEWEST_WORDS or asks_back:
        return None
    return Pair(asked, told, bool(_PERSONAL.search(told)) or _named(told, name))


def _question(text: str, name: str) -> str:
    """The sentence that asks, without greeting and without what is this customer's own."""
    lines = _without_greeting(text, "")
    sentences = [one.strip() for one in _SENTENCE.findall(lines) if words(one)]
    asking = [one for one in sentences if one.endswith("?")] or sentences
    best = max(asking, key=lambda one: len(words(one)), default="")
    clean = re.sub(r"\s+([?!.,])", r"\1", " ".join(_PERSONAL.sub("", best).split()))
    clean = clean.strip(" ,;–-")
    if len(clean) > LONGEST_QUESTION:
        clean = clean[:LONGEST_QUESTION].rpartition(" ")[0] + " …"
    return clean[:1].upper() + clean[1:]


def _answer(text: str, name: str) -> str:
    clean = _without_greeting(_FAREWELL.sub("", text.strip()), name).strip()
    return clean[:1].upper() + clean[1:]


def _without_greeting(text: str, name: str) -> str:
    found = _GREETING.match(text)
    if not found:
        return text
    rest = text[found.end() :]
    first = re.escape(next(iter(name.split()), "")) if name else ""
    return re.sub(
        rf"^[ ,]*(?:{first})?[ ]*[,!.:–\n-]*\s*" if first else r"^[ ]*[,!.:–\n-]+\s*", "", rest, flags=re.I
    )


def _named(text: str, name: str) -> bool:
    return any(len(part) > 2 and part.casefold() in map(str.casefold, words(text)) for part in name.split())
