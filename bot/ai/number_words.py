"""Numbers written as words: "thirty days" is a figure like "30 days"."""

import re
from functools import cache

WORDS: dict[str, dict[str, int]] = {
    "en": {
        "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
        "eleven": 11, "twelve": 12, "dozen": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
        "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
        "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1000,
        "million": 1000000,
    },
    "sv": {
        "två": 2, "tre": 3, "fyra": 4, "fem": 5, "sex": 6, "sju": 7, "åtta": 8, "nio": 9, "tio": 10,
        "elva": 11, "tolv": 12, "dussin": 12, "tretton": 13, "fjorton": 14, "femton": 15, "sexton": 16,
        "sjutton": 17, "arton": 18, "nitton": 19, "tjugo": 20, "trettio": 30, "fyrtio": 40, "femtio": 50,
        "sextio": 60, "sjuttio": 70, "åttio": 80, "nittio": 90, "hundra": 100, "tusen": 1000,
        "miljon": 1000000, "miljoner": 1000000,
    },
    "nb": {
        "to": 2, "tre": 3, "fire": 4, "fem": 5, "seks": 6, "sju": 7, "syv": 7, "åtte": 8, "ni": 9, "ti": 10,
        "elleve": 11, "tolv": 12, "dusin": 12, "tretten": 13, "fjorten": 14, "femten": 15, "seksten": 16,
        "sytten": 17, "atten": 18, "nitten": 19, "tjue": 20, "tyve": 20, "tretti": 30, "tredve": 30,
        "førti": 40, "femti": 50, "seksti": 60, "sytti": 70, "åtti": 80, "nitti": 90, "hundre": 100,
        "tusen": 1000, "million": 1000000, "millioner": 1000000,
    },
}  # fmt: skip
"""One is left out: it is an article or a pronoun more often than a figure."""

LINKS = {"en": "", "sv": "en|ett", "nb": "og|en|ett|et"}
"""What stands between the parts of a compound, as in "tjugoen" and "hundreogfem"."""

MEASURED = "år|dag|veck|uke|månad|måned|tim|minut|proc|pros|gång|gang|year|day|week|month|hour|minute|percent"
"""What a number may be grown together with, as in "tioårsgaranti"."""


def number_words(text: str, language: str) -> list[tuple[str, str]]:
    """Each word that is a number in the language, and its digits; "" for the digits of a compound."""
    words = WORDS.get(language, {})
    found = _pattern(language).findall(text.casefold()) if words else []
    return [(word, str(words.get(word, ""))) for word in found]


@cache
def _pattern(language: str) -> re.Pattern[str]:
    words = "|".join(sorted(WORDS[language], key=len, reverse=True))
    links = f"|{LINKS[language]}" if LINKS[language] else ""
    return re.compile(rf"(?<![^\W_])((?:{words})(?:{words}{links})*)(?:(?![^\W_])|(?={MEASURED}))")
