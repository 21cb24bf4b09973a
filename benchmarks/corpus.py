"""A knowledge base of 2,000 passages, made with a seed: a hundred articles on furniture, as the product loads them."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

SEED: Final = 20_261_120
SERIES: Final = 100
WORDS: Final = 3_000
WORDS_IN_BODY: Final = 45
SYLLABLES: Final = re.findall(
    r"\w+",
    "ba be bo bri da dor dra el fa fin fro ga gri hal har i jo ka kel kro la lin lo mar me mo nar ne nor o pa per"
    " pri ra ren ro sa sel ska sol sta su ta tel tor tri u val var ven vi vol",
)
ENDINGS: Final = re.findall(r"\w+", "berg by dal fors holm hult lund mo ness rud sta sund torp vik ås")
KINDS: Final = ["sofa", "table", "chair", "lamp", "wardrobe", "bookcase", "rug", "armchair", "desk", "bench"]


@dataclass(frozen=True, slots=True)
class Aspect:
    """What may be asked about any piece: the heading, other phrasings, what a customer writes, the fact."""

    heading: str
    also: tuple[str, ...]
    asked: tuple[str, ...]
    fact: str


ASPECTS: Final = (
    Aspect("How do I clean the {}?", ("cleaning the {}", "can I wash the {}", "stain on the {}"),
           ("hi, how should I clean my {}", "how do I get a stain off the {}?"),
           "Wipe it with a damp cloth and no more than **{} ml** of mild soap in a litre of water."),
    Aspect("How big is the {}?", ("measurements of the {}", "width and depth of the {}", "how tall is the {}"),
           ("how wide and tall is the {} please", "what are the measurements of {}"),
           "It is {} cm wide, {} cm deep and {} cm high."),
    Aspect("What does the {} weigh?", ("weight of the {}", "how heavy is the {}"),
           ("how heavy is the {}?", "what is the weight of the {} in kilos"),
           "With its packaging it weighs **{} kg**, without it {} kg."),
    Aspect("Which colours does the {} come in?", ("colours of the {}", "is the {} available in green"),
           ("which colours can I choose for the {}", "do you have the {} in another colour?"),
           "There are {} colours in stock and {} more to order."),
    Aspect("How long is the warranty on the {}?", ("warranty for the {}", "guarantee on the {}"),
           ("how many years of warranty does the {} have", "is there a guarantee on my {}?"),
           "The frame has a warranty of **{} years**, moving parts {} years."),
    Aspect("How do I assemble the {}?", ("assembling the {}", "assembly instructions for the {}", "build the {}"),
           ("I need the assembly instructions for {}", "how do you assemble the {}?"),
           "It takes two people about {} minutes; start with the {} long screws."),
    Aspect("Which spare parts are there for the {}?", ("spare parts for the {}", "replacement part for my {}"),
           ("where do I order spare parts for the {}", "I lost a screw, is there a replacement part for the {}?"),
           "Screws and fittings are free, every other part costs between {} and {} SEK."),
    Aspect("How much can the {} carry?", ("maximum load of the {}", "load limit of the {}"),
           ("how much load can the {} carry", "what is the maximum load of {}?"),
           "Spread evenly, it carries up to **{} kg**."),
    Aspect("Can the {} stand outdoors?", ("{} outdoors", "is the {} weatherproof", "leave the {} on a balcony"),
           ("can I leave the {} outdoors in winter", "is the {} weatherproof?"),
           "Under a roof, and between {} and {} degrees, yes."),
    Aspect("What is the {} made of?", ("materials of the {}", "which wood is the {} made from"),
           ("which materials is the {} made of?", "what wood is the {} made from"),
           "Its frame is birch with a share of {} per cent recycled steel."),
    Aspect("Is there a cover for the {}?", ("covers for the {}", "removable cover of the {}"),
           ("do you sell a cover for the {}?", "can the cover of the {} be removed"),
           "A cover costs {} SEK and can be washed at {} degrees."),
    Aspect("How is the {} packed?", ("packages of the {}", "how many boxes is the {}"),
           ("in how many boxes is the {} packed", "how big are the packages of the {}?"),
           "It comes in {} boxes, the longest {} cm."),
    Aspect("Does the {} fit through a narrow door?", ("narrow door and the {}", "get the {} through a doorway"),
           ("will the {} fit through my narrow door?", "how narrow a doorway can the {} go through"),
           "With its legs off it goes through a door of {} cm."),
    Aspect("How do I tighten the legs of the {}?", ("loose legs on the {}", "the {} wobbles"),
           ("my {} wobbles, how do I tighten the legs", "the legs on the {} are loose, what now?"),
           "Turn each leg {} times with the {} mm key that came with it."),
    Aspect("Does the {} suit allergy sufferers?", ("allergy and the {}", "allergens in the {}"),
           ("I have an allergy, does the {} suit me?", "are there allergens in the {}"),
           "It holds no wool or down and was tested with {} people."),
    Aspect("How do I recycle the {}?", ("recycling the {}", "throw away the {}", "dispose of an old {}"),
           ("how can I recycle my old {}", "where do I throw away the {}?"),
           "{} per cent of it is recycled as wood, {} per cent as metal."),
    Aspect("When is the {} back in stock?", ("{} out of stock", "is the {} sold out"),
           ("is the {} sold out or back in stock soon?", "when will the {} be in stock again"),
           "We restock every {} days; a notice goes out {} hours before."),
    Aspect("Can I rent the {}?", ("renting the {}", "monthly rent for the {}"),
           ("what is the monthly rent for the {}", "I would like to rent the {} for a party"),
           "Rent is {} SEK a month, at least {} months."),
    Aspect("Is the {} fireproof?", ("fire rating of the {}", "fire safety of the {}"),
           ("which fire rating does the {} have?", "is the {} fireproof enough for a school"),
           "It keeps class {} for {} minutes."),
    Aspect("How do I oil the wood of the {}?", ("oiling the {}", "wood oil for the {}", "dry wood on the {}"),
           ("which oil does the wood of the {} need", "how often do I oil the {}?"),
           "Oil it every {} months with {} ml of linseed oil."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A customer's question, and the passage that answers it."""

    text: str
    file: str
    heading: str
    body: str


