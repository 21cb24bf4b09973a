"""A PDF in Markdown: its lines joined to paragraphs, and what is set larger or bolder taken for headings."""

import ctypes
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from bot.knowledge.documents.marks import Document, Run, Unfit, Writer

MOST_PAGES, MOST_SIGNS = 1_000, 2_000_000
MOST_SIGNS_A_PAGE = 100_000
_LARGER, _BOLD_WEIGHT, _LONGEST_HEADING = 1.12, 600, 160
_SMALLEST = 1.5
"""Points; what is set smaller is not meant to be read."""
_BULLET = re.compile(r"[•◦▪‣●○■–-]\s+(?=\S)")
_NUMBERED = re.compile(r"(\d{1,3})[.)]\s+(?=\S)")
_PAGE_NUMBER = re.compile(r"(?:\w+\s+)?\d{1,4}(?:\s*(?:/|\w{1,3})\s*\d{1,4})?")
_CUT_WORD = re.compile(r"(?<=[^\W\d_])[-\N{SOFT HYPHEN}\ufffe\x02] (?=[a-zà-ÿ])")
_SENTENCE_END = (".", "!", "?", ":", ";", "”", '"', ")")
_REPEATED_SHARE, _FEWEST_PAGES = 0.6, 3
_SHORT_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    size: float
    """Points."""
    bold: bool
    page: int
    left: float
    right: float
    top: float
    bottom: float


def read_pdf(content: bytes) -> Document:
    """Raises Unfit."""
    try:
        pdf = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise Unfit(
            "is locked with a password" if locked else "is no PDF, or a broken one; export it again"
        ) from error
    try:
        return _document(pdf)
    finally:
        pdf.close()


def _document(pdf: pdfium.PdfDocument) -> Document:
    if len(pdf) > MOST_PAGES:
        raise Unfit(f"has more than {MOST_PAGES:,} pages; make it several files")
    lines = [line for number in range(len(pdf)) for line in _lines_of(pdf, number)]
    if sum(len(line.text) for line in lines) > MOST_SIGNS:
        raise Unfit(f"holds more than {MOST_SIGNS:,} characters; make it several files")
    if not lines:
        raise Unfit(
            "holds no text, only pictures of it; have its text recognised, or write it down in Markdown"
        )
    text = _markdown(list(_without_margins(lines, len(pdf))))
    return Document(text, str(pdf.get_metadata_dict().get("Title", "")))


def _lines_of(pdf: pdfium.PdfDocument, number: int) -> Iterator[Line]:
    try:
        page = pdf[number]
        text_page = page.get_textpage()
    except pdfium.PdfiumError:
        return
    try:
        count = min(text_page.count_chars(), MOST_SIGNS_A_PAGE)
        text = text_page.get_text_range(0, count) if count > 0 else ""
        if len(text) != count:  # signs beyond the basic plane: which is which cannot be told any more
            text = "".join(_sign(text_page, index) for index in range(count))
        start = 0
        for written in re.split(r"\r\n|\r|\n", text):
            at = text.index(written, start)
            start = at + len(written)
            if line := _line(text_page, written, at, number):
                yield line
    finally:
        text_page.close()
        page.close()


def _sign(text_page: pdfium.PdfTextPage, index: int) -> str:
    code = raw.FPDFText_GetUnicode(text_page, index)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\N{REPLACEMENT CHARACTER}"


