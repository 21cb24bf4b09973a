"""Long texts are cut where a reader would, and nothing of them is lost."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channel import Limits
from bot.content import Button, Content, Entity, Media, MediaKind, Place, SharedContact, Style
from bot.split import parts, units
from handlers.channels.whatsapp_write import LIMITS as WHATSAPP

TELEGRAM = Limits(text=4096, caption=1024, buttons=8, button_title=64, text_with_buttons=4096, album=10)
NARROW = Limits(text=40, caption=20, buttons=3, button_title=20, text_with_buttons=30, album=3)
FAMILY = "👩‍👩‍👧‍👦"
PICTURE = Media(MediaKind.PICTURE, "1", "telegram")
VOICE = Media(MediaKind.VOICE, "2", "telegram")
LINK = "https://nordmobler.example/sofas?colour=grey&size=3"

words = st.text(st.characters(codec="utf-8"), max_size=300)
"""Any text at all."""
prose = st.lists(
    st.sampled_from(["sofa", "säng", "bord.", "Ja!", "\n", "\n\n", FAMILY, "🇸🇪", "é", "e\u0301", "a" * 50]),
    max_size=80,
).map(" ".join)


@st.composite
def styled(draw: st.DrawFn) -> Content:
    text = draw(prose)
    length = units(text)
    starts = draw(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 60)), max_size=4))
    fitting = [(start, min(size, length - start)) for start, size in starts if start < length]
    return Content(text=text, entities=tuple(Entity(Style.BOLD, start, size) for start, size in fitting))


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(words | prose)
def test_every_part_fits_and_none_of_the_words_is_lost(text: str) -> None:
    found = parts(Content(text=text), NARROW)
    assert all(0 < units(part.text) <= NARROW.text for part in found)
    assert bare("".join(part.text for part in found)) == bare(text)


@given(words | prose, st.sampled_from([TELEGRAM, WHATSAPP]))
@settings(max_examples=30)
def test_a_text_that_fits_is_left_as_it_is(text: str, limits: Limits) -> None:
    found = parts(Content(text=text), limits)
    assert found == ([Content(text=text)] if text.strip() else [])


@given(prose)
def test_no_character_is_cut_in_two(text: str) -> None:
    for part in parts(Content(text=text), NARROW)[1:]:
        first = part.text[0]
        assert not unicodedata.combining(first)
        assert first not in "\u200d\ufe0f"
        assert not 0x1F3FB <= ord(first) <= 0x1F3FF


@given(st.integers(1, 200), st.sampled_from([FAMILY, "🇸🇪", "👍🏽", "é"]))
def test_emoji_of_several_parts_stay_whole(count: int, emoji: str) -> None:
    for part in parts(Content(text=emoji * count), NARROW):
        assert part.text == emoji * part.text.count(emoji)


@given(styled())
def test_styles_cover_the_same_words_before_and_after(content: Content) -> None:
    def bold(piece: Content) -> str:
        raw = piece.text.encode("utf-16-le")
        marked: set[int] = set()
        for entity in piece.entities:
            marked.update(range(entity.offset, entity.offset + entity.length))
        letters = [raw[at * 2 : at * 2 + 2] for at in range(len(raw) // 2)]
        return bare(
            b"".join(one for at, one in enumerate(letters) if at in marked).decode("utf-16-le", "replace")
        )

    found = parts(content, NARROW)
    for part in found:
        assert all(
            entity.offset >= 0 and entity.length > 0 and entity.offset + entity.length <= units(part.text)
            for entity in part.entities
        )
    halves = "".join(map(bold, found))
    assert bare(halves.replace("�", "")) == bare(bold(content).replace("�", ""))


@given(st.integers(0, 4000))
def test_a_link_is_never_cut(at: int) -> None:
    text = ("word " * 900)[:at] + LINK + " and more" * 500
    assert any(LINK in part.text for part in parts(Content(text=text), TELEGRAM))


def test_a_link_longer_than_a_message_is_cut_all_the_same() -> None:
    found = parts(Content(text="https://x.example/" + "a" * 10_000), TELEGRAM)
    assert len("".join(part.text for part in found)) == 10_018
    assert all(units(part.text) <= 4096 for part in found)


def test_a_text_is_cut_between_paragraphs_before_lines_before_sentences_before_words() -> None:
    paragraphs = "One two three four.\n\nFive six seven eight nine. Ten"
    assert [part.text for part in parts(Content(text=paragraphs), NARROW)] == [
        "One two three four.",
        "Five six seven eight nine. Ten",
    ]
    lines = "One two three. four five\nsix seven eight. nine ten"
    assert parts(Content(text=lines), NARROW)[0].text == "One two three. four five"
    sentences = "One two three four five six. Seven eight nine ten"
    assert parts(Content(text=sentences), NARROW)[0].text == "One two three four five six."
    running = "one two three four five six seven eight nine ten"
    assert (
        next(part.text for part in parts(Content(text=running), NARROW))
        == "one two three four five six seven eight"
    )


def test_a_cut_near_the_start_is_not_worth_it() -> None:
    text = "Hi.\n\n" + "word " * 20
    assert units(parts(Content(text=text), NARROW)[0].text) > 20


def test_a_bold_stretch_stays_in_one_message_where_it_fits() -> None:
    text = "one two three four five six seven eight nine ten"
    bold = Entity(Style.BOLD, text.index("seven"), len("seven eight nine"))
    first, second = parts(Content(text=text, entities=(bold,)), NARROW)
    assert second.text.startswith("seven eight nine")
    assert second.entities == (Entity(Style.BOLD, 0, len("seven eight nine")),)
    assert not first.entities


@pytest.mark.timeout(10)
@pytest.mark.parametrize("length", [0, 1, 4095, 4096, 4097, 20_000, 1_000_000])
def test_any_length_fits_and_takes_no_time(length: int) -> None:
    found = parts(Content(text="a" * length), TELEGRAM)
    assert sum(len(part.text) for part in found) == length
    assert all(len(part.text) <= 4096 for part in found)


def test_a_short_caption_stays_with_its_picture_and_a_long_one_follows_it() -> None:
    assert parts(Content(text="short", media=(PICTURE,)), NARROW) == [Content(text="short", media=(PICTURE,))]
    picture, *words = parts(Content(text="long " * 12, media=(PICTURE,)), NARROW)
    assert picture == Content(media=(PICTURE,))
    assert bare("".join(part.text for part in words)) == "long" * 12


def test_a_voice_on_whatsapp_has_its_words_behind_it() -> None:
    assert parts(Content(text="listen", media=(VOICE,)), WHATSAPP) == [
        Content(media=(VOICE,)),
        Content(text="listen"),
    ]


@given(st.integers(1, 25))
def test_albums_are_parted_in_order_and_the_first_has_the_words(count: int) -> None:
    media = tuple(Media(MediaKind.PICTURE, str(at), "telegram") for at in range(count))
    found = parts(Content(text="look", media=media), TELEGRAM)
    assert [len(part.media) for part in found] == [min(10, count - at) for at in range(0, count, 10)]
    assert tuple(one for part in found for one in part.media) == media
    assert [part.text for part in found] == ["look", *[""] * (len(found) - 1)]


def test_a_place_and_a_contact_are_messages_of_their_own() -> None:
    place, shared = Place(1.0, 2.0), (SharedContact("Anna", ("46",)),)
    assert parts(Content(text="here", place=place, shared=shared), TELEGRAM) == [
        Content(text="here"),
        Content(place=place),
        Content(shared=shared),
    ]


def test_buttons_stay_where_the_text_is_short_enough_for_them() -> None:
    button = (Button("id", "Title"),)
    assert parts(Content(text="short", buttons=button), NARROW) == [Content(text="short", buttons=button)]
    (long,) = parts(Content(text="a" * 35, buttons=button), NARROW)
    assert long == Content(text="a" * 35)


def test_there_is_nothing_to_say_in_nothing() -> None:
    assert parts(Content(), TELEGRAM) == []
    assert parts(Content(text=" \n\t "), TELEGRAM) == []


@given(words)
def test_units_are_utf_16_code_units(text: str) -> None:
    assert units(text) == len(text.encode("utf-16-le")) // 2
