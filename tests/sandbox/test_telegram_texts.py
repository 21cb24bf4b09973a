"""Which texts the emulated Telegram takes, and what it makes of markup."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, MessageEntity
from telegram.error import BadRequest
from telegram.helpers import escape_markdown

from sandbox.telegram import TelegramUser
from sandbox.telegram.entities import check, format_text, found_in, units
from sandbox.telegram.files import TINY_PNG

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("", {}, "text is empty"),
        (" \n ", {}, "text is empty"),
        ("x" * 4097, {}, "message is too long"),
        ("😀" * 2049, {}, "message is too long"),
        ("<b>open", {"parse_mode": "HTML"}, "can't parse entities: can't find end tag"),
        ("<b>x</i>", {"parse_mode": "HTML"}, "unmatched end tag at byte offset 4"),
        ("<h1>x</h1>", {"parse_mode": "HTML"}, "unsupported start tag"),
        ("Hi!", {"parse_mode": "MarkdownV2"}, "reserved and must be escaped"),
        ("*Hi", {"parse_mode": "MarkdownV2"}, "can't find end of bold entity at byte offset 0"),
        ("x", {"parse_mode": "BBCode"}, "unsupported parse_mode"),
        ("abc", {"entities": [MessageEntity("bold", 0, 4)]}, "ends after the end of the text"),
        ("abc", {"entities": [MessageEntity("bold", -1, 2)]}, "incorrect offset -1"),
        ("😀b", {"entities": [MessageEntity("bold", 1, 2)]}, "begins in a middle of a utf-16 symbol"),
        ("😀b", {"entities": [MessageEntity("bold", 0, 1)]}, "ends in a middle of a utf-16 symbol"),
        ("abcd", {"entities": [MessageEntity("bold", 0, 3), MessageEntity("italic", 2, 2)]}, "crosses"),
    ],
)
async def test_texts_that_telegram_refuses(
    anna: TelegramUser, bot: Bot, text: str, more: dict[str, object], words: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        await bot.send_message(anna.id, text, **more)  # type: ignore[arg-type]
    assert words in str(refused.value).lower()


async def test_texts_count_after_their_entities(anna: TelegramUser, bot: Bot) -> None:
    await bot.send_message(anna.id, "<b>" + "x" * 4096 + "</b>", parse_mode="HTML")
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_photo(anna.id, TINY_PNG, caption="x" * 1025)
    sent = await bot.send_message(anna.id, "  *a\\.b* `c` [d](http://e.f)", parse_mode="MarkdownV2")
    assert sent.text == "a.b c d"
    assert [(e.type, e.offset, e.length) for e in sent.entities] == [
        ("bold", 0, 3),
        ("code", 4, 1),
        ("text_link", 6, 1),
    ]


@given(TEXTS, TEXTS)
def test_what_is_escaped_comes_back_as_it_was(plain: str, bold: str) -> None:
    marked = f"{escape_markdown(plain, 2)}*{escape_markdown(bold, 2)}*"
    tagged = f"{html.escape(plain)}<b>{html.escape(bold, quote=False)}</b>"
    for source, mode in ((marked, "MarkdownV2"), (tagged, "HTML")):
        text, entities = format_text(source, mode, None)
        assert text == (plain + bold).strip()
        assert check(entities, text) == entities


@given(TEXTS)
def test_what_is_found_in_a_text_fits_it(text: str) -> None:
    found = found_in(text)
    assert check(found, text) == found


def test_what_telegram_finds_by_itself() -> None:
    found = found_in("😀 /start@svar_bot see https://a.b/c or me@a.se, @anna_b #sale")
    assert [entity["type"] for entity in found] == ["bot_command", "url", "email", "mention", "hashtag"]
    assert found[0]["offset"] == 3
    assert units("😀a") == 3


def test_links_quotes_and_code_in_markup() -> None:
    text, entities = format_text(
        '<a href="https://a.b/?x=1&amp;y=2">a</a><pre>b</pre>&#65;&hearts;', "HTML", None
    )
    assert text == "abA&hearts;"
    assert entities[0] == {"type": "text_link", "offset": 0, "length": 1, "url": "https://a.b/?x=1&y=2"}
    text, entities = format_text(">quote\n```py\nx_1```", "MarkdownV2", None)
    assert text == "quote\nx_1"
    assert [entity["type"] for entity in entities] == ["blockquote", "pre"]
