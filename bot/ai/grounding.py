"""Nothing is made up: each figure, price, date, link and address in a text must stand in what it rests on."""

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.ai.details import Claim, claims, facts, plain, stretch
from bot.ai.units import HOME, KRONOR

Told = tuple[str, str]
"""A text and its language."""
_OWN_NUMBER = re.compile(r"\d{1,20}")
_BINDING = re.compile(
    r"\b(?:cost|costs|price|priced|pay|paid|charge|fee|free|off|discount|refund\w*|deal|worth|deliver\w*|within|warranty"
    r"|kosta\w*|pris\w*|betal\w*|avgift\w*|gratis|rabatt\w*|återbetal\w*|inom|garanti\w*|erbjud\w*|lever\w*"
    r"|koste\w*|gebyr\w*|refunder\w*|tilbakebetal\w*|innen|tilby\w*)",
    re.IGNORECASE,
)
"""Words that make a figure an offer: then it is never taken from the customer."""
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def unsupported(
    text: str, passages: Sequence[str | Told], language: str = "", said: Sequence[str] = ()
) -> list[str]:
    """What the text states and no passage holds, as it was written; empty when all of it is held.

    Figures are compared without the forms of spaces, dashes, thousands and decimals, each with its unit; a range
    as a whole. `language` is the text's, and that of passages that come without one. What the customer `said`
    holds plain counts and the numbers of their own things, and nothing that binds the business."""
    told = [(plain(one), language) if isinstance(one, str) else (plain(one[0]), one[1]) for one in passages]
    kronor = _Kronor([source for source, _ in told])
    held: set[tuple[str, str]] = set()
    for source, tongue in told:
        held |= {fact for known in _facts(source, tongue) for fact in kronor.held(known, tongue)}
    own = {value for one in said for value in _own(plain(one), language)}
    whole = plain(text)
    missing = [
        claim.shown for claim in claims(whole, language) if not _is_held(claim, held, kronor, language)
    ]
    return list(dict.fromkeys(shown for shown in missing if not _is_own(shown, whole, own)))


@lru_cache(maxsize=256)
def _facts(text: str, language: str) -> frozenset[tuple[str, str]]:
    return frozenset(facts(text, language))


def _is_held(claim: Claim, held: set[tuple[str, str]], kronor: "_Kronor", language: str) -> bool:
    if claim.kind == "weekday" and "-" in claim.values[0]:
        return ("weekday", claim.values[0]) in held or held.issuperset(stretch(claim.values[0]) or [("", "")])
    return any(
        (claim.kind, meant) in held for value in claim.values for meant in kronor.meant(value, language)
    )


class _Kronor:
    """Which kronor are meant by "kr": those of the text's language, or the only ones that the passages name."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._named = [
            name for name in sorted(KRONOR) if any(re.search(rf"\b{name}\b", one) for one in texts)
        ]

    def held(self, fact: tuple[str, str], language: str) -> list[tuple[str, str]]:
        """A passage's fact and what it is in kronor of a country."""
        amount, _, unit = fact[1].partition(" ")
        if unit != "kr":
            return [fact]
        home = HOME.get(language)
        names = (
            [home]
            if home
            else self._named
            if len(self._named) == 1
            else []
            if self._named
            else sorted(KRONOR)
        )
        return [fact, *((fact[0], f"{amount} {name}") for name in names)]

    def meant(self, value: str, language: str) -> list[str]:
        """What a claim may mean by "kr": in Norwegian, no Swedish kronor."""
        amount, _, unit = value.partition(" ")
        if unit != "kr":
            return [value]
        if home := HOME.get(language):
            return [f"{amount} {home}"]
        return [value, *(f"{amount} {name}" for name in self._named if len(self._named) == 1)]


def _own(text: str, language: str) -> set[str]:
    """The numbers without a unit in what the customer wrote."""
    return {
        claim.shown
        for claim in claims(text, language)
        if claim.kind == "figure" and _OWN_NUMBER.fullmatch(claim.shown)
    }


def _is_own(shown: str, text: str, own: set[str]) -> bool:
    """The customer's number, in sentences that offer nothing."""
    if shown not in own:
        return False
    with_it = [one for one in SENTENCE.split(text) if re.search(rf"(?<!\d){re.escape(shown)}(?!\d)", one)]
    return not any(map(_BINDING.search, with_it))
