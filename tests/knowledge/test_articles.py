"""How a Markdown file is cut into passages, and what is not read at all."""

import os
from pathlib import Path

import pytest

from bot.knowledge.articles import Passage, Unreadable, passages_of
from bot.knowledge.folder import MOST_BYTES
from bot.knowledge.reading import read_article

ARTICLE = """\
# Help

Ask us anything.

## Delivery

### How long does it take?
also: delivery time | when does it come
ALSO: how many days

About *five* days.

```
# not a heading
```

> ## nor is this

## Returns [here](https://shop.example)

Within 30 days, see [the terms][terms].

[terms]: https://shop.example/terms
"""


def passages(text: str, file: str = "help.md") -> list[Passage]:
    return passages_of(text, file, "en")


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def reason(path: Path, root: Path) -> str:
    with pytest.raises(Unreadable) as refusal:
        read_article(path, root)
    return str(refusal.value)


def test_each_heading_with_text_beneath_is_a_passage() -> None:
    assert [passage.headings for passage in passages(ARTICLE)] == [
        ("Help",),
        ("Help", "Delivery", "How long does it take?"),
        ("Help", "Returns here"),
    ]


def test_the_text_before_the_first_subheading_belongs_to_the_title() -> None:
    assert passages(ARTICLE)[0].body == "Ask us anything."


def test_other_phrasings_become_questions_and_leave_the_body() -> None:
    delivery = passages(ARTICLE)[1]
    assert delivery.questions == (
        "How long does it take?",
        "delivery time",
        "when does it come",
        "how many days",
    )
    assert delivery.body.startswith("About *five* days.")


def test_other_phrasings_may_touch_the_body() -> None:
    [passage] = passages("# Price\nalso: cost\nIt is 5.")
    assert (passage.questions, passage.body) == (("Price", "cost"), "It is 5.")


def test_also_further_down_is_part_of_the_answer() -> None:
    [passage] = passages("# Price\nIt is 5.\nalso: it may rise.")
    assert (passage.questions, passage.body) == (("Price",), "It is 5.\nalso: it may rise.")


def test_headings_in_code_and_quotes_cut_nothing() -> None:
    assert "# not a heading" in passages(ARTICLE)[1].body
    assert "> ## nor is this" in passages(ARTICLE)[1].body


def test_a_passage_brings_the_link_targets_it_needs() -> None:
    [first, _] = passages("# A\nSee [it][x].\n# B\nNo link.\n\n[x]: https://a.example\n")
    assert first.body.endswith("[X]: <https://a.example>")


def test_text_before_any_heading_is_headed_by_the_files_name() -> None:
    first, second = passages("Just text.\n\n# Title\n\nMore.", "sub/hours.sv.md")
    assert (first.headings, second.headings) == (("hours",), ("Title",))


def test_a_heading_of_signs_alone_is_still_a_passage() -> None:
    assert [passage.heading for passage in passages("# ???\n\nYes.")] == ["???"]


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("faq.md", "en"),
        ("faq.sv.md", "sv"),
        ("faq.NB.md", "nb"),
        ("faq.no.md", "nb"),
        ("faq.xx.md", "en"),
        ("sv.md", "en"),
    ],
)
def test_the_files_name_tells_the_language(tmp_path: Path, name: str, language: str) -> None:
    path = write(tmp_path, name, b"# A\n\nb")
    assert [passage.language for passage in read_article(path, tmp_path, ("en", "sv", "nb"))] == [language]


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, "a.md", b"\xef\xbb\xbf# A\r\nalso: b\r\n\r\nc\r\n")
    assert [(p.questions, p.body) for p in read_article(path, tmp_path)] == [(("A", "b"), "c")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"# caf\xe9", "not UTF-8 (line 1)"),
        ("# hej".encode("utf-16"), "not a text"),
        (b"\x00\x01\x02", "not a text"),
        (b"  \n \n", "empty"),
        (b"", "empty"),
        (b"a" * (MOST_BYTES + 1), "larger than 2 MB"),
    ],
)
def test_what_is_no_text_is_refused_with_a_reason(tmp_path: Path, content: bytes, why: str) -> None:
    assert why in reason(write(tmp_path, "a.md", content), tmp_path)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kb").mkdir()
    secret = write(tmp_path, "secret.md", b"# Secret\n\nx")
    (tmp_path / "kb" / "a.md").symlink_to(secret)
    assert "leaves the knowledge base" in reason(tmp_path / "kb" / "a.md", tmp_path / "kb")


def test_a_link_within_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "b.md").symlink_to(write(tmp_path, "a.md", b"# A\n\nb"))
    assert [passage.file for passage in read_article(tmp_path / "b.md", tmp_path)] == ["b.md"]


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to(tmp_path / "a.md")
    assert "cannot be read" in reason(tmp_path / "a.md", tmp_path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")
    assert "is not a file" in reason(tmp_path / "a.md", tmp_path)


PLAIN = """\
before
# Shop #
#not one
####### nor this
- a list
# Out of the *list* ##

> a quote
## After a quote
#
| a | b |
|---|---|
| 1 | 2 |
### After a table # 1
text
# \\#escaped [link](https://x.example) `code`
1. one
   * two
## `#`
"""


def test_a_plain_article_is_cut_as_any_other() -> None:
    """A comment at its end makes it one that is read in full."""
    plain = passages_of(PLAIN, "a.md", "en")
    full = passages_of(f"{PLAIN}\n# Last\n<!-- -->", "a.md", "en")
    assert len(plain) > 5
    assert plain == full[:-1]
