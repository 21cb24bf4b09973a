"""A Word document in Markdown: what stands in its body; no comments, no deleted and no hidden words."""

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from xml.etree import ElementTree

from bot.knowledge.documents.marks import Document, Run, Unfit, Writer, inline

MOST_ENTRIES, MOST_XML_BYTES = 5_000, 30_000_000
_PASSED_OVER = frozenset(
    ("del", "moveFrom", "Fallback", "drawing", "pict", "object", "instrText", "rPr", "pPr")
)
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
)  # fmt: skip
"""What zipfile may raise at an archive that was broken on purpose, or is locked."""
_LONGEST_BOLD = 120
_OFF = ("0", "false", "off", "none")
_HEADING_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
Element = ElementTree.Element


def read_docx(content: bytes) -> Document:
    """Raises Unfit."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if len(archive.infolist()) > MOST_ENTRIES:
                raise Unfit(f"holds more than {MOST_ENTRIES:,} parts")
            parts = _Parts(archive)
    except _BROKEN as error:
        raise Unfit("is no Word document, or a broken or locked one; save it again as DOCX") from error
    return Document(_Body(parts).text())


class _Plain(ElementTree.TreeBuilder):
    """Elements and attributes by their own names, without namespaces; no document type, so no entities."""

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        return super().start(_name(tag), {_name(name): value for name, value in attrs.items()})

    def end(self, tag: str, /) -> Element:
        return super().end(_name(tag))

    def doctype(self, *_: object) -> None:
        raise Unfit("declares a document type, which no Word document does")


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]


class _Parts:
    """The files in the document that we read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        body = self._xml("word/document.xml")
        found = body.find("body") if body is not None else None
        if found is None:
            raise Unfit("is no Word document; save it as DOCX")
        self.body = found
        self.styles = _styles(self._xml("word/styles.xml"))
        self.numbering = _numbering(self._xml("word/numbering.xml"))
        self.links = _links(self._xml("word/_rels/document.xml.rels"))

    def _xml(self, name: str) -> Element | None:
        try:
            with self._archive.open(name) as part:
                content = part.read(MOST_XML_BYTES + 1)
        except KeyError:
            return None
        if len(content) > MOST_XML_BYTES:
            raise Unfit(f"unpacks to more than {MOST_XML_BYTES // 1_000_000} MB")
        try:
            parser = ElementTree.XMLParser(target=_Plain())  # noqa: S314 (it refuses document types)
            parser.feed(content)
            root: Element = parser.close()
        except ElementTree.ParseError as error:
            raise Unfit("is a broken Word document; save it again as DOCX") from error
        return root


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    based_on: str
    level: int
    """0: no heading."""
    numbering: tuple[str, int] | None


def _styles(root: Element | None) -> dict[str, _Style]:
    styles = {}
    for one in root.findall("style") if root is not None else ():
        name = _value(one.find("name"))
        known = _HEADING_NAME.fullmatch(name)
        properties = one.find("pPr")
        level = int(known[1]) if known else _outline(properties)
        style = _Style(name.lower(), _value(one.find("basedOn")), level, _numbered(properties))
        styles[one.get("styleId", "")] = style
    return styles


def _outline(properties: Element | None) -> int:
    """1 for the outermost; 0 for no heading."""
    written = _value(properties.find("outlineLvl")) if properties is not None else ""
    return int(written) + 1 if written.isdecimal() and int(written) < 9 else 0


def _numbered(properties: Element | None) -> tuple[str, int] | None:
    found = properties.find("numPr") if properties is not None else None
    if found is None:
        return None
    depth = _value(found.find("ilvl"))
    return _value(found.find("numId")), int(depth) if depth.isdecimal() else 0


def _numbering(root: Element | None) -> dict[tuple[str, int], bool]:
    """For each list and depth whether it counts."""
    if root is None:
        return {}
    abstract = {
        (one.get("abstractNumId", ""), int(level.get("ilvl", "0"))): _value(level.find("numFmt"))
        for one in root.findall("abstractNum")
        for level in one.findall("lvl")
        if level.get("ilvl", "0").isdecimal()
    }
    return {
        (number.get("numId", ""), depth): form not in ("bullet", "none", "")
        for number in root.findall("num")
        for (name, depth), form in abstract.items()
        if name == _value(number.find("abstractNumId"))
    }


def _links(root: Element | None) -> dict[str, str]:
    return {one.get("Id", ""): one.get("Target", "") for one in root or ()}


