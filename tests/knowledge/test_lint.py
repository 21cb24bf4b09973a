"""`kb lint`: one folder a fault, and the shop's own articles, which have none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.knowledge.library import Library
from bot.knowledge.lint.all import faults
from tests.knowledge.papers import docx, paragraph
from tests.shop import REPOSITORY, _read_library

LANGUAGES = ("en", "sv")
OTHERS = """
## Where can I park my car?
also: parking place | car park

Behind the house, as long as you like.

## Which cards do you take for payment?
also: pay by credit card | accepted cards

All of them, at the counter and on our pages.
"""
"""So that words of a question are rare or common, as in any knowledge base."""
OPEN = "## When do you open the shop?\nalso: opening hours of the shop | shop opening time\n\nAt ten.\n"


def found(folder: Path, files: dict[str, str], languages: tuple[str, ...] = LANGUAGES) -> list[str]:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(text, "utf-8")
    library = Library(folder, languages, clock=SystemClock())
    library.load()
    return [str(fault) for fault in faults(library, folder, languages, SystemClock().now())]


def test_the_shops_own_articles_are_without_fault() -> None:
    folder, languages = REPOSITORY / "knowledge-base", ("en", "sv", "nb")
    assert faults(_read_library(folder, languages), folder, languages, SystemClock().now()) == []


def test_articles_in_order_have_no_fault(tmp_path: Path) -> None:
    assert found(tmp_path, {"a.md": OPEN, "b.md": OTHERS}) == []


def test_a_file_that_is_not_read_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_bytes(b"\xff")
    assert found(tmp_path, {"a.md": OPEN + OTHERS}) == [
        "b.md: not read: is not UTF-8 (line 1); save it as UTF-8"
    ]


def test_the_same_question_at_two_passages_is_a_duplicate(tmp_path: Path) -> None:
    other = "## Is it late?\nalso: When do you open the shop\n\nNever, for those who come in the evening."
    assert 'b.md:1: duplicate: "When do you open the shop" is asked at a.md:1, too' in found(
        tmp_path, {"a.md": OPEN + OTHERS, "b.md": other}
    )


def test_the_same_question_twice_at_one_passage_is_a_duplicate(tmp_path: Path) -> None:
    told = found(tmp_path, {"a.md": OPEN.replace("also: ", "also: when do you open the shop? | ") + OTHERS})
    assert told == ['a.md:1: duplicate: asks "when do you open the shop?" twice']


def test_the_same_answer_at_two_passages_is_a_duplicate(tmp_path: Path) -> None:
    answer = (
        "You may send back whatever you like within thirty days, if it is as good as new and well packed."
    )
    files = {
        "a.md": f"## How do I return my things?\nalso: send back goods\n\n{answer}{OTHERS}",
        "b.md": f"## What about a wrong colour?\nalso: colour is wrong\n\n{answer}",
    }
    assert found(tmp_path, files) == ["b.md:1: duplicate: says the same as a.md:1"]


def test_what_is_for_others_or_for_another_time_is_no_duplicate(tmp_path: Path) -> None:
    files = {
        "a.md": f"---\nvalid-until: 2096-12-31\n---\n{OPEN}{OTHERS}",
        "b.md": f"---\nvalid-from: 2097-01-01\n---\n{OPEN}",
    }
    assert found(tmp_path, files) == []


def test_the_same_question_with_other_figures_is_a_contradiction(tmp_path: Path) -> None:
    files = {
        "a.md": f"## How long can I return a chair?\n\nWithin 30 days.\n{OTHERS}",
        "b.md": "## Return the chair: for how long?\n\nFor 14 days, if you kept the receipt.",
    }
    assert "b.md:1: contradiction: is asked like a.md:1 and says 14 day, not 30" in found(tmp_path, files)


def test_the_same_sentence_with_other_figures_is_a_contradiction(tmp_path: Path) -> None:
    files = {
        "a.md": f"## What is delivery to the door?\n\nThe driver calls about 30 minutes before arriving.\n{OTHERS}",
        "b.md": "## Who carries it upstairs?\n\nTwo people. The driver calls about 45 minutes before arriving.",
    }
    assert "b.md:1: contradiction: says 45 in the same words as a.md:1 says 30" in found(tmp_path, files)


def test_what_many_things_have_each_with_its_own_figure_is_no_contradiction(tmp_path: Path) -> None:
    things = "".join(
        f"## How heavy is the {name}?\nalso: weight of {name}\n\nWithout its packaging this piece of furniture "
        f"weighs {kilos} kg.\n\n"
        for kilos, name in enumerate(("sofa", "lamp", "chair", "shelf", "table"), 10)
    )
    assert [
        one for one in found(tmp_path, {"a.md": things + OPEN, "b.md": OTHERS}) if "contradiction" in one
    ] == []


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("[x](gone.md)", '"gone.md" is no file of the knowledge base'),
        ("[x](../../secret.md)", "is no file of the knowledge base"),
        ("[x](sub/c.md#prices)", '"sub/c.md#prices" names no heading of sub/c.md'),
        ("[x](#nowhere)", "names no heading of a.md"),
        ("[x](http:/shop.example)", "has no host that can be right"),
        ("[x](https://shop)", "has no host that can be right"),
        ("[x](https://shop..example/a)", "has no host that can be right"),
        ("[x](https://shop.example:99999/)", "has no port that can be right"),
        ("[x](//shop.example)", "has no https: before it"),
        ("[x](mailto:nobody)", "is no e-mail address"),
        ("[x](tel:call-us)", "is no telephone number"),
        ("[x](ftp://shop.example)", "is no link that a message can carry"),
        ("See http://nowhere, please.", '"http://nowhere" has no host'),
        ("[x][y]\n\n[y]: gone.md", '"gone.md" is no file'),
    ],
)
def test_a_link_that_leads_nowhere_is_told_with_its_line(tmp_path: Path, link: str, why: str) -> None:
    files = {"a.md": f"---\ntitle: x\n---\n{OPEN}\nTwo lines\nand {link}\n", "b.md": OTHERS}
    told = found(tmp_path, {**files, "sub/c.md": "# Warranty\n\nTen years on every frame."})
    [fault] = [one for one in told if "dead link" in one]
    assert fault.startswith(f"a.md:{10 + link.count(chr(10))}: dead link: ")
    assert why in fault


def test_links_that_may_lead_somewhere_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "plan.png").write_bytes(b"x")
    links = (
        "[a](b.md#where-can-i-park-my-car) [b](#when-do-you-open-the-shop) [c](plan.png) [d](https://köp.example/å?b=c#d)"
        " [e](mailto:a@shop.example) [f](tel:+46-8-123) `[g](gone.md)` <https://shop.example> [h](/b.md)"
    )
    assert found(tmp_path, {"a.md": f"{OPEN}\n{links}\n", "b.md": OTHERS}) == []


def test_a_heading_with_nothing_beneath_is_told(tmp_path: Path) -> None:
    told = found(tmp_path, {"a.md": f"# Shop\n\n{OPEN}\n## To be written\n", "b.md": f"# Rest\n{OTHERS}"})
    assert told == ['a.md:8: empty: nothing stands beneath "To be written"']


def test_a_passage_in_the_shadow_of_another_is_told(tmp_path: Path) -> None:
    shadowed = "## When do you open the shop?\n\nSee above."
    told = found(tmp_path, {"a.md": OPEN + OTHERS, "b.md": shadowed})
    assert any(
        'b.md:1: never found: its own question finds "When do you open the shop?" (a.md:1) instead' in one
        for one in told
    )


def test_a_passage_whose_question_says_nothing_is_told(tmp_path: Path) -> None:
    told = found(tmp_path, {"a.md": OPEN + OTHERS, "b.md": "## What is this?\n\nA lamp from Småland."})
    assert told == [
        "b.md:1: never found: no question of its own is sure enough to answer it; add phrasings with also:"
    ]


def test_a_passage_that_is_too_long_to_say_is_told(tmp_path: Path) -> None:
    long = "## What does the poem say?\nalso: poem of the shop\n\n" + "Roses are red. " * 101
    assert found(tmp_path, {"a.md": OPEN + OTHERS, "b.md": long}) == [
        "b.md:1: too long: 1,514 characters are too long to say; give its parts headings of their own"
    ]


def test_of_a_document_the_heading_tells_where(tmp_path: Path) -> None:
    (tmp_path / "b.docx").write_bytes(
        docx(paragraph("When do you open the shop?", "Rubrik1"), paragraph("At noon."))
    )
    told = found(tmp_path, {"a.md": OPEN + OTHERS})
    assert (
        'b.docx: duplicate: "When do you open the shop?": "When do you open the shop?" is asked at a.md:1, too'
        in told
    )


SWEDISH = """
## När öppnar ni butiken?
also: butikens öppettider