def write(folder: Path) -> None:
    """One Markdown file a series."""
    folder.mkdir(parents=True, exist_ok=True)
    for series, file, passages in _articles():
        sections = [
            f"## {aspect.heading.format(series)}\nalso: {' | '.join(a.format(series) for a in aspect.also)}\n\n{body}"
            for aspect, body in passages
        ]
        (folder / file).write_text(f"# {series}\n\n" + "\n\n".join(sections) + "\n", "utf-8")


def asked(most: int) -> list[Asked]:
    """So many different questions, spread over all articles, always the same."""
    chance = random.Random(SEED + 1)
    every = [
        Asked(wording.format(series), file, aspect.heading.format(series), body)
        for series, file, passages in _articles()
        for aspect, body in passages
        for wording in aspect.asked
    ]
    return chance.sample(every, most)


def _articles() -> Iterator[tuple[str, str, list[tuple[Aspect, str]]]]:
    """Each series' name, its file and its passages."""
    chance = random.Random(SEED)
    vocabulary = _vocabulary(chance)
    weights = [1 / rank for rank in range(1, WORDS + 1)]
    for number, name in enumerate(_names(chance)):
        series = f"{name} {KINDS[number % len(KINDS)]}"
        passages = [(aspect, _body(chance, aspect, vocabulary, weights)) for aspect in ASPECTS]
        yield series, f"{series.lower().replace(' ', '-')}.md", passages


def _names(chance: random.Random) -> list[str]:
    every = [
        f"{first}{second}{end}".capitalize() for first, second, end in product(SYLLABLES, SYLLABLES, ENDINGS)
    ]
    return chance.sample(every, SERIES)


def _vocabulary(chance: random.Random) -> list[str]:
    every = ["".join(parts) for size in (2, 3) for parts in product(SYLLABLES, repeat=size)]
    return chance.sample(every, WORDS)


def _body(chance: random.Random, aspect: Aspect, vocabulary: list[str], weights: list[float]) -> str:
    """The fact, its numbers the passage's own, and words as often or as seldom as words are."""
    numbers = [chance.randrange(10, 10_000) for _ in range(aspect.fact.count("{}"))]
    said = chance.choices(vocabulary, weights, k=WORDS_IN_BODY)
    half = WORDS_IN_BODY // 2
    sentences = (" ".join(said[:half]).capitalize(), " ".join(said[half:]).capitalize())
    return f"{aspect.fact.format(*numbers)} {sentences[0]}.\n\n{sentences[1]}."
