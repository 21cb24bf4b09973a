"""Nothing is made up: each figure, price, link and address in a text must stand in the passages it rests on."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.ai.number_words import number_words
from bot.ai.prompt import NO_ANSWER

LETTER = r"[^\W\d_]"
NUMBER = (
    r"(?:[1-9]\d{0,2}(?:(?: \d{3})+|(?:\.\d{3})+|(?:,\d{3})+|(?:['’]\d{3})+)(?:[.,]\d{1,2})?(?!\d)"
    r"|\d+(?:[.,:]\d+)*)"
)
JOINT = r"(?:\.? ?- ?|/)"
UNITS = {
    "%": "% percent procent prosent pct",
    "SEK": "sek",
    "NOK": "nok",
    "DKK": "dkk",
    "EUR": "€ eur euro euros",
    "USD": "$ usd dollar dollars",
    "GBP": "£ gbp pound pounds pund",
    "kr": "kr kronor kroner krona krone :- ,-",
}
"""What a figure may be measured in so that the figure alone says too little, and how that is written."""

UNIT_OF = {word: unit for unit, words in UNITS.items() for word in words.split()} | {"per cent": "%"}
_WORDS = "|".join(re.escape(word) for word in sorted(UNIT_OF, key=len, reverse=True))
_REST = r"[^\s<>()\[\]\"]"

FIGURE = re.compile(
    rf"(?:(?<!{LETTER})(?P<before>{_WORDS})\.? ?)?"
    rf"(?P<chain>{NUMBER}(?:{JOINT}{NUMBER})*)"
    rf"(?: ?(?P<after>{_WORDS})(?!{LETTER}))?",
    re.IGNORECASE,
)
DATE = re.compile(r"(?<!\d)(?<!\d[./])(?:\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d))(?![./]?\d)")
MARKUP = re.compile(r"!?\[[^\]\n]{0,500}\]\([^)\n]{0,500}\)|</?[a-zA-Z!][^>\n]{0,500}>|```|\A\s*[{\[]")

_TAIL = ".,;:!?*_'»”’"
_DOTS = "。．｡"
_UNCHAINED = 3
"""So many parts are a date: its parts alone say nothing."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A detail that a text states: in a form in which equal ones are equal, and as it was written."""

    kind: str
    value: str
    shown: str


def unsupported(text: str, passages: Sequence[str], language: str = "") -> list[str]:
    """What the text states and no passage holds, as it was written; empty when all of it is held.

    Figures are compared without the forms of spaces, dashes, thousands and decimals; a price or percentage
    with its unit; a range as a whole. `language` tells how numbers are written as words."""
    plain, sources = _plain(text), [_plain(passage) for passage in passages]
    held = {fact for source in sources for fact in _facts(source)}
    missing = [claim.shown for claim in _claims(plain) if (claim.kind, claim.value) not in held]
    missing += [sign for sign in _odd_numbers(plain) if not any(sign in source for source in sources)]
    words = {word for source in sources for word, _ in number_words(source, language)}
    missing += [
        word
        for word, digits in number_words(plain, language)
        if word not in words and ("figure", digits) not in held
    ]
    return list(dict.fromkeys(missing))


def _plain(text: str) -> str:
    """One form for what looks alike: digits, spaces, dashes; nothing that cannot be seen."""
    return text if text.isascii() else "".join(map(_simpler, text))


def _simpler(sign: str) -> str:
    if sign.isascii():
        return sign
    if sign in _DOTS:
        return "."
    match unicodedata.category(sign):
        case "Nd":
            return str(unicodedata.decimal(sign))
        case "Zs":
            return " "
        case "Cf":
            return ""
        case "Pd":
            return "-"
    return "-" if sign == "−" else sign


def _odd_numbers(text: str) -> list[str]:
    """½, ², ① and Ⅻ: figures that are no digits."""
    return [sign for sign in text if not sign.isascii() and unicodedata.category(sign) in ("No", "Nl")]


