"""The details that a text states: figures with their units, dates, times, links, numbers to call and to pay to."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.ai.calendar_words import DAYS, MONTHS, month_of, weekday_of
from bot.ai.number_words import in_digits
from bot.ai.units import UNITS, unit_of

LETTER = r"[^\W\d_]"
NUMBER = (
    r"(?:[1-9]\d{0,2}(?:(?: \d{3})+|(?:\.\d{3})+|(?:,\d{3})+|(?:['’]\d{3})+)(?:[.,]\d{1,2})?(?!\d)"
    r"|\d+(?:[.,:]\d+)*)"
)
JOINT = r"(?:\.? ?- ?|/)"
CLOCK = r"kl\.?|klockan|klokken|klokka|at|to|from|until|till|til|fra|från|between|mellan|mellom"
_REST = r"[^\s<>()\[\]\"]"

FIGURE = re.compile(
    rf"(?:(?<!{LETTER})(?P<clock>{CLOCK}) )?(?:(?<!{LETTER})(?P<before>{UNITS.money})\.? ?)?"
    rf"(?P<chain>{NUMBER}(?:{JOINT}{NUMBER})*)"
    rf"(?: ?(?P<half>[ap])\.?m\b\.?|[ -]?(?P<after>{UNITS.any})|[ -]{LETTER}{{2,20}}[ -](?P<far>{UNITS.measures}))?",
    re.IGNORECASE,
)
BOUND = re.compile(
    r"(?:at least|at most|at the (?:least|most)|up to|from|starting at|min\.?|minimum|max\.?|maximum"
    r"|no more than|between|and|to|or"
    r"|minst|högst|upp till|som mest|från|mellan|till|och|eller|max|maximalt"
    r"|fra|minst|høyst|opptil|inntil|opp til|mellom|til|og|eller|maks|maksimalt) \(?\Z",
    re.IGNORECASE,
)
"""Before one end of a stretch: "up to 6 days" is true of 3-6 days, "6 days" is not."""
DATE = re.compile(
    r"(?<!\d)(?<!\d[./])(?:(?P<y1>\d{4})-(?P<m1>\d\d)-(?P<d1>\d\d)"
    r"|(?P<d2>\d{1,2})[./](?P<m2>\d{1,2})[./](?P<y2>\d{4}|\d\d))(?![./]?\d)"
)
_YEAR = r"(?:,? (?P<year>\d{4})(?!\d))?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|:e|:a|\.)?"
WORDED_DATES = (
    re.compile(
        rf"(?<![\d.,:/-]){_DAY}(?: ?- ?(?P<last>\d{{1,2}})(?:th|st|nd|rd|:e|\.)?)? (?:of )?(?P<month>{MONTHS}){_YEAR}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<!{LETTER})(?P<month>{MONTHS}) {_DAY}(?: ?- ?(?P<last>\d{{1,2}})(?:th|st|nd|rd)?)?(?![\d:.,]\d){_YEAR}",
        re.IGNORECASE,
    ),
)
MONTH = re.compile(rf"(?<!{LETTER})(?!may\b|mars\b)(?:{MONTHS})", re.IGNORECASE)
WEEKDAY = re.compile(
    rf"(?<!{LETTER})(?P<first>{DAYS})(?: ?(?:-|to|till|til) ?(?P<last>{DAYS}))?", re.IGNORECASE
)
MARKUP = re.compile(r"!?\[[^\]\n]{0,500}\]\([^)\n]{0,500}\)|</?[a-zA-Z!][^>\n]{0,500}>|```|\A\s*[{\[]")

_TAIL = ".,;:!?*_'»”’"
_DOTS = "。．｡"
_UNCHAINED = 3
"""So many parts are a date: its parts alone say nothing."""
ABBREVIATIONS = frozenset({"t.ex", "f.eks", "bl.a", "m.fl", "o.dyl", "e.kr", "f.kr", "a.m", "p.m"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A detail: all the values that it may have been meant as, and as it was written."""

    kind: str
    values: tuple[str, ...]
    shown: str


def claims(text: str, language: str) -> Iterator[Claim]:
    """What a text states. The text is `plain` already."""
    for found in MARKUP.finditer(text):
        yield Claim("markup", (found[0],), found[0])
    for kind, pattern, canonical in NAMED:
        for found in pattern.finditer(text):
            if _link(found[0]) not in ABBREVIATIONS:
                yield Claim(kind, (canonical(found[0].rstrip(_TAIL)),), found[0])
        text = pattern.sub("\0", text)
    dates, text = _dates(text)
    yield from dates
    text = in_digits(text, language)
    for found in FIGURE.finditer(text):
        yield _figure(found)
    for sign in text:
        if not sign.isascii() and unicodedata.category(sign) in ("No", "Nl"):  # ½, ², ① and Ⅻ
            yield Claim("sign", (sign,), sign)


def facts(text: str, language: str) -> Iterator[tuple[str, str]]:
    """All that a passage supports, with its unit and without: "20-50 %" is also "at least 20 %", not just 20 %."""
    for claim in claims(text, language):
        if claim.kind not in ("figure", "bound"):
            yield from ((claim.kind, value) for value in claim.values)
            if claim.kind == "date":
                yield from (("month", str(int(value[-5:-3]))) for value in claim.values)
                yield from (("date", value[-5:]) for value in claim.values)
            if claim.kind == "weekday":
                yield from stretch(claim.values[0])
            continue
        for value in claim.values:
            chain, _, unit = value.partition(" ")
            parts = chain.split("-")
            ends = parts if 1 < len(parts) < _UNCHAINED else []
            for part in (chain, *ends):
                for reading in _readings(part):
                    yield "figure", reading
                    yield "bound", f"{reading} {unit}".strip()
                    if part not in ends or not unit:
                        yield "figure", f"{reading} {unit}".strip()


