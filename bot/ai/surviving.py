"""Did every detail come through? What a text states, held against the same text in another language."""

import re
from collections.abc import Iterable

from bot.ai.details import MONTH, WEEKDAY, plain
from bot.ai.grounding import unsupported

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
_TELLING = re.compile(r"[\d@/]|\.\w")


def lost(
    text: str, source: str, translated: str, language: str, names: Iterable[str] = ()
) -> tuple[str, ...]:
    """Numbers, dates, prices, links, addresses, codes and names of the text that the translation does not hold.

    `names` are those that are known to be some."""
    missing = [
        shown
        for shown in unsupported(text, [(translated, language)], source)
        if not _stands_in(shown, translated)
    ]
    theirs = plain(translated).casefold()
    known = (part for name in names for part in name.split() if len(part) > 2)
    named = {*_names(text), *(part for part in known if _stands_in(part, text))}
    codes = {found[0] for found in _CODE.finditer(plain(text))}
    missing += sorted(code for code in codes if not _stands_in(code, translated))
    missing += sorted(name for name in named if _GENITIVE.sub("", name.casefold()) not in theirs)
    return tuple(dict.fromkeys(missing))


def added(text: str, source: str, translated: str, language: str) -> tuple[str, ...]:
    """Numbers, prices, links and addresses of the translation that the text does not hold."""
    made_up = unsupported(translated, [(text, source)], language)
    return tuple(shown for shown in made_up if _TELLING.search(shown) and not _stands_in(shown, text))


def _names(text: str) -> set[str]:
    return {
        found[0]
        for found in _NAME.finditer(plain(text))
        if not (_SAID_ELSEWISE.match(found[0]) or MONTH.match(found[0]) or WEEKDAY.match(found[0]))
    }


def _stands_in(shown: str, text: str) -> bool:
    """As it is written, and not as a part of something longer."""
    ours, theirs = plain(shown).strip(" .,;:!?").casefold(), plain(text).casefold()
    return bool(ours) and re.search(rf"(?<![\w.,]){re.escape(ours)}(?!\w|[.,]\d)", theirs) is not None
