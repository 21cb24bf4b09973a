"""Pictures, voices, places and all else that is not words: to the desk and back, across the platforms."""

from collections.abc import Callable

import pytest

from sandbox.telegram.chat import Message
from sandbox.telegram.files import TINY_PNG
from sandbox.whatsapp.phone import MP4, OGG, PDF, WEBP
from tests.people import Customer, Read, received
from tests.shop import Shop

FILES = {
    "photo": TINY_PNG,
    "voice": OGG + b"voice",
    "video": MP4 + b"video",
    "animation": MP4 + b"animation",
    "audio": OGG + b"audio",
    "document": PDF,
    "sticker": WEBP,
}
SHOWN_AS = {
    # what a customer sends on WhatsApp, as Telegram shows it at the desk
    "animation": "video",
}
ON_WHATSAPP = {
    # what staff send on Telegram, as it stands on a phone with WhatsApp
    "photo": "image",
    "voice": "audio",
    "animation": "video",
    "round": "video",
}
CAPTIONED = ("photo", "video", "animation", "document")


def as_kind(kind: str) -> Callable[[Message], bool]:
    return lambda message: message.kind == kind


@pytest.mark.parametrize("kind", FILES)
async def test_a_customers_file_reaches_the_desk(any_shop: Shop, channel: str, kind: str) -> None:
    anna = any_shop.customer(channel)
    await any_shop.hands_over(anna)
    caption = "Look at this" if kind in CAPTIONED else ""
    anna.sends(kind, FILES[kind], caption=caption)
    shown = kind if channel == "telegram" else SHOWN_AS.get(kind, kind)
    copy = await any_shop.desk.sees(where=as_kind(shown))
    assert any_shop.file(copy) == FILES[kind]
    assert caption in copy.text


@pytest.mark.parametrize("kind", FILES)
async def test_a_file_of_staff_reaches_the_customer(
    shop: Shop, anna: Customer, channel: str, kind: str
) -> None:
    card = await shop.hands_over(anna)
    caption = "Like this one" if kind in CAPTIONED else ""
    mine = shop.staff.sends(kind, FILES[kind], caption=caption, reply_to=card)
    got = await anna.reads(where=lambda message: kind_of(message) == seen_as(kind, channel))
    assert shop.file(got) == FILES[kind]
    assert got.text == caption
    await shop.reacted(mine, "👍")


def kind_of(message: Read) -> str:
    return message.kind if isinstance(message, Message) else message.type


def seen_as(kind: str, channel: str) -> str:
    return kind if channel == "telegram" else ON_WHATSAPP.get(kind, kind)


