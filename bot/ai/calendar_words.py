"""Months and days of the week as English, Swedish and Norwegian write them."""

_MONTHS = (
    "january januari januar jan",
    "february februari februar feb",
    "march mars mar",
    "april apr",
    "may maj mai",
    "june juni jun",
    "july juli jul",
    "august augusti aug",
    "september sept sep",
    "october oktober oct okt",
    "november nov",
    "december desember dec des",
)
_DAYS = (
    "monday måndag mandag mon mån man",
    "tuesday tisdag tirsdag tue tues tis tir",
    "wednesday onsdag wed ons",
    "thursday torsdag thu thur thurs tors tor",
    "friday fredag fri fre",
    "saturday lördag lørdag sat lör lør",
    "sunday söndag søndag sun sön søn",
)
_WEEKEND = "weekend weekends helg helgen helger helgene helgerna helga"
_SHORT = 4
"""Shorter words are abbreviations: they take no ending, and some of them are words of their own."""

_MONTH = {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()}
_DAY = {word: str(number) for number, words in enumerate(_DAYS, 1) for word in words.split()} | dict.fromkeys(
    _WEEKEND.split(), "weekend"
)
_AMBIGUOUS = frozenset(["man", "fri", "sun", "sat", "mon", "tor", "ons", "mar", "jan", "tis"])
"""Other words, names too, where nothing follows that makes them days or months."""


def _either(words: dict[str, int] | dict[str, str], endings: str) -> str:
    whole = sorted((word for word in words if len(word) > _SHORT), key=len, reverse=True)
    short = sorted(
        (word for word in words if len(word) <= _SHORT and word not in _AMBIGUOUS), key=len, reverse=True
    )
    return rf"(?:(?:{'|'.join(whole)}){endings}|(?:{'|'.join(short)})\b\.?)"


MONTHS = _either(_MONTH, r"(?:s|en)?\b")
DAYS = (
    _either(_DAY, r"(?:s|ar|er|en|ene|arna|morning|s)?\b")
    + r"|(?:man|mon|fri|sun|sat|tor|ons|tis)\b\.?(?= ?-)|(?<=-)(?:man|mon|fri|sun|sat|tor|ons|tis)\b\.?"
)


def month_of(written: str) -> int:
    return next(_MONTH[word] for word in _shortened(written) if word in _MONTH)


def weekday_of(written: str) -> str:
    """1 is Monday; the weekend is a day by itself."""
    return next(_DAY[word] for word in _shortened(written) if word in _DAY)


def _shortened(written: str) -> list[str]:
    word = written.casefold().strip(" .")
    return [word[:length] for length in range(len(word), 2, -1)]
