"""Our styles as WhatsApp's marks, so that WhatsApp shows what was meant and never more than was said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content import Entity, Style
from handlers.channels.whatsapp_format import formatted, units

MOST = 4096


def styled(text: str, *spans: tuple[Style, str] | tuple[Style, str, str]) -> str:
    """`spans` are (style, the words it covers, url)."""
    entities = []
    for style, words, *url in spans:
        offset = units(text[: text.index(words)])
        entities.append(Entity(style, offset, units(words), *url))
    return formatted(text, entities, MOST)


B, I, S, C, P, Q, L = (  # noqa: E741
    Style.BOLD,
    Style.ITALIC,
    Style.STRIKETHROUGH,
    Style.CODE,
    Style.PRE,
    Style.QUOTE,
    Style.LINK,
)


@pytest.mark.parametrize(
    ("text", "spans", "shown"),
    [
        ("plain", [], "plain"),
        ("a bold word", [(B, "bold")], "a *bold* word"),
        ("all", [(B, "all")], "*all*"),
        ("it is", [(I, "it")], "_it_ is"),
        ("not this", [(S, "not")], "~not~ this"),
        ("run x=1 now", [(C, "x=1")], "run ```x=1``` now"),
        ("a\nb\nc", [(P, "a\nb")], "```a\nb```\nc"),
        ("😀 bold 👍🏽 on", [(B, "bold")], "😀 *bold* 👍🏽 on"),
        ("👨‍👩‍👧 x", [(B, "x")], "👨‍👩‍👧 *x*"),
        (" spaced  out ", [(B, " spaced ")], " *spaced*  out "),
        ("a   b", [(B, "   ")], "a   b"),
        ("two\nlines here", [(B, "two\nlines")], "*two*\n*lines* here"),
        ("(bold)", [(B, "bold")], "(*bold*)"),
        ("unbelievable", [(B, "believ")], "unbelievable"),
        ("2*3 is six", [(B, "2*3")], "2*3 is six"),
        ("both", [(B, "both"), (I, "both")], "*_both_*"),
        ("a b c", [(B, "a b c"), (I, "b")], "*a _b_ c*"),
        ("a b c", [(I, "b"), (B, "a b c")], "*a _b_ c*"),
        ("aa bb cc", [(B, "aa bb"), (I, "bb cc")], "*aa _bb_* _cc_"),
        ("a b", [(C, "a b"), (B, "b")], "```a b```"),
        ("under spoiler", [(Style.UNDERLINE, "under"), (Style.SPOILER, "spoiler")], "under spoiler"),
        ("see here now", [(L, "here", "https://x.se/a")], "see here (https://x.se/a) now"),
        ("see here", [(B, "here"), (L, "here", "https://x.se")], "see *here* (https://x.se)"),
        ("https://x.se/", [(L, "https://x.se/", "https://x.se")], "https://x.se/"),
        ("x.se", [(L, "x.se", "https://x.se/")], "x.se"),
        ("a@b.se", [(L, "a@b.se", "mailto:a@b.se")], "a@b.se"),
        ("Bo", [(L, "Bo", "tg://user?id=7")], "Bo"),
        ("code", [(C, "code"), (L, "code", "https://x.se")], "```code```"),
        ("one\ntwo\nthree", [(Q, "one\ntwo")], "> one\n> two\nthree"),
        ("say: one", [(Q, "one")], "say: \n> one"),
        ("say: one, ok", [(Q, "one")], "say: \n> one\n, ok"),
        ("one two", [(Q, "one two"), (B, "two")], "> one *two*"),
    ],
)
def test_styles_become_marks_that_whatsapp_shows(
    text: str, spans: list[tuple[Style, str]], shown: str
) -> None:
    assert styled(text, *spans) == shown


def test_what_would_grow_too_long_loses_its_marks_and_then_its_links() -> None:
    text = "bold link"
    entities = [Entity(B, 0, 4), Entity(L, 5, 4, "https://x.se")]
    assert formatted(text, entities, 100) == "*bold* link (https://x.se)"
    assert formatted(text, entities, 25) == "bold link (https://x.se)"
    assert formatted(text, entities, 9) == "bold link"


def test_units_count_as_utf_16_does() -> None:
    for text in ("", "a", "å", "😀", "👨‍👩‍👧‍👦", "a😀b"):
        assert units(text) == len(text.encode("utf-16-le")) // 2


ENTITIES = st.builds(
    Entity,
    style=st.sampled_from(Style),
    offset=st.integers(-3, 40),
    length=st.integers(-3, 40),
    url=st.sampled_from(["", "https://x.se", "tg://user?id=1"]),
)


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="ab *_~`\n😀å>", max_size=30), st.lists(ENTITIES, max_size=6), st.integers(0, 60))
def test_whatever_the_entities_no_character_is_lost_or_moved(
    text: str, entities: list[Entity], spare: int
) -> None:
    most = units(text) + spare
    shown = formatted(text, entities, most)
    assert units(shown) <= most
    rest = iter(shown)
    assert all(char in rest for char in text)
    marks = set("*_~`> \n()") | set("https://x.se")
    assert all(char in marks or char in text for char in shown)
