"""How long a changed knowledge base takes to be live: `python -m benchmarks.reload`, in the processor's time."""

import io
import random
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import corpus
from bot.clock import SystemClock
from bot.knowledge.collection import Collection
from bot.knowledge.documents.reader import DocumentReader
from bot.knowledge.folder import look
from bot.knowledge.library import Library
from bot.knowledge.reading import Manner

SIZES = (500, 5_000)
REPEATS = 5
PASSAGES_A_SERIES = len(corpus.ASPECTS)
Row = tuple[str, float]
"""What was done, and the milliseconds of the processor that it took, the median of some."""


def article(number: int, passages: int, chance: random.Random) -> str:
    """Questions and answers as the benchmark's other articles have them, so many in one file."""
    series = chance.sample(corpus.SYLLABLES, 3)
    sections = []
    for row in range(passages):
        aspect = corpus.ASPECTS[row % PASSAGES_A_SERIES]
        name = f"{''.join(series)}{row // PASSAGES_A_SERIES} {corpus.KINDS[number % len(corpus.KINDS)]}"
        also = " | ".join(other.format(name) for other in aspect.also)
        fact = aspect.fact.format(*(chance.randrange(10, 10_000) for _ in range(aspect.fact.count("{}"))))
        said = " ".join("".join(chance.choices(corpus.SYLLABLES, k=2)) for _ in range(corpus.WORDS_IN_BODY))
        sections.append(f"## {aspect.heading.format(name)}\nalso: {also}\n\n{fact} {said}.")
    return f"# {number}\n\n" + "\n\n".join(sections) + "\n"


def spent(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    taken = []
    for _ in range(REPEATS):
        before()
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken) * 1000


def rows(folder: Path, passages: int) -> list[Row]:
    """A folder of ten articles; then one of them changes, time and again."""
    chance = random.Random(1)
    files = [folder / f"{number}.md" for number in range(10)]
    for number, file in enumerate(files):
        file.write_text(article(number, passages // 10, chance), "utf-8")

    def change() -> None:
        files[3].write_text(article(3, passages // 10, chance), "utf-8")

    collection = Collection(folder, Manner())

    def read() -> None:
        collection.begin(look(folder))
        collection.take(documents=False)

    library = Library(folder, ("en",), clock=SystemClock())
    return [
        ("a look at the folder, as every 0.4 s", spent(lambda: look(folder))),
        ("all files read", spent(lambda: read_anew(folder))),
        ("one of ten files changed: read", spent(read, change)),
        ("all files read and indexed", spent(lambda: Library(folder, ("en",), clock=SystemClock()).load())),
        ("one of ten files changed: read and indexed", spent(library.load, change)),
    ]


def read_anew(folder: Path) -> None:
    collection = Collection(folder, Manner())
    collection.begin(look(folder))
    collection.take(documents=False)


def one_file(folder: Path, passages: int) -> Row:
    """All of it in one file, and that file changed."""
    chance = random.Random(2)
    path = folder / "all.md"
    collection = Collection(folder, Manner())

    def change() -> None:
        path.write_text(article(0, passages, chance), "utf-8")

    def read() -> None:
        collection.begin(look(folder))
        collection.take(documents=False)

    return f"one file of {passages:,} passages changed: read", spent(read, change)


def documents() -> list[Row]:
    """On the clock: they are read in another process."""
    with DocumentReader() as reader:
        reader.read("html", b"<p>x")
        page = "".join(f"<h2>Question {n}?</h2><p>{'Some words of an answer. ' * 9}</p>" for n in range(100))
        paragraphs = "".join(
            f"<w:p><w:r><w:t>{'Some words of an answer. ' * 9}</w:t></w:r></w:p>" for _ in range(200)
        )
        return [
            ("a page of HTML with 100 questions", clocked(lambda: reader.read("html", page.encode()))),
            ("a Word document of 20 pages", clocked(lambda: reader.read("docx", docx(paragraphs)))),
        ]


def docx(paragraphs: str) -> bytes:
    name = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        body = f'<w:document xmlns:w="{name}"><w:body>{paragraphs}</w:body></w:document>'
        archive.writestr("word/document.xml", body)
    return out.getvalue()


def clocked(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken) * 1000


def main() -> None:
    print("| what | ms |\n|---|---|")
    for passages in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            measured = rows(Path(folder), passages)
        for what, milliseconds in measured:
            print(f"| {passages:,} passages: {what} | {milliseconds:,.2f} |")
    with tempfile.TemporaryDirectory() as folder:
        others = [one_file(Path(folder), SIZES[0]), *documents()]
    for what, milliseconds in others:
        print(f"| {what} | {milliseconds:,.2f} |")


if __name__ == "__main__":
    main()