def _value(element: Element | None) -> str:
    return element.get("val", "") if element is not None else ""


def _is_on(properties: Element | None, name: str) -> bool:
    found = properties.find(name) if properties is not None else None
    return found is not None and found.get("val", "1").lower() not in _OFF


@dataclass
class _Body:
    parts: _Parts
    writer: Writer = field(default_factory=Writer)
    counted: Counter[tuple[str, int]] = field(default_factory=Counter)

    bold_heads: bool = False
    """No paragraph is a heading by its style: short bold ones are meant as such."""

    def text(self) -> str:
        styles = [(one, self._style_of(one)) for one in self.parts.body.iter("p")]
        has_title = any(style.name == "title" for _, style in styles)
        self.bold_heads = not any(self._level(one, style) for one, style in styles)
        for block in self._blocks(self.parts.body):
            if block.tag == "tbl":
                self.writer.table(
                    [[self._cell(cell) for cell in row.iter("tc")] for row in block.findall("tr")]
                )
            else:
                self._paragraph(block, below=int(has_title))
        return self.writer.text()

    def _blocks(self, parent: Element) -> Iterator[Element]:
        for child in parent:
            if child.tag in ("p", "tbl"):
                yield child
            elif child.tag not in _PASSED_OVER:
                yield from self._blocks(child)

    def _paragraph(self, paragraph: Element, below: int) -> None:
        runs = list(self._runs(paragraph))
        style = self._style_of(paragraph)
        level = self._level(paragraph, style) or (self.bold_heads and _is_bold_line(runs))
        if style.name.startswith("toc "):
            return
        if style.name == "title":
            self.writer.heading(1, runs)
        elif level:
            self.writer.heading(level + below, runs)
        elif listed := self._listed(paragraph, style):
            self._item(listed, runs)
        else:
            self.writer.paragraph(runs)

    def _item(self, listed: tuple[str, int], runs: list[Run]) -> None:
        number, depth = listed
        counts = self.parts.numbering.get(listed, False)
        self.counted[listed] += bool(inline(runs))
        for deeper in range(depth + 1, 9):
            self.counted.pop((number, deeper), None)
        self.writer.item(depth, self.counted[listed] if counts else None, runs)

    def _cell(self, cell: Element) -> str:
        return " ".join(inline(self._runs(paragraph)) for paragraph in cell.iter("p"))

    def _style_of(self, paragraph: Element) -> _Style:
        properties = paragraph.find("pPr")
        name = _value(properties.find("pStyle")) if properties is not None else ""
        return self.parts.styles.get(name, _Style("", "", 0, None))

    def _level(self, paragraph: Element, style: _Style) -> int:
        level = _outline(paragraph.find("pPr"))
        for one in self._with_bases(style):
            level = level or one.level
        return level

    def _listed(self, paragraph: Element, style: _Style) -> tuple[str, int] | None:
        listed = _numbered(paragraph.find("pPr"))
        for one in self._with_bases(style):
            listed = listed or one.numbering
        return listed if listed and listed[0] not in ("", "0") else None

    def _with_bases(self, style: _Style) -> Iterator[_Style]:
        for _ in range(10):
            yield style
            if style.based_on not in self.parts.styles:
                return
            style = self.parts.styles[style.based_on]

    def _runs(self, element: Element, link: str = "") -> Iterator[Run]:
        for child in element:
            if child.tag == "r":
                yield from self._run(child, link)
            elif child.tag == "hyperlink":
                yield from self._runs(child, self.parts.links.get(child.get("id", ""), ""))
            elif child.tag not in _PASSED_OVER and child.tag != "p":
                yield from self._runs(child, link)

    def _run(self, run: Element, link: str) -> Iterator[Run]:
        properties = run.find("rPr")
        if _is_on(properties, "vanish"):
            return
        style = (_is_on(properties, "b"), _is_on(properties, "i"), link)
        for child in run:
            said = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}.get(child.tag, "")
            text = child.text or "" if child.tag == "t" else said
            if text:
                yield Run(text, *style)


def _is_bold_line(runs: list[Run]) -> bool:
    said = [run for run in runs if run.text.strip()]
    words = "".join(run.text for run in said).strip()
    whole = bool(said) and all(run.bold for run in said)
    return whole and len(words) <= _LONGEST_BOLD and "\n" not in words and not words.endswith((".", ",", ";"))
