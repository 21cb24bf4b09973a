"""What staff say among themselves never reaches a customer."""

from collections.abc import Callable

from bot.texts import Texts
from sandbox.telegram.chat import Message
from sandbox.telegram.files import TINY_PNG
from sandbox.telegram.group import ANONYMOUS
from tests.people import Customer, received, texts_of
from tests.shop import Shop

TEXTS = Texts()
INSIDE: dict[str, Callable[[Shop, Message, Message], object]] = {
    "a plain message": lambda shop, card, copy: shop.staff.says("inside", to=shop.desk),
    "a message in the topic": lambda shop, card, copy: shop.staff.says(
        "inside", to=shop.desk, topic=shop.desk.topics.get(card.topic)
    ),
    "a picture in the topic": lambda shop, card, copy: shop.staff.sends(
        "photo", caption="inside", to=shop.desk, topic=shop.desk.topics.get(card.topic)
    ),
    "a sticker": lambda shop, card, copy: shop.staff.sends("sticker", to=shop.desk),
    "a reply to a colleague": lambda shop, card, copy: shop.staff.says(
        "inside", to=shop.desk, reply_to=shop.colleague.says("What do you think?", to=shop.desk)
    ),
    "a reply to one's own reply": lambda shop, card, copy: shop.staff.says(
        "inside",
        to=shop.desk,
        reply_to=shop.colleague.says("inside", to=shop.desk, reply_to=shop.staff.says("in", to=shop.desk)),
    ),
    "a quote of a card's words": lambda shop, card, copy: shop.staff.says(card.text, to=shop.desk),
    "a forwarded copy": lambda shop, card, copy: shop.staff.forwards(copy, to=shop.desk),
    "a ticket's number": lambda shop, card, copy: shop.staff.says("NF-000001 inside", to=shop.desk),
    "a location": lambda shop, card, copy: shop.staff.shares_location(59.3, 18.1, to=shop.desk),
    "a contact": lambda shop, card, copy: shop.staff.shares_contact("46701", "Kalle", to=shop.desk),
    "a poll": lambda shop, card, copy: shop.staff.asks_poll("Lunch?", ["12", "13"], to=shop.desk),
    "a dice": lambda shop, card, copy: shop.staff.throws_dice(to=shop.desk),
    "a reaction": lambda shop, card, copy: shop.staff.reacts(card, "👍"),
    "another bot's command": lambda shop, card, copy: shop.staff.says("/ban@other_bot Anna", to=shop.desk),
    "a command of ours to another bot": lambda shop, card, copy: shop.staff.says(
        "/status@other_bot", to=shop.desk
    ),
    "an unknown command": lambda shop, card, copy: shop.staff.says("/resovle", to=shop.desk),
    "an album": lambda shop, card, copy: shop.staff.sends_album(
        [("photo", TINY_PNG), ("photo", TINY_PNG)], caption="inside", to=shop.desk
    ),
    "an edited plain message": lambda shop, card, copy: shop.staff.edits(
        shop.staff.says("in", to=shop.desk), "inside"
    ),
    "a quote from another chat": lambda shop, card, copy: shop.staff.posts(
        {
            "text": "inside",
            "external_reply": {"origin": {"type": "hidden_user", "sender_user_name": "X", "date": 1}},
        },
        to=shop.desk,
    ),
    "a channel's post": lambda shop, card, copy: shop.staff.posts(
        {
            "text": "inside",
            "from": {"id": 777000, "is_bot": False, "first_name": "Telegram"},
            "sender_chat": {"id": -1009, "type": "channel", "title": "News"},
            "is_automatic_forward": True,
        },
        to=shop.desk,
        reply_to=card,
    ),
    "another bot's reply": lambda shop, card, copy: shop.staff.posts(
        {
            "text": "inside",
            "from": {"id": 4242, "is_bot": True, "first_name": "Other", "username": "other_bot"},
        },
        to=shop.desk,
        reply_to=card,
    ),
    "another chat's voice": lambda shop, card, copy: shop.staff.posts(
        {
            "text": "inside",
            "from": ANONYMOUS,
            "sender_chat": {"id": -1009, "type": "channel", "title": "News"},
        },
        to=shop.desk,
        reply_to=card,
    ),
}


