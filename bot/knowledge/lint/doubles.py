"""Passages that say the same, ask the same, or contradict each other."""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise

from bot.knowledge.articles import Passage
from bot.knowledge.lint.fault import Fault, Kind, at, place, quoted
from bot.knowledge.lint.figures import measured, template
from bot.knowledge.render import render
from bot.knowledge.words import COURTESIES, is_common, stem, words

FEWEST_SIGNS = 40
_SHINGLE, _ALIKE, _CROWD = 4, 0.8, 40
_FEW = 3
"""What more passages say with figures of their own is how this catalogue describes its things."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def doubles(passages: Sequence[Passage]) -> Iterator[Fault]:
    """Only of passages in one language that may hold at the same time."""
    yield from _asked_twice(passages)
    yield from _said_twice(passages)
    yield from _contradictions(passages)


def _together(one: Passage, other: Passage) -> bool:
    return one.valid_from < other.valid_until and other.valid_from < one.valid_until


def _groups(keyed: Iterable[tuple[Hashable, Passage]]) -> Iterator[tuple[Passage, Passage]]:
    """Each pair of passages that share a key, once; of a crowd only neighbours."""
    by_key: dict[Hashable, list[Passage]] = defaultdict(list)
    for key, passage in keyed:
        if not any(known is passage for known in by_key[key]):
            by_key[key].append(passage)
    seen = set()
    for group in by_key.values():
        pairs = combinations(group, 2) if len(group) <= _CROWD else pairwise(group)
        for one, other in pairs:
            if (id(one), id(other)) not in seen and _together(one, other):
                seen.add((id(one), id(other)))
                yield one, other


def _asked_twice(passages: Sequence[Passage]) -> Iterator[Fault]:
    """The same phrasing may stand at a public passage and at one for staff, who are told more."""
    asked: dict[Hashable, tuple[Passage, str]] = {}
    for passage in passages:
        own: set[Hashable] = set()
        for question in passage.questions:
            key = (passage.language, passage.audience, tuple(words(question)))
            if not key[2]:
                continue
            first = asked.setdefault(key, (passage, question))[0]
            if key in own:
                yield at(passage, Kind.DUPLICATE, f"asks {quoted(question)} twice")
            elif first is not passage and _together(first, passage):
                yield at(passage, Kind.DUPLICATE, f"{quoted(question)} is asked at {place(first)}, too")
            own.add(key)


def _said_twice(passages: Sequence[Passage]) -> Iterator[Fault]:
    shingles = [_shingles(passage) for passage in passages]
    holders: dict[Hashable, list[int]] = defaultdict(list)
    for row, held in enumerate(shingles):
        for shingle in held:
            holders[shingle].append(row)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for rows in holders.values():
        if 1 < len(rows) <= _CROWD:
            for pair in combinations(rows, 2):
                shared[pair] += 1
    for (row, other), count in sorted(shared.items()):
        alike = count / len(shingles[row] | shingles[other])
        if alike >= _ALIKE and _together(passages[row], passages[other]):
            same = "the same" if alike == 1 else "almost the same"
            yield at(passages[other], Kind.DUPLICATE, f"says {same} as {place(passages[row])}")


def _shingles(passage: Passage) -> frozenset[Hashable]:
    """Every few words in a row, figures left out; of a short text none."""
    if len(passage.body) < FEWEST_SIGNS:
        return frozenset()
    said = [word for word in words(passage.body) if not word.isdigit()]
    rows = zip(*(said[start:] for start in range(_SHINGLE)), strict=False)
    return frozenset((passage.language, passage.audience, row) for row in rows)


def _contradictions(passages: Sequence[Passage]) -> Iterator[Fault]:
    told = set()
    for one, other in _groups(_questions(passages)):
        if differing := _differing(measured(one), measured(other)):
            told.add((id(one), id(other)))
            yield at(other, Kind.CONTRADICTION, f"is asked like {place(one)} and says {differing}")
    figures = {id(passage): dict(_sentences(passage)) for passage in passages}
    said = Counter(shape for shapes in figures.values() for shape in shapes)
    for one, other in _groups((key, passage) for passage in passages for key in figures[id(passage)]):
        both = figures[id(one)].keys() & figures[id(other)].keys()
        mixed = [
            key for key in both if figures[id(one)][key] != figures[id(other)][key] and said[key] <= _FEW
        ]
        if mixed and (id(one), id(other)) not in told:
            here, there = figures[id(other)][mixed[0]], figures[id(one)][mixed[0]]
            sentence = f"says {_listed(here)} in the same words as {place(one)} says {_listed(there)}"
            yield at(other, Kind.CONTRADICTION, sentence)


def _questions(passages: Sequence[Passage]) -> Iterator[tuple[Hashable, Passage]]:
    """A question as the stems of what it is about, in any order; one word is too little to be the same."""
    for passage in passages:
        for question in passage.questions:
            telling = frozenset(
                stem(word, passage.language)
                for word in words(question)
                if word not in COURTESIES and not is_common(word, passage.language)
            )
            if len(telling) > 1:
                yield (passage.language, telling), passage


def _differing(one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]) -> str:
    """What both measure, and with nothing in common: "30 days, not 14"."""
    for unit in sorted(one.keys() & other.keys()):
        if not one[unit] & other[unit]:
            return f"{_listed(other[unit])} {unit}, not {_listed(one[unit])}"
    return ""


def _sentences(passage: Passage) -> Iterator[tuple[Hashable, frozenset[str]]]:
    """Each sentence with figures: its words with them left out, and the figures. A row of a table is none."""
    for sentence in _SENTENCE.split(render(passage.body).text):
        if not sentence.rstrip().endswith((".", "!", "?")):
            continue
        shape, figures = template(sentence)
        telling = [word for word in shape if word.isalpha() and not is_common(word, passage.language)]
        if figures and len(shape) > 5 and len(telling) > 2:
            yield (passage.language, shape), figures


def _listed(figures: frozenset[str]) -> str:
    return " and ".join(sorted(figures, key=lambda figure: (len(figure), figure))[:4])
