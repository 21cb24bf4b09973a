"""Who looks for the passage: the product, and three search engines that others would take."""

import importlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import Stemmer

from bot.knowledge.articles import Passage
from bot.knowledge.found import Found
from bot.knowledge.index import Index
from bot.knowledge.threshold import Target
from bot.knowledge.words import words

STEMMERS: Final = {"en": "english", "sv": "swedish", "nb": "norwegian"}
MOST: Final = 5
QUESTION_WEIGHT: Final = 5.0
"""The phrasings count so much more than the body where an engine can tell them apart: the best that was found."""
Ranked = list[tuple[str, float]]
"""The files of the best passages, the best first, with their scores."""
Rank = Callable[[str, str], Ranked]
"""From a question and its language."""
Build = Callable[[Sequence[Passage]], Rank]


def svar(passages: Sequence[Passage]) -> Rank:
    index = Index.build(passages)

    def rank(question: str, language: str) -> Ranked:
        """Each with the sureness of the whole, which is what the product decides by."""
        found = index.find(question, language, MOST)
        return [(hit.passage.file, found.score) for hit in found.hits]

    return rank


def svar_decides(
    passages: Sequence[Passage], wrong: float, unanswerable: float
) -> Callable[[str, str], Found]:
    """The product with a threshold of its own finding."""
    index = Index.build(passages, Target(wrong, unanswerable))
    return lambda question, language: index.find(question, language)


def fts5(passages: Sequence[Passage]) -> Rank:
    """SQLite's, with Porter's stemmer, which knows English only."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5(q, a, tokenize = 'porter unicode61 remove_diacritics 2')")
    db.executemany("INSERT INTO t VALUES (?, ?)", [(" | ".join(one.questions), one.body) for one in passages])

    def rank(question: str, language: str) -> Ranked:
        query = " OR ".join(f'"{word}"' for word in dict.fromkeys(_plain(question)))
        if not query:
            return []
        found = db.execute(
            "SELECT rowid, -bm25(t, ?, 1.0) AS score FROM t WHERE t MATCH ? ORDER BY score DESC LIMIT ?",
            (QUESTION_WEIGHT, query, MOST),
        )
        return [(passages[row - 1].file, score) for row, score in found]

    return rank


def bm25s(passages: Sequence[Passage]) -> Rank:
    """BM25 in numpy, with Snowball stems of the knowledge base's language."""
    engine: Any = importlib.import_module("bm25s")
    stem = Stemmer.Stemmer(STEMMERS[passages[0].language]).stemWords
    searched = engine.BM25()
    searched.index([stem(_plain(_whole(one))) for one in passages], show_progress=False)
    most = min(MOST, len(passages))

    def rank(question: str, language: str) -> Ranked:
        said = stem(_plain(question))
        if not any(word in searched.vocab_dict for word in said):
            return []
        rows, scores = searched.retrieve([said], k=most, show_progress=False)
        return [
            (passages[int(row)].file, float(score))
            for row, score in zip(rows[0], scores[0], strict=True)
            if score > 0
        ]

    return rank


def tantivy(passages: Sequence[Passage]) -> Rank:
    """Lucene's heir in Rust, with the same stems."""
    engine: Any = importlib.import_module("tantivy")
    language = STEMMERS[passages[0].language]
    steps = engine.TextAnalyzerBuilder(engine.Tokenizer.simple()).filter(engine.Filter.lowercase())
    schema = engine.SchemaBuilder()
    for field in ("q", "a"):
        schema.add_text_field(field, tokenizer_name="stems")
    schema.add_unsigned_field("row", stored=True)
    index = engine.Index(schema.build())
    index.register_tokenizer("stems", steps.filter(engine.Filter.stemmer(language)).build())
    writer = index.writer(heap_size=20_000_000, num_threads=1)
    for row, one in enumerate(passages):
        writer.add_document(engine.Document(q=" ".join(one.questions), a=one.body, row=row))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def rank(question: str, language: str) -> Ranked:
        said = " ".join(_plain(question))
        query, _ = index.parse_query_lenient(said, ["q", "a"], field_boosts={"q": 2.0})
        found = searcher.search(query, MOST).hits
        return [(passages[searcher.doc(place)["row"][0]].file, score) for score, place in found]

    return rank


@dataclass(frozen=True, slots=True)
class Contender:
    name: str
    build: Build
    package: str = ""
    """What it needs to be installed; empty for what is here anyway."""

    def missing(self) -> bool:
        if not self.package:
            return False
        try:
            importlib.import_module(self.package)
        except ImportError:
            return True
        return False


EVERY: Final = (
    Contender("FTS5 porter", fts5),
    Contender("bm25s", bm25s, "bm25s"),
    Contender("tantivy", tantivy, "tantivy"),
    Contender("Svar", svar),
)


def _plain(text: str) -> list[str]:
    return [word.replace("'", "").replace("’", "") for word in words(text)]


def _whole(passage: Passage) -> str:
    return " ".join([*passage.questions, passage.body])