def plain(text: str) -> str:
    """One form for what looks alike: digits, spaces, dashes; no emphasis, and nothing that cannot be seen."""
    text = re.sub(r"\*\*|__|(?<!`)`(?!`)", "", text)
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


def _figure(found: re.Match[str]) -> Claim:
    far = "" if found["clock"] or ":" in found["chain"] else found["far"]
    unit = unit_of(found["before"] or found["after"] or far or "")
    parts = [_number(written) for written in re.findall(NUMBER, found["chain"])]
    shown = found[0].strip()
    if found["half"]:
        return Claim("figure", ("-".join(_clock(part, found["half"]) for part in parts),), shown)
    chain = "-".join(parts)
    clock = "-".join(_clock(part) for part in parts)
    if unit or clock == chain or not (found["clock"] or "." in chain):
        bounded = (
            unit
            and len(parts) == 1
            and BOUND.search(found.string[: found.start("before" if found["before"] else "chain")][-24:])
        )
        return Claim("bound" if bounded else "figure", (f"{chain} {unit}".strip(),), shown)
    said_by_clock = (found["clock"] or "").casefold().startswith("kl")
    return Claim("figure", (clock,) if said_by_clock else (chain, clock), shown)


def _readings(part: str) -> tuple[str, ...]:
    """ "9.30" may be a time; "9:00" is nine o'clock too."""
    as_time = re.fullmatch(r"0?(\d|1\d|2[0-3])\.([0-5]\d)", part)
    return (part, f"{as_time[1]}:{as_time[2]}") if as_time else (part,)


def _clock(part: str, half: str = "") -> str:
    """A number as a time of the day, "9" as "9:00"; what can be none stays as it is."""
    found = re.fullmatch(r"0?(\d|1\d|2[0-4])(?:[:.]([0-5]\d))?", part)
    if not found:
        return part
    hour = int(found[1])
    if half:
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    return f"{hour}:{found[2] or '00'}"


def _dates(text: str) -> tuple[list[Claim], str]:
    """Dates, months and weekdays, and the text without the dates."""
    found: list[Claim] = []

    def take(date: re.Match[str]) -> str:
        year, month, day = (date[f"{part}1"] or date[f"{part}2"] for part in "ymd")
        found.append(Claim("date", (_date(year, int(month), int(day)),), date[0]))
        return "\0"

    def take_worded(date: re.Match[str]) -> str:
        month, year = month_of(date["month"]), date["year"] or ""
        for day in filter(None, (date["day"], date["last"])):
            found.append(Claim("date", (_date(year, month, int(day)),), date[0]))
        return "\0"

    text = DATE.sub(take, text)
    for pattern in WORDED_DATES:
        text = pattern.sub(take_worded, text)
    found += [Claim("month", (str(month_of(month[0])),), month[0]) for month in MONTH.finditer(text)]
    for days in WEEKDAY.finditer(text):
        ends = [weekday_of(day) for day in (days["first"], days["last"]) if day]
        found.append(Claim("weekday", ("-".join(ends),), days[0]))
    return found, text


def _date(year: str, month: int, day: int) -> str:
    long_year = f"20{year}" if len(year) == 2 else year
    return f"{long_year}-{month:02}-{day:02}".removeprefix("-")


def stretch(value: str) -> list[tuple[str, str]]:
    """The days of "1-5", and the weekend where both of its days are among them; none for a single day."""
    first, _, last = value.partition("-")
    if not last or "weekend" in value:
        return []
    days = [(int(first) - 1 + step) % 7 + 1 for step in range((int(last) - int(first)) % 7 + 1)]
    return [("weekday", str(day)) for day in days] + [("weekday", "weekend")] * ({6, 7} <= set(days))


def _link(written: str) -> str:
    written = written.rstrip(_TAIL).removeprefix("https://").rstrip("/")
    host, slash, path = written.partition("/")
    if host.endswith(":"):  # another scheme
        return written
    return f"{host.casefold()}{slash}{path}"


def _squeezed(written: str) -> str:
    return "".join(sign for sign in written if sign.isalnum())


def _number(written: str) -> str:
    """ "1 234,50" and "1,234.50" are 1234.50, "09:00" is 9:00."""
    grouped = re.fullmatch(r"([1-9]\d{0,2}(?:[ .,'’]\d{3})+)(?:[.,](\d{1,2}))?", written)
    if grouped:
        return _squeezed(grouped[1]) + (f".{grouped[2]}" if grouped[2] else "")
    if ":" in written:
        return re.sub(r"^0(?=\d:)", "", written)
    return written.replace(",", ".")


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
    ("placeholder", re.compile(r"\[[A-Z]+_\d+\]"), str),
    ("account", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), _squeezed),
    (
        "phone",
        re.compile(
            r"(?<!\d)(?!\d\d?[./]\d\d?[./ ]|\d\d?\.\d\d ?-)[+0](?:(?: ?\(|\) ?|[ /.-])?\d){6,15}(?!\d)"
        ),
        _squeezed,
    ),
    ("phone", re.compile(r"(?<!\d)(?:\d\d(?: \d\d){3}|\d{3} \d\d \d{3})(?!\d)"), _squeezed),
)
"""What is compared as a whole. Each is taken out of the text before the next is looked for."""
