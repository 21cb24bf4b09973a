"""Customers ask, and are answered from the knowledge base, in their language and in their app."""

from pathlib import Path

import pytest

from bot.texts import Texts
from sandbox.telegram.user import TelegramUser
from sandbox.whatsapp.customer import WhatsAppCustomer
from tests.people import Customer, received, texts_of
from tests.shop import UNKNOWN, Shop

QUESTIONS = {
    "en": ("How long does delivery take?", "working days"),
    "sv": ("Hur lång är leveranstiden?", "arbetsdagar"),
    "nb": ("Hvor lang er leveringstiden?", "virkedager"),
}
UNANSWERED = {
    "en": UNKNOWN,
    "sv": "Säljer ni cyklar för elefanter?",
    "nb": "Selger dere sykler til elefanter, og hva koster de?",
}
TEXTS = Texts()


@pytest.mark.parametrize("language", QUESTIONS)
async def test_a_question_is_answered_in_its_language(anna: Customer, language: str) -> None:
    question, words = QUESTIONS[language]
    anna.says(question)
    await anna.reads(words)


async def test_an_answer_offers_a_person(shop: Shop, anna: Customer) -> None:
    anna.says("How long does delivery take?")
    answer = await anna.reads("working days")
    anna.presses(answer, "Talk to a person")
    await anna.reads("NF-000001")
    card = await shop.card("Asked for a person")
    assert "How long does delivery take?" in card.text


@pytest.mark.parametrize("language", UNANSWERED)
async def test_what_the_bot_does_not_know_goes_to_a_person(shop: Shop, anna: Customer, language: str) -> None:
    anna.says(UNANSWERED[language])
    told = await anna.reads("NF-000001")
    introduction = TEXTS.say(language, "introduction", name="Maja", company="Nordmöbler")
    because = TEXTS.say(language, "because_no_answer")
    handed_over = TEXTS.say(language, "handed_over", ticket="NF-000001", name="Maja")
    assert told.text == f"{introduction}\n\n{because} {handed_over}"
    await shop.card(UNANSWERED[language])
    assert language == "en" or "colleague" not in told.text


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("Hi!", "I am Maja"),
        ("Thanks a lot", "You are welcome"),
        ("Are you a robot?", "a computer programme"),
        ("/start", "I am Maja"),
        ("/start campaign_42", "I am Maja"),
        ("/help", "/human"),
        ("/status", "no open request"),
    ],
)
async def test_small_talk_and_commands_are_answered_by_the_bot_itself(
    shop: Shop, anna: Customer, words: str, answer: str
) -> None:
    anna.says(words)
    await anna.reads(answer)
    await shop.rests()
    assert not shop.desk.shown()
    assert len(received(anna)) == 1


@pytest.mark.parametrize("words", ["/human", "I want to talk to a person", "/human@svar_bot"])
async def test_whoever_asks_for_a_person_gets_one(shop: Shop, anna: Customer, words: str) -> None:
    anna.says(words)
    await anna.reads("NF-000001")
    card = await shop.card("Asked for a person")
    assert words in card.text


