"""What figures are measured in, and how that is written: 3 weeks are not 3 days, and 495 kr not 495 euro."""

import re
from dataclasses import dataclass
from functools import lru_cache

_MONEY = {
    "%": "% percent procent prosent pct",
    "SEK": "sek",
    "NOK": "nok",
    "DKK": "dkk",
    "EUR": "€ eur euro euros",
    "USD": "$ usd dollar dollars",
    "GBP": "£ gbp pound pounds pund",
    "kr": "kr kronor kroner krona krone :- ,-",
}
MONEY = {word: unit for unit, words in _MONEY.items() for word in words.split()} | {"per cent": "%"}
KRONOR = frozenset({"SEK", "NOK", "DKK"})
HOME = {"sv": "SEK", "nb": "NOK", "nn": "NOK", "no": "NOK", "da": "DKK"}
"""Whose kronor they are where nobody says."""

_MEASURES = {
    "workday": r"(?:working|business|work)[ -]?days?|arbetsdag\w*|arbeidsdag\w*|virkedag\w*|vardag\w*|hverdag\w*|weekdays?",
    "year": r"years?'?|yrs?|år\w*",
    "month": r"months?'?|månad\w*|måned\w*|mån",
    "week": r"weeks?'?|veck\w*|uke\w*",
    "day": r"days?'?|dag(?!li)\w*|dygn\w*|døgn\w*",
    "night": r"nights?|natt\w*|nätter\w*|netter\w*",
    "hour": r"hours?'?|hrs?|timm\w*|timer|timers|timen|time|tim",
    "minute": r"minut\w*|min",
    "second": r"seconds?|sekund\w*",
    "times": r"times|gånger|ganger",
    "mm": "mm",
    "cm": "cm",
    "km": "km",
    "m²": "m²|m2|kvm",
    "m³": "m³|m3",
    "m": "m|met(?:er|re)s?",
    "kg": r"kg|kilos?",
    "g": r"g|grams?|gram",
    "l": r"l|lit(?:er|re)s?",
    "kWh": "kwh",
    "W": r"w|watts?",
    "°C": r"°c|°|grader|degrees",
}
"""Each by its words; endings as our three languages have them."""

_WORD_END = r"(?![^\W\d_])"


@dataclass(frozen=True, slots=True)
class _Patterns:
    money: str
    measures: str
    any: str


def _patterns() -> _Patterns:
    money = "|".join(re.escape(word) for word in sorted(MONEY, key=len, reverse=True))
    measures = "|".join(_MEASURES.values())
    return _Patterns(money, rf"(?:{measures}){_WORD_END}", rf"(?:{money}|{measures}){_WORD_END}")


UNITS = _patterns()


@lru_cache(maxsize=2_000)
def unit_of(written: str) -> str:
    """Its name; empty for what is no unit."""
    word = written.casefold()
    if word in MONEY:
        return MONEY[word]
    return next((name for name, words in _MEASURES.items() if re.fullmatch(words, word)), "")
