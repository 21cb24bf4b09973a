"""Documents with bytes knocked out, doubled and swapped: `python -m tests.knowledge.mutilated 10000` reads so many."""

import random
import sys
from collections import Counter

from bot.knowledge.documents.marks import Unfit
from bot.knowledge.documents.reader import DocumentReader
from tests.knowledge.papers import docx, paragraph, pdf, run, table

WHOLE = (
    (
        "pdf",
        pdf(
            [(20, "Title"), (11, "Some words of a page."), (-11, "Bold"), (11, "More words.")],
            [(11, "Page two")],
        ),
    ),
    (
        "docx",
        docx(paragraph("Head", "Rubrik1"), paragraph(run("x", marks="b")), table(("a", "b"), ("c", "d"))),
    ),
    (
        "html",
        b"<html><h1>Title</h1><p>Some <b>words</b><table><tr><td>a<td>b</table><ul><li>x</ul></html>" * 3,
    ),
)


def mutilated(content: bytes, chance: random.Random) -> bytes:
    broken = bytearray(content)
    for _ in range(chance.choice((1, 3, 10, 60))):
        at = chance.randrange(len(broken))
        match chance.randrange(5):
            case 0:
                broken[at] = chance.randrange(256)
            case 1:
                del broken[at : at + chance.randrange(1, 30)]
            case 2:
                broken[at:at] = broken[at : at + chance.randrange(1, 400)]
            case 3:
                broken[at:at] = str(chance.choice((0, -1, 2**31, 2**63, 10**30))).encode()
            case _:
                broken[at] ^= 1 << chance.randrange(8)
        broken = broken or bytearray(b"x")
    return bytes(broken)


def outcomes(reader: DocumentReader, count: int, chance: random.Random) -> Counter[str]:
    """How many were read, and why the others were not."""
    told: Counter[str] = Counter()
    for _ in range(count):
        kind, content = chance.choice(WHOLE)
        try:
            reader.read(kind, mutilated(content, chance))
            told["text"] += 1
        except Unfit as reason:
            told[str(reason)] += 1
    return told


if __name__ == "__main__":
    with DocumentReader() as reader:
        for reason, count in outcomes(reader, int(sys.argv[1]), random.Random(1)).most_common():
            sys.stdout.write(f"{count:6}  {reason}\n")
