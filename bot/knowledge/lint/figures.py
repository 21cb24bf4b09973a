"""The figures in a passage: how many, of what."""

import re
from collections import defaultdict
from functools import lru_cache

from bot.ai.number_words import number_words
from bot.knowledge.articles import Passage
from bot.knowledge.render import render
from bot.knowledge.words import is_common, stem, words

_LINK = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.[\w.-]+")
_GROUPED = re.compile(r"(?<=\d)[ \xa0\u202f'’.,](?=\d{3}(?!\d))")
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)?")
_MEASURED = re.compile(
    rf"({_FIGURE.pattern})(?:\s?(?:-|–|to|till|til)\s?({_FIGURE.pattern}))?\s?(%|€|\$|£|[^\W\d_]+)?"
)


@lru_cache(maxsize=4096)
def _said(body: str) -> str:
    """What a customer reads, without addresses and with each figure in one piece."""
    return _GROUPED.sub("", _LINK.sub(" ", render(body).text))


def figures_of(passage: Passage) -> frozenset[str]:
    """Every figure, 09:00 as 9 and 12,50 as 12.50."""
    return frozenset(map(_plain, _FIGURE.findall(_said(passage.body))))


def spelled_out(passage: Passage) -> frozenset[str]:
    """Figures that are written as words."""
    return frozenset(digits for _, digits in number_words(_said(passage.body), passage.language))


def measured(passage: Passage) -> dict[str, frozenset[str]]:
    """Figures by what they count, as the stem of the word behind them: days, SEK, %."""
    found: dict[str, set[str]] = defaultdict(set)
    for first, last, unit in _MEASURED.findall(_said(passage.body)):
        if unit and not is_common(unit.lower(), passage.language):
            found[stem(unit.lower(), passage.language)] |= {
                _plain(figure) for figure in (first, last) if figure
            }
    return {unit: frozenset(figures) for unit, figures in found.items()}


def template(sentence: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """A sentence's words with "#" for each figure, and the figures."""
    plain = _GROUPED.sub("", _LINK.sub(" ", sentence))
    shape = tuple(words(_FIGURE.sub(" 0 ", plain)))
    return tuple("#" if word == "0" else word for word in shape), frozenset(
        map(_plain, _FIGURE.findall(plain))
    )


def _plain(figure: str) -> str:
    return re.sub(r"^0+(?=\d)|:00$", "", figure).replace(",", ".")
