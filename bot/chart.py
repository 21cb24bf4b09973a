"""The week as a picture: people look rather than read. Drawn at twice the size and made smaller, so that it is smooth."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

WIDTH, HEIGHT, TWICE = 1000, 560, 2
LEFT, RIGHT, TOP, BOTTOM = 56, 28, 196, 92
PAPER, INK, FAINT, LINE = "#ffffff", "#1f2933", "#7b8794", "#e4e7eb"
BOT, STAFF = "#2f6fdd", "#f2994a"
LABELLED = 16
"""More days than this are not each named."""


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    lower: int
    upper: int


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    subtitle: str
    tiles: tuple[tuple[str, str], ...]
    """A figure and what it is, each."""
    bars: tuple[Bar, ...]
    lower: str
    """What the lower part of a bar is, and the upper."""
    upper: str


class _Pen:
    """Draws in the final picture's measures."""

    def __init__(self, draw: "ImageDraw") -> None:
        self._draw = draw

    def box(
        self, left: float, top: float, right: float, bottom: float, colour: str, round_by: float = 0
    ) -> None:
        """At least a line high: what is little is still something."""
        corners = [value * TWICE for value in (left, top, right, max(bottom, top + 1))]
        self._draw.rounded_rectangle(corners, radius=round_by * TWICE, fill=colour)

    def line(self, left: float, y: float, right: float) -> None:
        self._draw.line([left * TWICE, y * TWICE, right * TWICE, y * TWICE], fill=LINE, width=TWICE)

    def text(self, x: float, y: float, words: str, size: int, colour: str = INK, anchor: str = "la") -> None:
        """The font has no accents, so they are set on their letters here."""
        from PIL import ImageFont

        font, plain = ImageFont.load_default(size * TWICE), _plain(words)
        bare = "".join(letter for letter, _ in plain)
        self._draw.text((x * TWICE, y * TWICE), bare, fill=colour, font=font, anchor=anchor)
        left, top, *_ = self._draw.textbbox((x * TWICE, y * TWICE), "x", font=font, anchor=f"l{anchor[1]}")
        start = left - font.getbbox("x")[0] - {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]] * font.getlength(bare)
        base = top - font.getbbox("x")[1]
        for place, (letter, mark) in enumerate(plain):
            if mark:
                begin = start + font.getlength(bare[:place])
                box = font.getbbox(letter)
                MARKS[mark](
                    self._draw, (begin + box[0], base + box[1], begin + box[2], base + box[3]), size, colour
                )

    def width(self, words: str, size: int) -> float:
        from PIL import ImageFont

        bare = "".join(letter for letter, _ in _plain(words))
        return float(ImageFont.load_default(size * TWICE).getlength(bare)) / TWICE


def _plain(words: str) -> list[tuple[str, str]]:
    """Each letter as the font has it, and the mark that belongs on it."""
    found: list[tuple[str, str]] = []
    for sign in words:
        instead = INSTEAD.get(sign, sign)
        decomposed = unicodedata.normalize("NFD", instead[0])
        letter, marks = decomposed[0], decomposed[1:]
        mark = next((mark for mark in marks if mark in MARKS), "")
        found.append((letter if letter < "\u024f" or letter in "“”" else "?", instead[1:] or mark))
    return [(part, mark) for letter, mark in found for part, mark in _parts(letter, mark)]


def _parts(letter: str, mark: str) -> list[tuple[str, str]]:
    """Two letters where one stands for both."""
    return [(part, "") for part in PAIRS[letter]] if letter in PAIRS else [(letter, mark)]


Box = tuple[float, float, float, float]
"""Left, top, right, bottom of a letter."""


def _dots(draw: "ImageDraw", box: Box, size: int, colour: str) -> None:
    middle, y, radius = (box[0] + box[2]) / 2, box[1] - size * 0.28, size * 0.13
    for x in (middle - size * 0.24, middle + size * 0.24):
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)


def _ring(draw: "ImageDraw", box: Box, size: int, colour: str) -> None:
    middle, radius = (box[0] + box[2]) / 2, size * 0.24
    y = box[1] - size * 0.33
    draw.ellipse(
        [middle - radius, y - radius, middle + radius, y + radius],
        outline=colour,
        width=max(2, round(size * 0.1)),
    )