async def test_a_round_video_comes_and_goes(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    anna.sends("video_note", MP4 + b"round")
    copy = await shop.desk.sees(where=as_kind("video_note"))
    assert shop.file(copy) == MP4 + b"round"
    shop.staff.sends("video_note", MP4 + b"back", reply_to=card)
    got = await anna.reads(where=as_kind("video_note"))
    assert shop.file(got) == MP4 + b"back"


async def test_a_round_video_of_staff_is_a_video_on_whatsapp(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    card = await shop.hands_over(anna)
    shop.staff.sends("video_note", MP4 + b"round", reply_to=card)
    got = await anna.reads(where=lambda message: message.type == "video")
    assert shop.file(got) == MP4 + b"round"


async def test_a_voice_message_is_a_voice_message_on_whatsapp_too(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    card = await shop.hands_over(anna)
    shop.staff.sends("voice", OGG, reply_to=card)
    got = await anna.reads(where=lambda message: message.type == "audio")
    assert got.part["voice"] is True


async def test_a_document_keeps_its_name(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    anna.sends("document", PDF, name="Kvitto åäö.pdf")
    copy = await shop.desk.sees(where=as_kind("document"))
    assert copy.raw["document"]["file_name"] == "Kvitto åäö.pdf"
    shop.staff.sends("document", PDF, name="Faktura.pdf", reply_to=card)
    got = await anna.reads(where=lambda message: kind_of(message) == "document")
    name = got.raw["document"]["file_name"] if isinstance(got, Message) else got.part["filename"]
    assert name == "Faktura.pdf"


async def test_a_location_comes_and_goes(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    anna.shares_location(59.3293, 18.0686)
    copy = await any_shop.desk.sees(where=as_kind("location"))
    assert copy.raw["location"] == {"latitude": 59.3293, "longitude": 18.0686}
    any_shop.staff.shares_location(57.7089, 11.9746, reply_to=card)
    got = await anna.reads(where=lambda message: kind_of(message) == "location")
    place = got.raw["location"] if isinstance(got, Message) else got.part
    assert (place["latitude"], place["longitude"]) == (57.7089, 11.9746)


async def test_a_named_place_keeps_its_name(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    shop.staff.shares_venue(59.33, 18.06, "Nordmöbler", "Kungsgatan 1", reply_to=card)
    got = await anna.reads(where=lambda message: kind_of(message) in ("venue", "location"))
    part = got.raw["venue"] if isinstance(got, Message) else got.part
    assert part.get("title", part.get("name")) == "Nordmöbler"
    assert part["address"] == "Kungsgatan 1"


async def test_a_shared_contact_comes_and_goes(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    anna.shares_contact("46705550000", "Berit Berg")
    copy = await any_shop.desk.sees(where=as_kind("contact"))
    assert copy.raw["contact"]["first_name"] == "Berit Berg"
    assert copy.raw["contact"]["phone_number"].lstrip("+") == "46705550000"
    any_shop.staff.shares_contact("46705551111", "Carl", reply_to=card)
    got = await anna.reads(where=lambda message: kind_of(message) in ("contact", "contacts"))
    whole = str(got.raw["contact"] if isinstance(got, Message) else got.part)
    assert "46705551111" in whole
    assert "Carl" in whole


async def test_whose_a_wordless_copy_is_can_be_seen_in_a_plain_group(plain_shop: Shop, channel: str) -> None:
    """A sticker or a place has no caption: it stands under its card instead."""
    anna = plain_shop.customer(channel)
    card = await plain_shop.hands_over(anna)
    anna.sends("sticker", WEBP)
    anna.shares_location(59.3, 18.0)
    for kind in ("sticker", "location"):
        copy = await plain_shop.desk.sees(where=as_kind(kind))
        assert copy.reply_to == card.id


async def test_a_picture_with_words_that_starts_a_ticket_stands_beneath_its_card(
    any_shop: Shop, channel: str
) -> None:
    anna = any_shop.customer(channel)
    anna.sends("photo", TINY_PNG, caption="Do you sell bicycles for elephants?")
    await anna.reads("NF-000001")
    card = await any_shop.card("elephants")
    copy = await any_shop.desk.sees("elephants", where=as_kind("photo"))
    assert any_shop.file(copy) == TINY_PNG
    assert copy.id > card.id


async def test_an_album_of_a_customer_is_one_album_at_the_desk(any_shop: Shop) -> None:
    anna = any_shop.telegram.add_user("Anna")
    await any_shop.hands_over(anna)
    anna.sends_album([("photo", TINY_PNG), ("video", MP4), ("photo", TINY_PNG)], caption="All three broke")
    last = await any_shop.desk.sees(where=lambda message: bool(message.album))
    await any_shop.rests()
    album = [message for message in any_shop.desk.shown() if message.album == last.album]
    assert [message.kind for message in album] == ["photo", "video", "photo"]
    assert "All three broke" in album[0].text
    assert [any_shop.file(message) for message in album] == [TINY_PNG, MP4, TINY_PNG]


async def test_an_album_that_starts_a_ticket_is_one_question(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    anna.sends_album([("photo", TINY_PNG)] * 4, caption="Which of these elephants do you sell?")
    await anna.reads("NF-000001")
    await shop.rests()
    assert len(received(anna)) == 1
    assert len([message for message in shop.desk.shown() if message.album]) == 4


async def test_a_wordless_album_counts_as_one_message(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    anna.sends_album([("photo", TINY_PNG)] * 3)
    await anna.reads("I can only read words")
    await shop.rests()
    assert len(received(anna)) == 1


async def test_an_album_of_staff_is_one_album_at_the_customers(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    mine = shop.staff.sends_album(
        [("photo", TINY_PNG), ("photo", TINY_PNG)], caption="Red, blue", reply_to=card
    )
    first = await anna.reads("Red, blue")
    await shop.rests()
    album = [message for message in received(anna) if isinstance(message, Message) and message.album]
    assert len(album) == 2
    assert {message.album for message in album} == {first.album}
    await shop.reacted(mine[0], "👍")


async def test_an_album_of_staff_is_picture_after_picture_on_whatsapp(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    card = await shop.hands_over(anna)
    files = [TINY_PNG, TINY_PNG + b"2", TINY_PNG + b"3"]
    mine = shop.staff.sends_album([("photo", file) for file in files], caption="Three", reply_to=card)
    for file in files:
        got = await anna.reads(where=lambda message: message.type == "image")
        assert shop.file(got) == file
    assert [message.text for message in anna.received[-3:]] == ["Three", "", ""]
    await shop.reacted(mine[0], "👍")


async def test_a_reply_to_any_picture_of_an_album_reaches_the_customer(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    await shop.hands_over(anna)
    sent = anna.sends_album([("photo", TINY_PNG)] * 3, caption="Look")
    await shop.desk.sees(where=lambda message: bool(message.album))
    await shop.rests()
    last = [message for message in shop.desk.shown() if message.album][-1]
    shop.staff.says("That one is nice", to=shop.desk, reply_to=last)
    reply = await anna.reads("That one is nice")
    assert reply.reply_to in {message.id for message in sent}


@pytest.mark.parametrize(
    "fields", [{"story": {"chat": {"id": 1, "type": "private"}, "id": 7}}, {"hologram_2030": {"depth": 3}}]
)
async def test_a_kind_that_cannot_be_carried_is_named_at_the_desk(
    any_shop: Shop, fields: dict[str, object]
) -> None:
    anna = any_shop.telegram.add_user("Anna")
    await any_shop.hands_over(anna)
    anna.posts(fields)
    await any_shop.copy(f"[{next(iter(fields))}: cannot be shown here]")


@pytest.mark.parametrize("kind", ["order", "poll_creation", "of_the_future"])
async def test_a_kind_that_whatsapp_cannot_carry_is_named_at_the_desk(any_shop: Shop, kind: str) -> None:
    anna = any_shop.whatsapp.add_customer("Anna")
    await any_shop.hands_over(anna)
    if kind == "order":
        anna.orders(("SOFA-1", 2, 4990.0, "SEK"))
    elif kind == "of_the_future":
        anna.posts("of_the_future", {"depth": 3})
    else:
        anna.sends_unsupported(kind)
    await any_shop.copy(f"[{kind}: cannot be shown here]")


async def test_a_poll_and_a_dice_are_told_in_words(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    await shop.hands_over(anna)
    anna.asks_poll("Which one?", ["Red", "Blue"])
    copy = await shop.copy("Which one?")
    assert "– Red" in copy.text
    anna.throws_dice(4)
    await shop.copy("🎲 4")


async def test_what_cannot_be_carried_is_asked_about_in_words(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    anna.sends_unsupported()
    await anna.reads("I can only read words")


async def test_a_file_that_is_too_large_is_not_lost_silently(shop: Shop) -> None:
    """Telegram lets bots fetch 20 MB: across the platforms a larger file is said to be too large."""
    anna = shop.whatsapp.add_customer("Anna")
    card = await shop.hands_over(anna)
    mine = shop.staff.sends("video", MP4, size=30 * 1024 * 1024, reply_to=card)
    await shop.reacted(mine, "💔")
    note = await shop.copy("larger than the platform takes")
    assert note.reply_to == mine.id


async def test_a_customers_file_that_is_gone_is_named_at_the_desk(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    await shop.hands_over(anna)
    await shop.rests()
    await shop.close()
    photo = anna.sends("photo", TINY_PNG, caption="The broken leg")
    shop.whatsapp.shelf.remove(photo.media_id)
    await shop.open()
    await shop.copy("The broken leg")


async def test_formatting_of_a_caption_survives(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    bold = [{"type": "bold", "offset": 5, "length": 4}]
    shop.staff.sends("photo", TINY_PNG, caption="This sofa", caption_entities=bold, reply_to=card)
    got = await anna.reads("This sofa")
    assert got.entities == bold


async def test_an_album_is_shown_again_whole_in_a_new_topic(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    card = await shop.hands_over(anna)
    anna.sends_album([("photo", TINY_PNG)] * 3, caption="All three broke")
    await shop.copy("All three broke")
    await shop.rests()
    shop.desk.delete_topic(shop.desk.topics[card.topic])
    anna.says("Hello?")
    await shop.copy("Hello?")
    await shop.rests()
    topic = shop.desk.topic("NF-000001 Anna")
    assert sum(message.kind == "photo" for message in topic.messages()) == 3
