"""What a customer sees of an article's Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content import Content, Style
from bot.knowledge.render import render


def styled(content: Content) -> list[tuple[Style, str]]:
    """Each entity's style and the words it covers, cut as a platform cuts them: by UTF-16 units."""
    units = content.text.encode("utf-16-le")
    return [
        (entity.style, units[entity.offset * 2 : (entity.offset + entity.length) * 2].decode("utf-16-le"))
        for entity in content.entities
    ]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("One\nline.\n\nTwo.", "One line.\n\nTwo."),
        ("a  \nb", "a\nb"),
        ("- a\n- b", "• a\n• b"),
        ("Hi:\n\n2. a\n3. b\n\nBye", "Hi:\n\n2. a\n3. b\n\nBye"),
        ("- a\n  - b\n- c", "• a\n  • b\n• c"),
        ("- a\n\n- b", "• a\n• b"),
        ("- a\n  > b\n- c", "• a\nb\n• c"),
        ("| A | B |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |", "1\nB: 2\n3\nB: 4"),
        ("Hi\n\n| A |\n|---|\n| 1 |\n\nBye", "Hi\n\nA\n1\n\nBye"),
        ("### Size\n\nBig", "Size\n\nBig"),
        ("![a sofa](x.png)", "a sofa"),
        ("a<br>b <!-- no --> &amp; <b>c</b>", "a\nb  & c"),
        ("<!-- hidden -->\n\nSeen", "Seen"),
        ("1\\. no list \\*x\\*", "1. no list *x*"),
    ],
)
def test_markdown_reads_as_plain_text(markdown: str, text: str) -> None:
    assert render(markdown).text == text


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("👋 **fat *and* lean**", [(Style.BOLD, "fat and lean"), (Style.ITALIC, "and")]),
        ("`a*b*`", [(Style.CODE, "a*b*")]),
        ("```\nx = 1\n```", [(Style.PRE, "x = 1")]),
        ("- **a**", [(Style.BOLD, "a")]),
        ("# **T**", [(Style.BOLD, "T"), (Style.BOLD, "T")]),
        ("> wise", [(Style.QUOTE, "wise")]),
        ("| A | B |\n|---|---|\n| *b* | c |", [(Style.ITALIC, "b"), (Style.BOLD, "b")]),
    ],
)
def test_styles_cover_their_words(markdown: str, expected: list[tuple[Style, str]]) -> None:
    assert styled(render(markdown)) == expected


def test_a_link_keeps_its_address() -> None:
    [link] = render("😀 [here](https://a.example/b_(c))").entities
    assert (link.style, link.offset, link.length, link.url) == (Style.LINK, 3, 4, "https://a.example/b_(c)")


@pytest.mark.parametrize(
    "markdown", ["[a](faq.md)", "[a](#b)", "[a](javascript:alert(1))", "[a](data:text/html,x)"]
)
def test_only_addresses_that_work_in_a_chat_become_links(markdown: str) -> None:
    assert render(markdown).entities == ()


@given(st.text(alphabet="ab *_`#>-|[]()!<&\\\n1.😀é", max_size=80))
def test_entities_always_lie_within_the_text(markdown: str) -> None:
    content = render(markdown)
    length = len(content.text.encode("utf-16-le")) // 2
    assert all(e.offset >= 0 and e.length > 0 and e.offset + e.length <= length for e in content.entities)
