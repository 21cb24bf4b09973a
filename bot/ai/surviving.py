"""Did every detail come through? What a text states, held against the same text in another language."""

import re
from collections.abc import Iterable

from bot.ai.details import MONTH, WEEKDAY, plain
from bot.ai.grounding import unsupported
from bot.ai.number_words import WORDS

_CODE = re.compile(r"(?<![\w@./-])(?=[\w-]*\d)(?=[\w-]*[^\W\d_])[^\W\d_]{1,6}[-/]?\d[\w-]{1,19}(?![\w@])")
"""A request's number, an order's, a voucher: letters and digits grown together."""
_NAME = re.compile(r"(?<=[^\W_] |[,;:(] )[A-ZÅÄÖÆØÉ][^\W\d_]{2,}(?:-[A-ZÅÄÖÆØÉ][^\W\d_]+)?")
_SAID_ELSEWISE = re.compile(
    r"(?:english|swedish|norwegian|danish|finnish|german|european|sweden|norway|denmark|finland|germany|europe"
    r"|sverige|norge|danmark|tyskland|christmas|easter|god|you|your|dere|deres|ni|er|de|dem)\Z",
    re.IGNORECASE,
)
"""Written large in one language, and another word in the next."""
_GENITIVE = re.compile(r"['’]?s\Z")
_ANYWHERE = re.compile(
    r"[a-z]+://[^\s<>()\[\]\"]+|[\w.+%-]+@[\w-]+(?:\.[\w-]+)+|\d+(?:[ .,:/-]?\d+)*", re.IGNORECASE
)
"""What is told from words in any language."""
_DAY = re.compile(r"(?<![\d/.])(\d\d?)/(\d\d?)(?![\d/])")
"""31/12 is 31.12."""
_ELSEWISE = {"maj": "may", "mai": "may", "may": "maj|mai", "march": "mars", "mars": "march"}
"""Months that are other words, too, so that they are not taken for months where they may be none."""
_TELLING = re.compile(r"[\d@/]|\.\w")


def lost(
    text: str, source: str, translated: str, language: str, names: Iterable[str] = ()
) -> tuple[str, ...]:
    """Numbers, dates, prices, links, addresses, codes and names of the text that the translation does not hold.

    `names` are those that are known to be some."""
    missing = _missing(text, source, translated, language)
    known = (part for name in names for part in name.split() if len(part) > 2)
    named = {*_names(text), *(part for part in known if _stands_in(part, text))}
    theirs = plain(translated).casefold()
    missing += [name for name in sorted(named) if _GENITIVE.sub("", name.casefold()) not in theirs]
    codes = dict.fromkeys(found[0] for found in _CODE.finditer(plain(text)))
    missing = [code for code in codes if not _stands_in(code, translated)] + missing
    return tuple(
        one
        for at, one in enumerate(missing)
        if not any(one in other for other in missing[:at] + _longer(one, missing))
    )


def added(text: str, source: str, translated: str, language: str) -> tuple[str, ...]:
    """Numbers, prices, links and addresses of the translation that the text does not hold."""
    return tuple(one for one in _missing(translated, language, text, source) if _TELLING.search(one))


def _missing(text: str, source: str, other: str, language: str) -> list[str]:
    """Details of one text that the other does not hold; in a language whose words we do not know, without their units."""
    if source in WORDS and language in WORDS:
        text, other = _DAY.sub(r"\1.\2", text), _DAY.sub(r"\1.\2", other)
        found = unsupported(text, [(other, language)], source)
        return [shown for shown in found if not _stands_in(shown, other)]
    held = {_squeezed(one[0]) for one in _ANYWHERE.finditer(plain(other))}
    return [one[0] for one in _ANYWHERE.finditer(plain(text)) if _squeezed(one[0]) not in held]


def _squeezed(written: str) -> str:
    return "".join(sign for sign in written.casefold() if sign.isalnum())


def _longer(one: str, others: list[str]) -> list[str]:
    return [other for other in others if len(other) > len(one)]


def _names(text: str) -> set[str]:
    return {
        found[0]
        for found in _NAME.finditer(plain(text))
        if not (_SAID_ELSEWISE.match(found[0]) or MONTH.match(found[0]) or WEEKDAY.match(found[0]))
    }


def _stands_in(shown: str, text: str) -> bool:
    """As it is written, and not as a part of something longer; "maj" is "May"."""
    ours, theirs = plain(shown).strip(" .,;:!?").casefold(), plain(text).casefold()
    if not ours:
        return False
    forms = [re.escape(ours)]
    if ours in _ELSEWISE:
        forms.append(_ELSEWISE[ours])
    return re.search(rf"(?<![\w.,])(?:{'|'.join(forms)})(?!\w|[.,]\d)", theirs) is not None
