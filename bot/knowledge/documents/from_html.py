"""A page of HTML in Markdown: its headings, words, lists, tables and links, and nothing that a reader does not see."""

import codecs
import re
from html.parser import HTMLParser

from bot.knowledge.documents.marks import Document, Run, Unfit, Writer, inline

_UNSEEN = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "math",
        "iframe",
        "object",
        "embed",
        "head",
        "nav",
        "footer",
        "form",
        "button",
        "select",
        "textarea",
        "dialog",
        "audio",
        "video",
        "canvas",
    ]
)
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "header",
        "html",
        "main",
        "p",
        "section",
        "table",
        "tbody",
        "thead",
        "tr",
        "ul",
        "ol",
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CLOSES = {
    "p": ("p",),
    "li": ("li",),
    "dt": ("dt", "dd"),
    "dd": ("dt", "dd"),
    "tr": ("tr",),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "option": ("option",),
}
"""What an opening tag ends that nobody closed."""
_HIDDEN = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|em|pt)?\s*(?:;|$))", re.I
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.I)
_DEEPEST = 200


def read_html(content: bytes) -> Document:
    """Raises Unfit."""
    page = _Page()
    page.feed(_decoded(content))
    page.close()
    return page.document()


def _decoded(content: bytes) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return content.decode(name, "replace")
    named = _CHARSET.search(content[:4096])
    try:
        return content.decode(named[1].decode() if named else "utf-8")
    except (LookupError, UnicodeDecodeError):
        pass
    if b"\0" in content:
        raise Unfit("is not a text (it holds zero bytes); save it as UTF-8")
    return content.decode("cp1252", "replace")


class _Page(HTMLParser):
    """Two texts at once: all that is seen, and what stands in `main` alone, if there is such a part."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._all, self._main = Writer(), Writer()
        self._open: list[tuple[str, bool]] = []
        self._unseen = self._in_main = self._in_pre = self._in_title = 0
        self._has_main = False
        self._runs: list[Run] = []
        self._block = ""
        self._links: list[str] = []
        self._lists: list[int | None] = []
        self._rows: list[list[list[str]]] = []
        self._level = 1
        self._title, self._language = "", ""

    def document(self) -> Document:
        self._flush()
        text = (self._main if self._has_main else self._all).text()
        return Document(text or self._all.text(), " ".join(self._title.split()), self._language)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "html":
            self._language = said.get("lang", "").partition("-")[0].lower()
        if tag in _VOID:
            self._void(tag)
            return
        self._end_unclosed(tag)
        if len(self._open) >= _DEEPEST:
            raise Unfit(f"nests more than {_DEEPEST} elements")
        hides = (
            tag in _UNSEEN
            or "hidden" in said
            or said.get("aria-hidden") == "true"
            or bool(_HIDDEN.search(said.get("style", "")))
        )
        self._open.append((tag, hides))
        self._unseen += hides
        self._in_title += tag == "title"
        if not self._unseen:
            self._begin(tag, said)

    def _begin(self, tag: str, said: dict[str, str]) -> None:
        if tag in _HEADINGS or tag in _BLOCKS or tag in ("li", "pre", "summary"):
            self._flush()
        if tag in ("main", "article"):
            self._in_main += 1
            self._has_main = True
        elif tag == "a":
            self._links.append(said.get("href", "").strip())
        elif tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "table":
            self._rows.append([])
        elif tag == "tr" and self._rows:
            self._rows[-1].append([])
        elif tag == "pre":
            self._in_pre += 1
        if tag in _HEADINGS or tag in ("li", "pre", "summary"):
            self._block = tag

    def handle_endtag(self, tag: str) -> None:
        if tag in (name for name, _ in self._open):
            while self._close() != tag:
                pass

    def _end_unclosed(self, tag: str) -> None:
        for name, _ in reversed(self._open[-8:]):
            if name in ("ul", "ol", "table", "dl") or name in _HEADINGS:
                return
            if name in _CLOSES.get(tag, ()):
                self.handle_endtag(name)
                return

    def _close(self) -> str:
        tag, hid = self._open.pop()
        if not self._unseen:
            self._end(tag)
        self._unseen -= hid
        self._in_title -= tag == "title"
        return tag

    def _end(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell()
        elif tag in _HEADINGS or tag in _BLOCKS or tag in ("li", "pre", "summary"):
            self._flush()
        if tag in ("main", "article"):
            self._in_main -= 1
        elif tag == "a" and self._links:
            self._links.pop()
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "pre":
            self._in_pre -= 1
        elif tag == "table" and self._rows:
            self._table(self._rows.pop())

    def _void(self, tag: str) -> None:
        if tag == "br" and not self._unseen:
            self._runs.append(Run("\n"))
        elif tag == "hr" and not self._unseen:
            self._flush()

    def handle_data(self, data: str) -> None:
        if self._in_title and not self._title.strip():
            self._title += data[:300]
        if self._unseen:
            return
        names = {name for name, _ in self._open}
        text = data if self._in_pre else re.sub(r"\s+", " ", data)
        bold, italic = bool(names & {"b", "strong", "dt"}), bool(names & {"i", "em"})
        self._runs.append(Run(text, bold, italic, self._links[-1] if self._links else ""))

    def _flush(self) -> None:
        runs, self._runs = self._runs, []
        block, self._block = self._block, ""
        if not any(run.text.strip() for run in runs):
            self._block = block if block == "li" else ""
            return
        if self._rows:
            self._into_cell(runs)
            return
        for writer in (self._all, *([self._main] if self._in_main else [])):
            self._write(writer, block, runs)
        if block in _HEADINGS:
            self._level = _HEADINGS[block]
        if block == "li" and self._lists and self._lists[-1] is not None:
            self._lists[-1] += 1

    def _write(self, writer: Writer, block: str, runs: list[Run]) -> None:
        if block in _HEADINGS:
            writer.heading(_HEADINGS[block], runs)
        elif block == "summary":  # questions that fold out
            writer.heading(self._level + 1, runs)
        elif block == "li":
            writer.item(max(len(self._lists) - 1, 0), self._lists[-1] if self._lists else None, runs)
        elif block == "pre":
            writer.code("".join(run.text for run in runs))
        else:
            writer.paragraph(runs)

    def _into_cell(self, runs: list[Run]) -> None:
        """A cell's paragraphs become one line of it."""
        if not self._rows[-1]:
            self._rows[-1].append([])
        self._runs = [*runs, Run(" ")]

    def _cell(self) -> None:
        runs, self._runs = self._runs, []
        if self._rows:
            if not self._rows[-1]:
                self._rows[-1].append([])
            self._rows[-1][-1].append(inline(runs))

    def _table(self, rows: list[list[str]]) -> None:
        self._runs = []
        if self._rows:  # a table in a cell
            self._runs = [Run(" ".join(cell for row in rows for cell in row))]
            return
        for writer in (self._all, *([self._main] if self._in_main else [])):
            writer.table(rows)
