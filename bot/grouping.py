"""Questions that ask the same in other words, put together: by the stems they share, the rare ones counting more."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from bot.knowledge.words import COURTESIES, is_common, stem, words

NEAR = 0.5
"""Cosine of two questions from which they are taken to ask the same."""
TOPIC_WORDS = 3

T = TypeVar("T")
Weighed = dict[str, float]


def grouped(things: Iterable[T], text_of: Callable[[T], str], language: str) -> list[list[T]]:
    """Each thing joins the first group that its text is near to, or begins one; groups in order of appearance."""
    every = list(things)
    stems = [telling_stems(text_of(thing), language) for thing in every]
    spread = Counter(one for found in stems for one in found)
    weighed = [_weigh(found, spread, len(every)) for found in stems]
    groups: list[list[T]] = []
    centres: list[Weighed] = []
    for thing, weights in zip(every, weighed, strict=True):
        near = [_cosine(weights, centre) for centre in centres]
        best = max(range(len(near)), key=near.__getitem__, default=-1)
        if best >= 0 and near[best] >= NEAR:
            groups[best].append(thing)
            for one, weight in weights.items():
                centres[best][one] = centres[best].get(one, 0.0) + weight
        else:
            groups.append([thing])
            centres.append(dict(weights))
    return groups


def telling_stems(text: str, language: str) -> frozenset[str]:
    """What a text is about; all its words where none is telling."""
    said = [word for word in words(text) if word not in COURTESIES]
    telling = [word for word in said if not is_common(word, language)]
    return frozenset(stem(word, language) for word in telling or said)


def topic_of(texts: Sequence[str], language: str) -> str:
    """A name for a group that stays while it grows: its commonest stems, in the order of the alphabet."""
    counts = Counter(one for text in texts for one in telling_stems(text, language))
    commonest = sorted(counts, key=lambda one: (-counts[one], one))[:TOPIC_WORDS]
    return " ".join(sorted(commonest))


def _weigh(stems: frozenset[str], spread: Counter[str], count: int) -> Weighed:
    return {one: math.log1p(count / spread[one]) for one in stems}


def _cosine(first: Weighed, second: Weighed) -> float:
    dot = sum(weight * second.get(one, 0.0) for one, weight in first.items())
    length = math.sqrt(sum(w * w for w in first.values()) * sum(w * w for w in second.values()))
    return dot / length if length else 0.0