async def test_a_customer_on_telegram_taps_for_a_person_and_the_waiting_sign_ends(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    anna.says("Hello")
    press = anna.presses(await anna.reads("I am Maja"), "Talk to a person")
    await shop.telegram.until(lambda: press.answered)
    assert not press.text
    again = anna.presses(await anna.sees("I am Maja"), "Talk to a person")
    await shop.telegram.until(lambda: again.answered)
    assert again.text == "A colleague has your request already."
    assert await shop.count("SELECT count(*) FROM tickets") == 1


async def test_a_link_in_an_answer_is_whole_and_bold_is_bold(shop: Shop) -> None:
    on_telegram, on_whatsapp = shop.telegram.add_user("Anna"), shop.whatsapp.add_customer("Berta")
    for customer in (on_telegram, on_whatsapp):
        customer.says("How long does delivery take?")
    answer = await on_telegram.reads("3–6 working days")
    start = answer.text.index("3–6 working days")
    bold = {"type": "bold", "offset": start, "length": len("3–6 working days")}
    assert bold in answer.entities
    await on_whatsapp.reads("*3–6 working days*")


async def test_a_new_question_in_another_language_is_answered_in_that_one(anna: Customer) -> None:
    for question, words in QUESTIONS.values():
        anna.says(question)
        await anna.reads(words)


async def test_a_wordless_message_is_asked_about_once_and_then_a_person_has_it(
    shop: Shop, anna: Customer
) -> None:
    anna.sends("voice")
    await anna.reads("I can only read words")
    anna.sends("photo")
    await anna.reads("NF-000001")
    await shop.card("Sent no words")
    await shop.desk.sees(where=lambda message: message.kind == "photo")


async def test_words_after_a_wordless_message_start_the_count_anew(shop: Shop, anna: Customer) -> None:
    for _ in range(2):
        anna.sends("sticker")
        await anna.reads("I can only read words")
        anna.says("How long does delivery take?")
        await anna.reads("working days")
    assert await shop.count("SELECT count(*) FROM tickets") == 0


async def test_a_caption_is_a_question(anna: Customer) -> None:
    anna.sends("photo", caption="How long does delivery take?")
    await anna.reads("working days")


async def test_two_customers_never_read_each_others_answers(shop: Shop, channel: str) -> None:
    people = [shop.customer(channel, name) for name in ("Anna", "Berta", "Cilla", "Doris")]
    for person, (question, _) in zip(people, [*QUESTIONS.values(), ("Hello", "")], strict=True):
        person.says(question)
    await shop.rests()
    words = [*(words for _, words in QUESTIONS.values()), "Maja"]
    for person, expected in zip(people, words, strict=True):
        (answer,) = received(person)
        assert expected in answer.text


async def test_messages_sent_together_are_answered_as_one(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    with anna.in_one_post():
        anna.says("Hello, I have a question.")
        anna.says("Do you sell bicycles")
        anna.says("for elephants?")
    await anna.reads("NF-000001")
    card = await shop.card("elephants")
    assert "Hello, I have a question.\nDo you sell bicycles\nfor elephants?" in card.text
    await shop.rests()
    assert len(anna.received) == 1


async def test_a_newer_message_joins_the_turn_in_flight(shop: Shop, anna: Customer) -> None:
    """However the two meet, both are on the one card and the customer is told once."""
    anna.says(UNKNOWN)
    anna.says("And saddles for giraffes?")
    await anna.reads("NF-000001")
    await shop.rests()
    told = [text for text in texts_of(received(anna)) if "NF-" in text]
    assert len(told) == 1
    at_desk = "\n".join(texts_of(shop.desk.shown()))
    assert "elephants" in at_desk
    assert "giraffes" in at_desk


async def test_a_question_beside_a_command_is_not_forgotten(shop: Shop) -> None:
    anna = shop.whatsapp.add_customer("Anna")
    with anna.in_one_post():
        anna.says("/status")
        anna.says("How long does delivery take?")
    await anna.reads("working days")


async def test_a_question_sent_right_after_start_is_answered(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    anna.types_start("from_the_shop")
    anna.says("How long does delivery take?")
    await anna.reads("working days")


async def test_typing_signs_and_accents_come_through_unharmed(shop: Shop, anna: Customer) -> None:
    words = "Säljer ni «hängmattor» för åsnor & älgar <b>nu</b>? 👩‍👩‍👧‍👦 *_~`[x](tg://user?id=1)"
    anna.says(words)
    await anna.reads("NF-")
    card = await shop.card(words)
    assert {entity["type"] for entity in card.entities} <= {"bold", "blockquote"}


async def test_a_very_long_question_is_answered_or_handed_over_whole(shop: Shop, anna: Customer) -> None:
    words = " ".join(f"elephant{number}" for number in range(320))
    assert len(words) < 4096
    anna.says(words)
    await anna.reads("NF-000001")
    await shop.desk.sees("elephant319")


async def test_a_person_on_both_channels_is_two_contacts(shop: Shop) -> None:
    on_telegram, on_whatsapp = shop.telegram.add_user("Anna"), shop.whatsapp.add_customer("Anna")
    await shop.hands_over(on_telegram)
    on_whatsapp.says("/status")
    await on_whatsapp.reads("no open request")
    assert isinstance(on_telegram, TelegramUser)
    assert isinstance(on_whatsapp, WhatsAppCustomer)


async def test_answers_come_by_long_polling_too(tmp_path: Path, channel: str) -> None:
    async with Shop(tmp_path, delivery="polling") as shop:
        anna = shop.customer(channel)
        anna.says("How long does delivery take?")
        await anna.reads("working days")
        card = await shop.hands_over(anna)
        shop.staff.says("Not yet.", to=shop.desk, reply_to=card)
        await anna.reads("Not yet.")
