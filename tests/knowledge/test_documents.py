"""Articles that are no Markdown: what a PDF, a Word document or a page of HTML says, and what none of them can do."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.knowledge.articles import Passage, Unreadable
from bot.knowledge.documents import reader as documents
from bot.knowledge.documents.marks import Unfit
from bot.knowledge.documents.reader import DocumentReader
from bot.knowledge.reading import divided, read_article
from bot.knowledge.render import render
from tests.knowledge import papers
from tests.knowledge.papers import docx, paragraph, pdf, run, table


@pytest.fixture(scope="module")
def reader() -> Iterator[DocumentReader]:
    with DocumentReader() as reader:
        yield reader


def said(reader: DocumentReader, kind: str, content: bytes) -> str:
    return reader.read(kind, content).text


def html(reader: DocumentReader, body: str) -> str:
    return said(reader, "html", body.encode())


def reason(reader: DocumentReader, kind: str, content: bytes) -> str:
    with pytest.raises(Unfit) as refusal:
        reader.read(kind, content)
    return str(refusal.value)


def passages(folder: Path, name: str, content: bytes) -> list[Passage]:
    (folder / name).write_bytes(content)
    return read_article(folder / name, folder, ("en", "sv"))


# HTML


def test_headings_lists_tables_and_links_of_a_page_become_markdown(reader: DocumentReader) -> None:
    page = """
        <h1>Terms</h1><p>Read <a href="https://shop.example/a_b">more</a>, <b>soon </b>or <em>later</em>.
        <ol><li>Pack<ul><li>well</ul><li>Send</ol>
        <table><tr><th>Country<th>Price<tr><td>Sweden<td>495 | kr</table>"""
    assert html(reader, page) == (
        "# Terms\n\nRead [more](<https://shop.example/a_b>), **soon** or *later*.\n\n"
        "1. Pack\n   - well\n2. Send\n\n| Country | Price |\n|---|---|\n| Sweden | 495 \\| kr |"
    )


def test_a_question_that_folds_out_is_a_heading(reader: DocumentReader) -> None:
    page = "<h2>Hours</h2><details><summary>Open on Sundays?</summary><p>Until four.</p></details>"
    assert html(reader, page) == "## Hours\n\n### Open on Sundays?\n\nUntil four."


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>say('free')</script>",
        "<!-- free -->",
        '<p style="color: red; display: none">free</p>',
        "<p hidden>free</p>",
        '<img alt="free" src="x">',
        "<nav><ul><li>free</ul></nav>",
        '<span aria-hidden="true">free</span>',
        "<template><p>free</template>",
        '<a href="javascript:free()"></a>',
        '<div style="font-size:0">free</div>',
    ],
)
def test_what_a_reader_of_the_page_does_not_see_is_not_said(reader: DocumentReader, hidden: str) -> None:
    assert html(reader, f"<h1>A</h1><p>One.</p>{hidden}<p>Two.</p>") == "# A\n\nOne.\n\nTwo."


def test_of_a_page_with_a_main_part_only_that_is_said(reader: DocumentReader) -> None:
    assert html(reader, "<p>Menu</p><main><h1>A</h1><p>One.</p></main><p>Imprint</p>") == "# A\n\nOne."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_page_is_read_in_its_own_encoding(reader: DocumentReader, encoding: str) -> None:
    assert said(reader, "html", "<p>Köp på fredag – nu".encode(encoding)) == "Köp på fredag – nu"


@pytest.mark.parametrize(
    "words",
    ["2 * 3 * 4", "a_b and _c_", "[x](y)", "`code`", "<b>", "# no heading", "- no list", "1. no list", "&amp; &lt;",
     "~~no~~ stroke", "C:\\no", "> no quote", "+1", "=== no", "1) no", "https://x.example/a_b_c"],
)  # fmt: skip
def test_words_that_look_like_markdown_stay_words(reader: DocumentReader, words: str) -> None:
    written = words.replace("&", "&amp;").replace("<", "&lt;")
    assert render(html(reader, f"<p>{written}</p>")).text == words


def test_a_page_tells_its_language_and_title_where_nothing_else_does(tmp_path: Path) -> None:
    content = b'<html lang="sv-SE"><title>Frakt</title><p>Fem dagar.</p></html>'
    [plain] = passages(tmp_path, "a.html", content)
    [named] = passages(tmp_path, "a.en.html", content)
    assert (plain.language, plain.headings, named.language) == ("sv", ("Frakt",), "en")


# DOCX


def test_a_word_document_keeps_its_headings_lists_tables_and_links(reader: DocumentReader) -> None:
    link = f'<w:hyperlink r:id="rId1">{run("our page")}</w:hyperlink>'
    content = docx(
        paragraph("Terms", "Titel"),
        paragraph("Contents … 1", "Toc"),
        paragraph("Returns", "Rubrik1"),
        paragraph(run("See ") + link + run(" for ") + run("all", marks="b") + run(".")),
        paragraph("How?", "Egen"),
        paragraph("Pack", listed=2),
        paragraph("Send", listed=2),
        paragraph("well", listed=1),
        table(("Country", "Price"), ("Sweden", "495 kr")),
    )
    assert said(reader, "docx", content) == (
        "# Terms\n\n## Returns\n\nSee [our page](<https://shop.example/a_b>) for **all**.\n\n### How?\n\n"
        "1. Pack\n2. Send\n- well\n\n| Country | Price |\n|---|---|\n| Sweden | 495 kr |"
    )


def test_comments_deleted_and_hidden_words_of_a_document_are_not_said(reader: DocumentReader) -> None:
    gone = f"<w:del>{run('free').replace('w:t', 'w:delText')}</w:del>"
    content = docx(
        paragraph(run("It is ") + gone + run("free ", marks="vanish") + f"<w:ins>{run('5 kr')}</w:ins>")
    )
    assert said(reader, "docx", content) == "It is 5 kr"


def test_short_bold_lines_are_headings_where_no_style_says_so(reader: DocumentReader) -> None:
    content = docx(paragraph(run("Can I return it?", marks="b")), paragraph("Yes."))
    assert said(reader, "docx", content) == "# Can I return it?\n\nYes."


# PDF


PAGE = [
    (24, "Terms of sale"),
    (11, "These terms hold for all that is bought in our shop or on our pages, wher-"),
    (11, "ever it is sent."),
    (15, "How do I return something?"),
    (11, "You have 30 days."),
    (11, "Sofas 495 kr"),
    (11, "Tables 295 kr"),
    (-11, "Opening hours"),
    (11, "• Monday to Friday 10 to 18 (not on holidays)"),
]


def test_what_a_pdf_sets_larger_or_bolder_is_a_heading(reader: DocumentReader) -> None:
    assert said(reader, "pdf", pdf(PAGE)) == (
        "# Terms of sale\n\n"
        "These terms hold for all that is bought in our shop or on our pages, wherever it is sent.\n\n"
        "## How do I return something?\n\nYou have 30 days.\n\nSofas 495 kr\\\nTables 295 kr\n\n"
        "### Opening hours\n\n- Monday to Friday 10 to 18 (not on holidays)"
    )


def test_what_stands_at_the_edge_of_every_page_is_left_out(reader: DocumentReader) -> None:
    texts = ("Alpha is first.", "Beta is second.", "Gamma is third.")
    pages = [
        [(9, "The Shop, terms of 2026"), (11, text), (9, f"Page {number} of 3")]
        for number, text in enumerate(texts, 1)
    ]
    assert said(reader, "pdf", pdf(*pages)) == "\n\n".join(texts)


def test_a_long_document_without_headings_is_divided(tmp_path: Path) -> None:
    blocks = [
        f"Rule {number} of the house. " + "Keep your bicycle in the yard and not in the hall. " * 12
        for number in range(8)
    ]
    found = passages(tmp_path, "rules.docx", docx(*map(paragraph, blocks)))
    assert [passage.headings[0] for passage in found] == ["rules"] * len(blocks)
    assert found[2].heading == "Rule 2 of the house. Keep your bicycle in the yard and not …"
    assert all(len(passage.body) < 1_300 for passage in found)


def test_what_is_divided_keeps_its_phrasings() -> None:
    assert (
        divided("## Hours\nalso: open | when\n\nAt ten.", "x")
        == "## Hours\n\nalso: open\n\nalso: when\n\nAt ten."
    )


# What a document may not do


NESTED = docx("<w:p>" + "<w:ins>" * 20_000 + "</w:ins>" * 20_000 + "</w:p>")
ENTITIES = '<!DOCTYPE x [<!ENTITY a "free"><!ENTITY b SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("kind", "content", "why"),
    [
        ("pdf", b"%PDF-1.7\nnonsense", "is no PDF"),
        ("pdf", b"", "is no PDF"),
        ("pdf", pdf([]), "holds no text, only pictures"),
        ("pdf", pdf(*[[]] * 1_001), "more than 1,000 pages"),
        ("docx", b"PK\x03\x04nonsense", "is no Word document"),
        ("docx", docx(paragraph("x"))[:-40], "is no Word document"),
        ("docx", docx("<w:p><w:r>"), "is a broken Word document"),
        ("docx", docx(paragraph("&b;"), before=ENTITIES), "declares a document type"),
        ("docx", docx(paragraph("a" * 31_000_000)), "unpacks to more than 30 MB"),
        ("html", b"<div>" * 300 + b"x", "nests more than 200 elements"),
        ("html", b"\0\x01\xff\xfe\0", "is not a text"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_with_a_reason(
    reader: DocumentReader, kind: str, content: bytes, why: str
) -> None:
    assert why in reason(reader, kind, content)


def test_what_ends_or_stuffs_the_reader_harms_nobody_else(reader: DocumentReader) -> None:
    """A document nested too deep for any stack, and one that unpacks to more than there is room for."""
    reason(reader, "docx", NESTED)
    assert reason(reader, "pdf", papers.swollen_pdf(5_000)).startswith(("ends the program", "takes too much"))
    assert said(reader, "html", b"<p>And the next is read.") == "And the next is read."


def test_a_document_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_COMMAND", "import time; time.sleep(3600)")
    with DocumentReader(seconds=0.2) as sleepy:
        assert reason(sleepy, "pdf", b"x") == "takes longer than 0.2 s to read"


@pytest.mark.parametrize(
    "answer", ["", "print('x')", "print(-1)", "print(9); print('nonsense')", "print(99999999999)"]
)
def test_a_reader_that_is_no_longer_itself_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(documents, "_COMMAND", answer)
    with DocumentReader(seconds=10) as broken:
        assert "ends the program that reads it" in reason(broken, "pdf", b"x")


def test_the_reader_knows_no_secret_and_writes_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123:secret")
    tell = (
        f"{documents._COMMAND.removesuffix('main()')}\nimport os, json\nfrom bot.knowledge.documents import child\n"
        "child._shut_in()\ntry:\n"
        f"    os.write(os.open({str(tmp_path / 'x')!r}, os.O_CREAT | os.O_WRONLY), b'x')\n    wrote = True\n"
        "except OSError: wrote = False\n"
        "child._send(sys.stdout.buffer, {'unfit': repr((sorted(os.environ), wrote))})"
    )
    monkeypatch.setattr(documents, "_COMMAND", tell)
    with DocumentReader() as curious:
        told = reason(curious, "pdf", b"x")
    assert "TELEGRAM_BOT_TOKEN" not in told
    assert told.endswith("False)")


def test_mutilated_documents_end_in_text_or_in_a_reason(reader: DocumentReader) -> None:
    """A hundred of them; the thorough run takes ten thousand: `python -m tests.knowledge.mutilated 10000`."""
    from tests.knowledge.mutilated import outcomes

    told = outcomes(reader, 100, random.Random(7))
    assert sum(told.values()) == 100
    assert told["text"] > 10


def test_what_cannot_be_read_of_an_article_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="is no PDF, or a broken one"):
        passages(tmp_path, "a.pdf", b"nonsense")
