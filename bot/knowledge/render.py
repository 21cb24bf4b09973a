"""Markdown becomes what a message can carry: plain text and styled stretches of it."""

import html
import re
from collections.abc import Callable
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.content import Content, Entity, Style

_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_LINKABLE = ("https://", "http://", "mailto:", "tel:")
_STYLES = {"strong": Style.BOLD, "em": Style.ITALIC, "s": Style.STRIKETHROUGH, "blockquote": Style.QUOTE}


@lru_cache(maxsize=1024)
def render(markdown: str) -> Content:
    """Plain text with entities, their offsets in UTF-16 units. Of HTML only the words stay."""
    page = _Page()
    for token in _MARKDOWN.parse(markdown):
        page.take(token)
    return page.content()


class _Page:
    """The text so far, and the styles that are still open."""

    def __init__(self) -> None:
        self._text = ""
        self._length = 0
        self._gap = ""
        self._entities: list[Entity] = []
        self._open: list[tuple[Style, int, str]] = []
        self._lists: list[int | None] = []
        self._marker = ""
        self._cells = 0
        self._columns: list[str] = []
        self._in_header = False

    def content(self) -> Content:
        whole = [entity for entity in self._entities if entity.length > 0]
        return Content(self._text, tuple(sorted(whole, key=lambda entity: (entity.offset, -entity.length))))

    def take(self, token: Token) -> None:
        name, _, side = token.type.rpartition("_")
        turn = _TURNS.get(token.type)
        if turn:
            turn(self, token)
        elif name in _STYLES:
            if side == "open":
                self._begin(_STYLES[name])
            else:
                self._end(_STYLES[name])
        if name == "blockquote":
            self._gap = self._gap or "\n\n"

    def _write(self, text: str) -> None:
        if not text:
            return
        if self._in_header:
            self._columns[-1] += text
            return
        if self._gap and self._text:
            self._add(self._gap)
        self._gap = ""
        if self._marker:
            marker, self._marker = self._marker, ""
            self._add(marker)
        self._open = [(style, self._length if start < 0 else start, url) for style, start, url in self._open]
        self._add(text)

    def _add(self, text: str) -> None:
        self._text += text
        self._length += len(text.encode("utf-16-le")) // 2

    def _begin(self, style: Style, url: str = "") -> None:
        self._open.append((style, -1, url))

    def _end(self, style: Style) -> None:
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index][0] is style:
                _, start, url = self._open.pop(index)
                if start >= 0:
                    self._entities.append(Entity(style, start, self._length - start, url))
                return

    def _inline(self, token: Token) -> None:
        for child in token.children or []:
            self.take(child)

    def _text_token(self, token: Token) -> None:
        self._write(token.content)

    def _line_break(self, _: Token) -> None:
        self._write("\n")

    def _soft_break(self, _: Token) -> None:
        self._write(" ")

    def _code(self, token: Token) -> None:
        self._begin(Style.CODE)
        self._write(token.content)
        self._end(Style.CODE)

    def _code_block(self, token: Token) -> None:
        self._paragraph(token)
        self._begin(Style.PRE)
        self._write(token.content.rstrip("\n"))
        self._end(Style.PRE)
        self._gap = "\n\n"

    def _link(self, token: Token) -> None:
        url = str(token.attrGet("href") or "")
        if url.lower().startswith(_LINKABLE):
            self._begin(Style.LINK, url)

    def _link_end(self, _: Token) -> None:
        self._end(Style.LINK)

    def _html(self, token: Token) -> None:
        if re.fullmatch(r"<br\s*/?>", token.content.strip(), re.IGNORECASE):
            return self._write("\n")
        if token.type == "html_inline":
            return None
        words = html.unescape(_TAG.sub("", token.content)).strip()
        if words:
            self._paragraph(token)
            self._write(words)
            self._gap = "\n\n"
        return None

    def _heading(self, token: Token) -> None:
        self._paragraph(token)
        self._begin(Style.BOLD)

    def _heading_end(self, token: Token) -> None:
        self._end(Style.BOLD)
        self._paragraph_end(token)

    def _paragraph(self, _: Token) -> None:
        if not self._marker:
            self._gap = self._gap or "\n\n"

    def _paragraph_end(self, token: Token) -> None:
        self._gap = "\n" if token.hidden else "\n\n"

    def _list(self, token: Token) -> None:
        ordered = token.type.startswith("ordered")
        self._gap = "\n" if self._lists else "\n\n"
        self._lists.append(int(token.attrGet("start") or 1) if ordered else None)

    def _list_end(self, _: Token) -> None:
        self._lists.pop()
        self._gap = "\n" if self._lists else "\n\n"

    def _item(self, _: Token) -> None:
        number = self._lists[-1]
        indent = "  " * (len(self._lists) - 1)
        self._marker = f"{indent}• " if number is None else f"{indent}{number}. "
        if number is not None:
            self._lists[-1] = number + 1

    def _item_end(self, _: Token) -> None:
        self._marker, self._gap = "", "\n"

    # A chat is too narrow for columns: each row becomes its first cell, then "column: cell" for the others.

    def _table(self, _: Token) -> None:
        self._columns = []

    def _row(self, _: Token) -> None:
        self._gap, self._cells = self._gap or "\n", 0

    def _row_end(self, _: Token) -> None:
        self._gap = "\n" if self._cells else self._gap

    def _heading_cell(self, _: Token) -> None:
        self._in_header = True
        self._columns.append("")

    def _heading_cell_end(self, _: Token) -> None:
        self._in_header = False

    def _cell(self, _: Token) -> None:
        self._cells += 1
        if self._cells == 1:
            if len(self._columns) == 1:
                self._write(self._columns.pop() + "\n")
                self._gap = ""
            self._begin(Style.BOLD)
            return
        name = self._columns[self._cells - 1] if self._cells <= len(self._columns) else ""
        self._gap = ""
        self._write("\n" if self._cells == 2 else " · ")
        self._write(f"{name}: " if name else "")

    def _cell_end(self, _: Token) -> None:
        if self._cells == 1:
            self._end(Style.BOLD)

    def _table_end(self, _: Token) -> None:
        self._gap, self._cells = "\n\n", 0


_TURNS: dict[str, Callable[[_Page, Token], None]] = {
    "inline": _Page._inline,
    "text": _Page._text_token,
    "text_special": _Page._text_token,
    "image": _Page._text_token,
    "hardbreak": _Page._line_break,
    "softbreak": _Page._soft_break,
    "code_inline": _Page._code,
    "fence": _Page._code_block,
    "code_block": _Page._code_block,
    "link_open": _Page._link,
    "link_close": _Page._link_end,
    "html_inline": _Page._html,
    "html_block": _Page._html,
    "heading_open": _Page._heading,
    "heading_close": _Page._heading_end,
    "paragraph_open": _Page._paragraph,
    "paragraph_close": _Page._paragraph_end,
    "bullet_list_open": _Page._list,
    "ordered_list_open": _Page._list,
    "bullet_list_close": _Page._list_end,
    "ordered_list_close": _Page._list_end,
    "list_item_open": _Page._item,
    "list_item_close": _Page._item_end,
    "table_open": _Page._table,
    "tr_open": _Page._row,
    "tr_close": _Page._row_end,
    "th_open": _Page._heading_cell,
    "th_close": _Page._heading_cell_end,
    "td_open": _Page._cell,
    "td_close": _Page._cell_end,
    "table_close": _Page._table_end,
}
