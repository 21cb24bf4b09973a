"""Who has the conversation: while a person does, the bot is silent; afterwards it answers again."""

from collections.abc import Callable

import pytest

from bot.texts import Texts
from sandbox.telegram.chat import Message
from tests.people import Customer, lines_with, received, texts_of
from tests.shop import Shop

TEXTS = Texts()
Resolve = Callable[[Shop, Message], object]


async def test_the_bot_is_silent_while_a_person_has_the_conversation(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    for words in (
        "How long does delivery take?",
        "Hello?",
        "Thanks",
        "/resolve",
        "/tickets",
        "/desk",
        "/nonsense",
    ):
        anna.says(words)
        await any_shop.copy(words)
    anna.sends("sticker")
    await any_shop.rests()
    any_shop.staff.says("I am here", to=any_shop.desk, reply_to=card)
    await anna.reads("I am here")
    assert texts_of(received(anna)[1:]) == ["I am here"]


async def test_a_customers_resolve_is_a_message_like_any_other(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    await any_shop.hands_over(anna)
    anna.says("/resolve NF-000001")
    await any_shop.copy("/resolve NF-000001")
    assert (await any_shop.card()).text.startswith("🔴")


@pytest.mark.parametrize(
    ("words", "answer"),
    [("/status", "waiting for"), ("/human", "waiting for"), ("/help", "/human"), ("/start", "NF-000001")],
)
async def test_commands_are_answered_although_a_person_has_it(
    shop: Shop, anna: Customer, words: str, answer: str
) -> None:
    await shop.hands_over(anna)
    anna.says(words)
    await anna.reads(answer)
    await shop.rests()
    assert words not in "".join(texts_of(shop.desk.shown()))
    assert await shop.count("SELECT count(*) FROM tickets") == 1


ASKED = {
    "en": ("Do you sell bicycles for elephants?", "And horses, do you sell those?"),
    "sv": ("Säljer ni cyklar för elefanter?", "Och hästar, säljer ni det?"),
    "nb": ("Selger dere sykler til elefanter, og hva koster de?", "Og hester, selger dere ikke det?"),
}


def statuses(language: str, key: str) -> set[str]:
    """What a customer of ticket 1 may read, whether it took no time or some seconds."""
    spans = [TEXTS.say(language, "span_seconds", seconds=seconds) for seconds in range(10)]
    return {TEXTS.say(language, key, ticket="NF-000001", waited=span) for span in spans}


@pytest.mark.parametrize("language", ASKED)
async def test_status_says_how_the_ticket_is_doing_in_the_customers_language(
    shop: Shop, anna: Customer, language: str
) -> None:
    question, more = ASKED[language]
    card = await shop.hands_over(anna, question)

    async def status() -> str:
        await shop.rests()
        anna.says("/status")
        return (await anna.reads("NF-000001")).text

    assert await status() in statuses(language, "status_open")
    shop.staff.says("Hm", to=shop.desk, reply_to=card)
    await anna.reads("Hm")
    assert await status() in statuses(language, "status_answered")
    anna.says(more)
    await shop.copy(more)
    assert await status() in statuses(language, "status_taken")
    shop.staff.says("/resolve", to=shop.desk, reply_to=card)
    await anna.reads("NF-000001")
    assert await status() in statuses(language, "status_resolved")


async def test_words_beside_status_reach_the_person(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    await shop.hands_over(anna)
    with anna.in_one_post():
        anna.says("/status")
        anna.says("And horses?")
    await anna.reads("waiting for")
    await shop.copy("And horses?")


RESOLVES: dict[str, Resolve] = {
    "as a reply to the card": lambda shop, card: shop.staff.says("/resolve", to=shop.desk, reply_to=card),
    "by its number": lambda shop, card: shop.staff.says("/resolve nf-000001", to=shop.desk),
    "by name of the bot": lambda shop, card: shop.staff.says("/resolve@svar_bot NF-000001", to=shop.desk),
    "by the card's button": lambda shop, card: shop.staff.presses(card, "Resolve"),
    "anonymously": lambda shop, card: shop.staff.says(
        "/resolve", to=shop.desk, reply_to=card, anonymously=True
    ),
}


@pytest.mark.parametrize("how", RESOLVES)
async def test_a_resolved_ticket_gives_the_conversation_back_to_the_bot(
    any_shop: Shop, channel: str, how: str
) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    RESOLVES[how](any_shop, card)
    await anna.reads("NF-000001 is closed")
    card = await any_shop.card("🟢 NF-000001")
    assert "Resolved by " in card.text
    assert not card.buttons
    anna.says("How long does delivery take?")
    await anna.reads("working days")


async def test_resolve_in_the_topic_needs_no_number(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    topic = shop.desk.topics[card.topic]
    mine = shop.staff.says("/resolve", topic=topic)
    await anna.reads("is closed")
    await shop.reacted(mine, "👌")
    await shop.telegram.until(lambda: topic.closed)


async def test_resolve_as_a_reply_to_a_customers_message(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    await any_shop.hands_over(anna)
    anna.says("I found it myself")
    copy = await any_shop.copy("I found it")
    any_shop.staff.says("/resolve", to=any_shop.desk, reply_to=copy)
    await anna.reads("is closed")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("/resolve", "Which request?"),
        ("/resolve NF-999999", "Which request?"),
        ("/resolve the first", "Which request?"),
    ],
)
async def test_resolve_without_a_ticket_asks_which(plain_shop: Shop, words: str, answer: str) -> None:
    mine = plain_shop.staff.says(words, to=plain_shop.desk)
    note = await plain_shop.copy(answer)
    assert note.reply_to == mine.id


async def test_resolving_twice_tells_the_customer_once(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    card = await any_shop.hands_over(anna)
    press = any_shop.staff.presses(card, "Resolve")
    any_shop.colleague.presses(card, "Resolve")
    any_shop.staff.says("/resolve NF-000001", to=any_shop.desk)
    await any_shop.copy("NF-000001 is resolved already")
    await any_shop.rests()
    assert press.answered
    assert sum("is closed" in text for text in texts_of(received(anna))) == 1


async def test_a_new_request_after_a_resolved_one_has_its_own_number_and_topic(
    shop: Shop, anna: Customer
) -> None:
    first = await shop.hands_over(anna)
    shop.staff.says("/resolve", to=shop.desk, reply_to=first)
    await anna.reads("is closed")
    anna.says("Do you sell saddles for giraffes?")
    await anna.reads("NF-000002")
    second = await shop.card("giraffes")
    assert second.topic != first.topic
    assert "👤 Do you sell bicycles for elephants?" not in second.text


async def test_messages_to_a_person_wait_in_order(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    await any_shop.hands_over(anna)
    for number in range(12):
        anna.says(f"line {number}")
    await any_shop.copy("line 11")
    assert lines_with(any_shop.desk.shown(), "line ") == [f"line {number}" for number in range(12)]


async def test_staff_replies_arrive_in_order(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    for number in range(8):
        shop.staff.says(f"reply {number}", to=shop.desk, reply_to=card)
    await anna.reads("reply 7")
    assert texts_of(received(anna)[1:]) == [f"reply {number}" for number in range(8)]


async def test_the_desk_asks_for_its_status(any_shop: Shop) -> None:
    anna = any_shop.customer("telegram")
    await any_shop.hands_over(anna)
    mine = any_shop.staff.says("/status", to=any_shop.desk)
    status = await any_shop.copy("How Nordmöbler is doing")
    assert status.reply_to == mine.id
    for part in (
        "Open requests: 1, waiting: 1",
        "To Telegram: ",
        "To WhatsApp: 0",
        "✅ Telegram",
        "✅ WhatsApp",
    ):
        assert part in status.text
    passages = any_shop.running.business.library.summary().passages
    for part in ("AI: off", f"{passages} answers in 9 files", "version "):
        assert part in status.text


async def test_the_desk_lists_open_tickets_longest_wait_first(any_shop: Shop) -> None:
    for name in ("Anna", "Berta", "Cilla"):
        await any_shop.hands_over(any_shop.on_whatsapp(name))
    any_shop.staff.says("/resolve NF-000002", to=any_shop.desk)
    await any_shop.card("🟢 NF-000002")
    any_shop.staff.says("/tickets", to=any_shop.desk)
    listed = await any_shop.copy("🔴 NF-000001")
    first, second = listed.text.splitlines()
    assert first.startswith("🔴 NF-000001 Anna (")
    assert second.startswith("🔴 NF-000003 Cilla (")
    led = [button.url for button in listed.buttons]
    assert len(led) == 2
    assert led[0].startswith("https://t.me/c/")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("/help", "Reply to a card"),
        ("/start", "Reply to a card"),
        ("/desk", "This group is the desk"),
        ("/tickets", "No open requests"),
    ],
)
async def test_the_desks_commands_answer(any_shop: Shop, words: str, answer: str) -> None:
    any_shop.staff.says(words, to=any_shop.desk)
    await any_shop.copy(answer)


async def test_a_command_in_the_topic_is_answered_there(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("/status", topic=shop.desk.topics[card.topic])
    answer = await shop.copy("How Nordmöbler is doing")
    assert answer.topic == card.topic