def bots_words(shop: Shop) -> list[str]:
    """All that the bot says at the desk."""
    return texts_of([message for message in shop.desk.shown() if message.from_bot])


async def test_whatever_does_not_answer_a_customer_stays_inside(any_shop: Shop, channel: str) -> None:
    """Twenty kinds of message at the desk; then one reply that does go out, and nothing else did."""
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    anna.says("And horses?")
    copy = await any_shop.copy("horses")
    await any_shop.rests()
    before, words = len(received(anna)), bots_words(any_shop)
    for write in INSIDE.values():
        write(any_shop, card, copy)
    await any_shop.rests()
    assert set(bots_words(any_shop)[len(words) :]) <= {TEXTS.say("en", "stays_inside")}
    any_shop.staff.says("No horses.", to=any_shop.desk, reply_to=copy)
    await anna.reads("No horses.")
    assert texts_of(received(anna)[before:]) == ["No horses."]


async def test_whoever_writes_into_a_topic_is_told_once_that_it_stays_inside(
    shop: Shop, anna: Customer
) -> None:
    card = await shop.hands_over(anna)
    topic = shop.desk.topics[card.topic]
    first = shop.staff.says("Who takes this?", topic=topic)
    assert (await shop.copy("This stays in the group")).reply_to == first.id
    shop.staff.says("Nobody?", topic=topic)
    shop.staff.says("Lunch?", to=shop.desk)
    await shop.rests()
    assert sum("This stays in the group" in text for text in bots_words(shop)) == 1
    shop.colleague.says("I do", topic=topic)
    await shop.rests()
    assert sum("This stays in the group" in text for text in bots_words(shop)) == 2
    assert len(received(anna)) == 1


async def test_a_reply_to_the_bots_own_note_stays_inside(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    any_shop.staff.says("/status", to=any_shop.desk)
    note = await any_shop.copy("How Nordmöbler is doing")
    any_shop.staff.says("That is a lot", to=any_shop.desk, reply_to=note)
    await any_shop.rests()
    any_shop.staff.says("Sorry for the wait", to=any_shop.desk, reply_to=card)
    await anna.reads("Sorry for the wait")
    assert "That is a lot" not in texts_of(received(anna))


async def test_a_reply_to_what_the_bot_remarks_about_a_customer_stays_inside(
    any_shop: Shop, channel: str
) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    anna.reacts(await anna.sees("NF-000001"), "👎")
    note = await any_shop.copy("Anna reacted with 👎")
    any_shop.staff.says("Always complaining", to=any_shop.desk, reply_to=note)
    await any_shop.rests()
    any_shop.staff.says("What is wrong?", to=any_shop.desk, reply_to=card)
    await anna.reads("What is wrong?")
    assert "Always complaining" not in texts_of(received(anna))


async def test_a_reply_to_a_colleagues_reply_stays_inside(any_shop: Shop, channel: str) -> None:
    """Also where that reply itself went out: this is how colleagues talk about it."""
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    mine = any_shop.staff.says("We have none", to=any_shop.desk, reply_to=card)
    await anna.reads("We have none")
    any_shop.colleague.says("Are you sure?", to=any_shop.desk, reply_to=mine)
    any_shop.staff.says("Not at all", to=any_shop.desk, reply_to=mine)
    await any_shop.rests()
    any_shop.staff.says("We found one", to=any_shop.desk, reply_to=card)
    await anna.reads("We found one")
    assert texts_of(received(anna)[1:]) == ["We have none", "We found one"]


async def test_a_reply_to_the_root_of_the_topic_stays_inside(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    topic = shop.desk.topics[card.topic]
    shop.staff.says("Who takes this?", to=shop.desk, topic=topic, reply_to=topic.root)
    await shop.rests()
    shop.staff.says("I do", to=shop.desk, reply_to=card)
    await anna.reads("I do")
    assert "Who takes this?" not in texts_of(received(anna))