Klockan tio. Det kostar 20 kr.

## Var kan jag parkera bilen?
also: parkeringsplats

Bakom huset, i 3 timmar.
"""
ENGLISH = """
## When do you open the shop?
also: opening hours of the shop

At ten. It costs 20 kr.

## Where can I park my car?
also: parking place

Behind the house, for three hours.
"""


def test_languages_side_by_side_that_agree_have_no_fault(tmp_path: Path) -> None:
    assert found(tmp_path, {"a.md": ENGLISH, "a.sv.md": SWEDISH}) == []


def test_a_heading_that_one_language_lacks_is_told_at_its_place(tmp_path: Path) -> None:
    more = "\n## Do you sell gift cards?\nalso: gift card\n\nYes, for 200 kr and more, at the counter.\n"
    files = {"a.md": ENGLISH.replace("\n## Where", f"{more}\n## Where"), "a.sv.md": SWEDISH}
    assert found(tmp_path, files) == ['a.sv.md:2: missing: "Do you sell gift cards?" of a.md:7 is not there']
    files = {"a.md": ENGLISH, "a.sv.md": SWEDISH.replace("\n## Var", f"{more}\n## Var")}
    assert 'a.sv.md:7: missing: "Do you sell gift cards?" is not in a.md' in found(tmp_path, files)


def test_other_figures_in_another_language_are_a_contradiction(tmp_path: Path) -> None:
    files = {"a.md": ENGLISH, "a.sv.md": SWEDISH.replace("20 kr", "25 kr")}
    assert found(tmp_path, files) == ["a.sv.md:2: contradiction: says 25 where a.md:2 says 20"]


def test_a_language_that_a_set_lacks_is_told(tmp_path: Path) -> None:
    told = found(tmp_path, {"a.md": ENGLISH, "a.sv.md": SWEDISH}, ("en", "sv", "nb"))
    assert told == ['a.md: missing: it has no version in "nb", as a.md, a.sv.md are side by side']


def test_languages_for_different_readers_are_told(tmp_path: Path) -> None:
    told = found(tmp_path, {"a.md": ENGLISH, "a.sv.md": f"---\naudience: staff\n---\n{SWEDISH}"})
    assert "a.sv.md: readers: is for staff, and a.md for public" in told


def test_the_command_ends_with_1_if_anything_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_text('[bot]\nlanguages = ["en"]\n[knowledge]\nfolder = "kb"\n')
    found(tmp_path / "kb", {"a.md": OPEN, "b.md": OTHERS})
    command = [sys.executable, "-m", "bot", "--config", str(tmp_path / "bot.toml"), "kb", "lint"]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, env=dict(os.environ))

    fine = run()
    assert (fine.returncode, fine.stdout) == (0, "nothing is wrong (2 files, 3 passages)\n")
    (tmp_path / "kb" / "b.md").write_text(f"{OTHERS}\n[x](gone.md)")
    wrong = run()
    assert wrong.returncode == 1
    assert wrong.stdout.splitlines() == [
        'b.md:12: dead link: "gone.md" is no file of the knowledge base',
        "1 fault in 1 file (2 files, 3 passages)",
    ]