def _slash(draw: "ImageDraw", box: Box, size: int, colour: str) -> None:
    reach = size * 0.08
    draw.line(
        [box[0] + reach, box[3] + reach, box[2] - reach, box[1] - reach],
        fill=colour,
        width=max(2, round(size * 0.12)),
    )


def _acute(draw: "ImageDraw", box: Box, size: int, colour: str) -> None:
    middle, y = (box[0] + box[2]) / 2, box[1] - size * 0.18
    draw.line(
        [middle - size * 0.1, y, middle + size * 0.2, y - size * 0.34], fill=colour, width=round(size * 0.15)
    )


MARKS: dict[str, Callable[["ImageDraw", Box, int, str], None]] = {
    "\u0308": _dots,
    "\u030a": _ring,
    "\u0301": _acute,
    "\u0300": _acute,
    "/": _slash,
}
INSTEAD = {"ø": "o/", "Ø": "O/", "–": "-", "—": "-", "’": "'", "«": "“", "»": "”"}
PAIRS = {"æ": "ae", "Æ": "AE", "ß": "ss"}


def draw(chart: Chart) -> bytes:
    """A PNG."""
    from PIL import Image, ImageDraw  # most of a tenth of a second, and needed once a week

    image = Image.new("RGB", (WIDTH * TWICE, HEIGHT * TWICE), PAPER)
    pen = _Pen(ImageDraw.Draw(image))
    pen.text(LEFT, 26, chart.title, 26)
    pen.text(LEFT, 62, chart.subtitle, 15, FAINT)
    _tiles(pen, chart.tiles)
    _bars(pen, chart.bars)
    _legend(pen, ((BOT, chart.lower), (STAFF, chart.upper)))
    small = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    file = BytesIO()
    small.save(file, "PNG", optimize=True)
    return file.getvalue()


def _tiles(pen: _Pen, tiles: Sequence[tuple[str, str]]) -> None:
    room = (WIDTH - LEFT - RIGHT) / max(len(tiles), 1)
    for place, (figure, words) in enumerate(tiles):
        pen.text(LEFT + place * room, 98, figure, 34 if pen.width(figure, 34) < room - 12 else 24)
        pen.text(LEFT + place * room, 144, words, 14, FAINT)


def _bars(pen: _Pen, bars: Sequence[Bar]) -> None:
    floor, height = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    step = _step(max((bar.lower + bar.upper for bar in bars), default=0))
    top = step * max(1, -(-max((bar.lower + bar.upper for bar in bars), default=1) // step))
    for value in range(0, top + 1, step):
        y = floor - height * value / top
        pen.line(LEFT, y, WIDTH - RIGHT)
        pen.text(LEFT - 12, y, str(value), 13, FAINT, "rm")
    room = (WIDTH - LEFT - RIGHT) / max(len(bars), 1)
    every = max(1, len(bars) // LABELLED + (len(bars) > LABELLED))
    for place, bar in enumerate(bars):
        middle, half = LEFT + (place + 0.5) * room, min(room * 0.32, 44)
        split = floor - height * bar.lower / top
        if bar.lower:
            pen.box(middle - half, split, middle + half, floor, BOT, 3)
        if bar.upper:
            pen.box(middle - half, split - height * bar.upper / top, middle + half, split - 1, STAFF, 3)
        if place % every == 0:
            pen.text(middle, floor + 12, bar.label, 14, INK, "ma")


def _step(most: int) -> int:
    """The distance of the lines: 1, 2 or 5 times a power of ten, five lines at the most."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if factor * size * 5 >= most:
                return factor * size
        size *= 10


def _legend(pen: _Pen, entries: Sequence[tuple[str, str]]) -> None:
    x, y = float(LEFT), HEIGHT - 34
    for colour, words in entries:
        pen.box(x, y, x + 14, y + 14, colour, 3)
        pen.text(x + 22, y + 7, words, 15, INK, "lm")
        x += 22 + pen.width(words, 15) + 36