def _link(written: str) -> str:
    written = written.rstrip(_TAIL).removeprefix("https://").rstrip("/")
    host, slash, path = written.partition("/")
    if host.endswith(":"):  # another scheme
        return written
    return f"{host.casefold()}{slash}{path}"


def _squeezed(written: str) -> str:
    return "".join(sign for sign in written if sign.isalnum())


Canonical = Callable[[str], str]
NAMED: tuple[tuple[str, re.Pattern[str], Canonical], ...] = (
    ("link", re.compile(rf"\b[a-z][a-z0-9+.-]{{1,20}}://{_REST}+", re.IGNORECASE), _link),
    ("link", re.compile(r"\b(?:mailto|tel|sms|javascript|data):\S+", re.IGNORECASE), str.casefold),
    ("address", re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), str.casefold),
    (
        "link",
        re.compile(rf"(?<![\w@])(?<![\w-]-)(?:[\w-]+\.){{1,20}}{LETTER}{{2,24}}(?!\w)(?:[:/?#]{_REST}*)?"),
        _link,
    ),
    ("name", re.compile(r"(?<![\w.])@\w{2,}"), str.casefold),
    ("command", re.compile(r"(?<!\S)/[a-zA-Z]\w*"), str),
    ("account", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), _squeezed),
    ("figure", DATE, str),
    ("phone", re.compile(r"(?<!\d)(?!\d\d?\.\d\d ?-)[+0](?:(?: ?\(|\) ?|[ /.-])?\d){6,15}(?!\d)"), _squeezed),
    ("phone", re.compile(r"(?<!\d)(?:\d\d(?: \d\d){3}|\d{3} \d\d \d{3})(?!\d)"), _squeezed),
)
"""What is compared as a whole. Each is taken out of the text before the next is looked for."""

ABBREVIATIONS = frozenset({"t.ex", "f.eks", "bl.a", "m.fl", "o.dyl", "e.kr", "f.kr", "a.m", "p.m"})


def _claims(text: str) -> Iterator[Claim]:
    for found in MARKUP.finditer(text):
        yield Claim("markup", found[0], found[0])
    for kind, pattern, canonical in NAMED:
        for found in pattern.finditer(text):
            if _link(found[0]) not in ABBREVIATIONS:
                yield Claim(kind, canonical(found[0].rstrip(_TAIL)), found[0])
        text = pattern.sub("\0", text)
    for found in FIGURE.finditer(text):
        unit = UNIT_OF.get((found["before"] or found["after"] or "").lower(), "")
        yield Claim("figure", f"{'-'.join(_numbers(found['chain']))} {unit}".strip(), found[0].strip())


def _facts(passage: str) -> Iterator[tuple[str, str]]:
    """All that a passage supports: "20-50 %" is also 20 % and 50 %, and each also without its unit."""
    for claim in _claims(passage):
        yield claim.kind, claim.value
        if claim.kind == "figure":
            chain, _, unit = claim.value.partition(" ")
            parts = chain.split("-")
            for part in (chain, *(parts if len(parts) < _UNCHAINED else ())):
                yield "figure", part
                yield "figure", f"{part} {unit}".strip()


def _numbers(chain: str) -> list[str]:
    return [_number(written) for written in re.findall(NUMBER, chain)]


def _number(written: str) -> str:
    """ "1 234,50" and "1,234.50" are 1234.50, "09:00" is 9:00."""
    grouped = re.fullmatch(r"([1-9]\d{0,2}(?:[ .,'’]\d{3})+)(?:[.,](\d{1,2}))?", written)
    if grouped:
        return _squeezed(grouped[1]) + (f".{grouped[2]}" if grouped[2] else "")
    if ":" in written:
        return re.sub(r"^0(?=\d:)", "", written)
    return written.replace(",", ".")


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
    if NO_ANSWER in text or not text.strip():
        return True
    return NOTHING.match(text.strip().replace("’", "'")) is not None and not any(_claims(_plain(text)))
