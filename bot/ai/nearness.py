"""A figure belongs to what its sentence is about: the 2 days of a return are not those of a delivery."""

from collections.abc import Sequence

from bot.ai.details import claims, facts, plain
from bot.ai.grounding import SENTENCE, Told
from bot.ai.wording import stems


def misplaced(text: str, sources: Sequence[Told], question: str, language: str) -> list[str]:
    """Figures with a unit that stand in the sources, but only where they speak of something else.

    A sentence that is about nothing by itself ("it takes 3 days") is about the question. Sources in other languages
    cannot be compared: then nothing is."""
    if any(tongue != language for _, tongue in sources):
        return []
    told = [place for source, _ in sources for place in _places(plain(source), language)]
    found: list[str] = []
    for sentence in SENTENCE.split(plain(text)):
        measured = [
            claim
            for claim in claims(sentence, language)
            if claim.kind in ("figure", "bound") and " " in claim.values[0]
        ]
        about = stems(sentence, language) or stems(question, language)
        for claim in measured:
            holding = [
                topic for topic, held in told if any((claim.kind, value) in held for value in claim.values)
            ]
            if holding and not any(about & topic for topic in holding):
                found.append(claim.shown)
    return found


def _places(source: str, language: str) -> list[tuple[frozenset[str], frozenset[tuple[str, str]]]]:
    """Each sentence of a source: what it is about, its heading included, and what it holds."""
    path, _, body = source.partition("\n")
    heading = stems(path.rpartition("›")[2], language)
    return [
        (stems(one, language) | heading, frozenset(facts(one, language)))
        for one in SENTENCE.split(f"{path}\n{body}")
        if one
    ]
