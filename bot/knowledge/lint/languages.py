"""One article in several languages side by side: the same headings, figures and readers in each."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from bot.knowledge.articles import Passage, named_language
from bot.knowledge.lint.fault import Fault, Kind, at, place, quoted
from bot.knowledge.lint.figures import figures_of, spelled_out
from bot.knowledge.reading import Article

MOST_PAIRS = 1_000_000
_GAP = -0.4
_Pair = tuple[Passage | None, Passage | None]


def side_by_side(articles: Mapping[str, Article], languages: Sequence[str]) -> Iterator[Fault]:
    """`languages` are those of the business, the one that is translated from first."""
    for versions in _sets(articles, languages).values():
        first = next(language for language in (*languages, *versions) if language in versions)
        for language in languages:
            if language not in versions:
                sentence = f"has no version in {quoted(language)}, as {', '.join(sorted(versions.values()))}"
                yield Fault(versions[first], 0, Kind.MISSING, f"it {sentence} are side by side")
        for language, file in versions.items():
            if language != first:
                yield from _compared(articles[versions[first]], articles[file], file)


def _sets(articles: Mapping[str, Article], languages: Sequence[str]) -> dict[str, dict[str, str]]:
    """For each article in several languages its file in each."""
    sets: dict[str, dict[str, str]] = defaultdict(dict)
    for file in articles:
        named = named_language(file, languages)
        path = PurePosixPath(file)
        stem = path.name.partition(".")[0] if named else path.stem
        sets[str(path.with_name(stem))].setdefault(named or languages[0], file)
    return {name: versions for name, versions in sets.items() if len(versions) > 1}


def _compared(one: Article, other: Article, file: str) -> Iterator[Fault]:
    original = one.passages[0].file if one.passages else "its original"
    if one.audience is not other.audience:
        yield Fault(file, 0, Kind.READERS, f"is for {other.audience}, and {original} for {one.audience}")
    last = 0
    for here, there in _aligned(one.passages, other.passages):
        if there is None and here is not None:
            yield Fault(file, last, Kind.MISSING, f"{quoted(here.heading)} of {place(here)} is not there")
        elif here is None and there is not None:
            yield at(there, Kind.MISSING, f"{quoted(there.heading)} is not in {original}")
        elif here is not None and there is not None and (why := _disagree(here, there)):
            yield at(there, Kind.CONTRADICTION, why)
        last = there.line if there is not None else last


def _disagree(here: Passage, there: Passage) -> str:
    """Figures that only one of the two has, not even as a word."""
    lacks = figures_of(here) - figures_of(there) - spelled_out(there)
    adds = figures_of(there) - figures_of(here) - spelled_out(here)
    if not lacks and not adds:
        return ""
    if lacks and adds:
        return f"says {_listed(adds)} where {place(here)} says {_listed(lacks)}"
    return (
        f"says {_listed(adds)}, {place(here)} does not"
        if adds
        else f"does not say {_listed(lacks)}, as {place(here)} does"
    )


def _listed(figures: frozenset[str]) -> str:
    return " and ".join(sorted(figures, key=lambda figure: (len(figure), figure))[:4])


def _aligned(one: Sequence[Passage], other: Sequence[Passage]) -> list[_Pair]:
    """Which passage translates which: by their order, depth and figures, as headings do not compare."""
    depths = [len(passage.headings) for passage in one], [len(passage.headings) for passage in other]
    if depths[0] == depths[1] or len(one) * len(other) > MOST_PAIRS:
        longest = max(len(one), len(other))
        padded = [[*side, *[None] * (longest - len(side))] for side in (one, other)]
        return list(zip(padded[0], padded[1], strict=True))
    return _traced(one, other, _scores(one, other))


def _scores(one: Sequence[Passage], other: Sequence[Passage]) -> list[list[float]]:
    """The best that the first so many of both can be aligned."""
    figures = [figures_of(passage) | spelled_out(passage) for passage in other]
    table = [[_GAP * column for column in range(len(other) + 1)]]
    for row, here in enumerate(one, 1):
        own = figures_of(here) | spelled_out(here)
        line = [_GAP * row]
        for column, there in enumerate(other, 1):
            match = table[-1][column - 1] + _likeness(here, there, own, figures[column - 1])
            line.append(max(match, table[-1][column] + _GAP, line[-1] + _GAP))
        table.append(line)
    return table


def _likeness(here: Passage, there: Passage, own: frozenset[str], its: frozenset[str]) -> float:
    alike = len(own & its) / len(own | its) if own | its else 0.5
    lengths = sorted((len(here.body), len(there.body)))
    return alike + 0.5 * lengths[0] / max(lengths[1], 1) - (len(here.headings) != len(there.headings))


def _traced(one: Sequence[Passage], other: Sequence[Passage], table: list[list[float]]) -> list[_Pair]:
    row, column = len(one), len(other)
    pairs: list[_Pair] = []
    while row or column:
        if row and table[row][column] == table[row - 1][column] + _GAP:
            row -= 1
            pairs.append((one[row], None))
        elif column and table[row][column] == table[row][column - 1] + _GAP:
            column -= 1
            pairs.append((None, other[column]))
        else:
            row, column = row - 1, column - 1
            pairs.append((one[row], other[column]))
    return pairs[::-1]
