"""Numbers written as words: "thirty days" is a figure like "30 days"."""

import re
from functools import cache, partial

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

_ELSEWHERE = frozenset(["to", "ti", "ni", "sex", "fire", "tre"])
"""Other words in another of our languages."""

LINKS = {"en": "and", "sv": "och", "nb": "og"}
"""What may stand between hundreds and what follows them."""

ONES = {"en": "one", "sv": "en|ett", "nb": "en|ett|et"}
"""One, within a compound alone, as in "tjugoen"."""

MEASURED = "år|dag|veck|uke|månad|måned|tim|minut|proc|pros|gång|gang|year|day|week|month|hour|minute|percent"
"""What a number may be grown together with, as in "tioårsgaranti"."""


def in_digits(text: str, language: str) -> str:
    """The text with its number words as digits: "twenty-five days" as "25 days", "tioårsgaranti" as "10årsgaranti".

    Words of the other languages count too, where they are none in this one."""
    for other in sorted(WORDS, key=language.__ne__):
        text = _pattern(other, other != language).sub(partial(_in_digits, other), text)
    return text


def number_words(text: str, language: str) -> list[tuple[str, str]]:
    """Each number that is written in words of the language, and its digits."""
    if language not in WORDS:
        return []
    return [(found[0], _digits(found[0], language)) for found in _pattern(language, False).finditer(text)]  # noqa: FBT003


def _in_digits(language: str, found: re.Match[str]) -> str:
    return _digits(found[0], language)


def _digits(written: str, language: str) -> str:
    """A run of number words as the numbers that it holds: "two hundred and five" is one, "two three" are two."""
    values: list[int] = []
    thousands = below = last = 0
    for number in _numbers(written.casefold(), language):
        is_full = (number >= 1000 and thousands > 0) or (number == 100 and below >= 100)
        if last and (is_full or not _goes_on(last, number)):
            values.append(thousands + below)
            thousands = below = 0
        if number >= 1000:
            thousands, below = thousands + max(below, 1) * number, 0
        else:
            below = max(below, 1) * number if number == 100 else below + number
        last = number
    return " ".join(map(str, [*values, thousands + below]))


def _numbers(written: str, language: str) -> list[int]:
    parts = _part(language).findall(written)
    return [WORDS[language].get(part, 1) for part in parts if part != LINKS[language]]


def _goes_on(before: int, number: int) -> bool:
    """Whether a word goes on with the number that the one before it belongs to."""
    if number >= 100:
        return before < number
    return before >= 100 or (20 <= before < 100 and number < 10)


@cache
def _part(language: str) -> re.Pattern[str]:
    return re.compile(f"{_words(language)}|{LINKS[language]}|{ONES[language]}")


@cache
def _words(language: str) -> str:
    return "|".join(sorted(WORDS[language], key=len, reverse=True))


@cache
def _pattern(language: str, foreign: bool) -> re.Pattern[str]:  # noqa: FBT001
    words, link, one = _words(language), LINKS[language], ONES[language]
    other = rf"(?!(?:{'|'.join(_ELSEWHERE)})(?![^\W_]))" if foreign else ""
    word = rf"(?:{words})(?:{words}|{link}(?={words}|{one})|(?:{one})(?![^\W_]))*"
    run = rf"{word}(?:(?:[ -]|[ -]{link}[ -])(?:{word}))*"
    return re.compile(rf"(?<![^\W_]){other}(?:{run})(?:(?![^\W_])|(?={MEASURED}))", re.IGNORECASE)