def _line(text_page: pdfium.PdfTextPage, written: str, at: int, page: int) -> Line | None:
    shown = [at + offset for offset, sign in enumerate(written) if not sign.isspace()]
    if not shown:
        return None
    sampled = (shown[0], shown[len(shown) // 2], shown[-1])
    size = max(_size(text_page, index) for index in sampled)
    if size < _SMALLEST:
        return None
    left, bottom, _, top = text_page.get_charbox(shown[0])
    right = text_page.get_charbox(shown[-1])[2]
    bold = all(_is_bold(text_page, index) for index in sampled)
    return Line(" ".join(written.split()), size, bold, page, left, right, top, bottom)


def _size(text_page: pdfium.PdfTextPage, index: int) -> float:
    """As it is seen: a font of size 1 may be drawn a dozen times as large."""
    matrix = raw.FS_MATRIX()
    size: float = raw.FPDFText_GetFontSize(text_page, index)
    if raw.FPDFText_GetMatrix(text_page, index, matrix):
        size *= abs(matrix.d) or abs(matrix.b) or 1.0
    return round(size, 1)


def _is_bold(text_page: pdfium.PdfTextPage, index: int) -> bool:
    if raw.FPDFText_GetFontWeight(text_page, index) >= _BOLD_WEIGHT:
        return True
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    raw.FPDFText_GetFontInfo(text_page, index, name, len(name), flags)
    return b"bold" in name.value.lower() or b"black" in name.value.lower()


def _without_margins(lines: Sequence[Line], pages: int) -> Iterator[Line]:
    """Less what stands at the top or the bottom of most pages, but for its number: titles, page numbers."""
    edges: dict[tuple[int, str], set[int]] = {}
    firsts = {index for index, line in enumerate(lines) if not index or lines[index - 1].page != line.page}
    lasts = {index - 1 for index in firsts if index} | {len(lines) - 1}
    for index in firsts | lasts:
        edges.setdefault((index in lasts, _pattern(lines[index])), set()).add(lines[index].page)
    often = {
        edge for edge, on in edges.items() if pages >= _FEWEST_PAGES and len(on) >= _REPEATED_SHARE * pages
    }
    for index, line in enumerate(lines):
        at_edge = index in firsts or index in lasts
        repeated = (index in lasts, _pattern(line)) in often or (
            index in firsts and (False, _pattern(line)) in often
        )
        if not (at_edge and (repeated or (pages > 1 and _PAGE_NUMBER.fullmatch(line.text)))):
            yield line


def _pattern(line: Line) -> str:
    return re.sub(r"\d+", "0", line.text.lower())


def _markdown(lines: Sequence[Line]) -> str:
    body = _body_size(lines)
    sizes = sorted({line.size for line in lines if line.size >= body * _LARGER}, reverse=True)
    levels = {size: min(level, 4) for level, size in enumerate(sizes, 1)}
    all_bold = sum(line.bold for line in lines) > len(lines) / 2
    width = max(line.right for line in lines)
    writer = Writer()
    for block in _blocks(lines, levels, width, all_bold=all_bold):
        level = _level(block[0], levels, all_bold=all_bold)
        _write(writer, _joined(block, 0 if level else _SHORT_SHARE * width), level)
    return writer.text()


def _write(writer: Writer, text: str, level: int) -> None:
    if level:
        writer.heading(level, [Run(text)])
    elif found := _BULLET.match(text):
        writer.item(0, None, [Run(text[found.end() :])])
    elif found := _NUMBERED.match(text):
        writer.item(0, int(found[1]), [Run(text[found.end() :])])
    else:
        writer.paragraph([Run(text)])


def _body_size(lines: Sequence[Line]) -> float:
    signs: Counter[float] = Counter()
    for line in lines:
        signs[line.size] += len(line.text)
    return signs.most_common(1)[0][0]


def _blocks(
    lines: Sequence[Line], levels: Mapping[float, int], width: float, *, all_bold: bool
) -> Iterator[list[Line]]:
    """Lines that belong together: a paragraph, an item of a list, a heading."""
    block: list[Line] = []
    above = 0
    for line in lines:
        level = _level(line, levels, all_bold=all_bold)
        if block and _begins(block[-1], line, width, same_level=level == above):
            yield block
            block = []
        block.append(line)
        above = level
    yield block


def _begins(before: Line, line: Line, width: float, *, same_level: bool) -> bool:
    """The line is the first of a block of its own."""
    if not same_level or _BULLET.match(line.text) or _NUMBERED.match(line.text):
        return True
    ended = before.text.endswith(_SENTENCE_END)
    if line.page != before.page:
        return ended or not line.text[0].islower()
    height = max(line.top - line.bottom, before.top - before.bottom, 1.0)
    if not -0.5 * height < before.bottom - line.top < 0.9 * height:
        return True
    return ended and before.right < 0.8 * width


def _level(line: Line, levels: Mapping[float, int], *, all_bold: bool) -> int:
    """0: no heading."""
    if len(line.text) > _LONGEST_HEADING:
        return 0
    if line.size in levels:
        return levels[line.size]
    stands_out = line.bold and not all_bold and not line.text.endswith((".", ",", ";"))
    return min(max(levels.values(), default=0) + 1, 5) if stands_out else 0


def _joined(block: Sequence[Line], short: float) -> str:
    """One line, and another after each that ends before `short` as rows do; a word cut at a line's end is whole."""
    text = block[0].text
    for before, line in itertools.pairwise(block):
        row = before.right < short and not line.text[0].islower()
        text += f"\n{line.text}" if row else f" {line.text}"
    return _CUT_WORD.sub("", text)
