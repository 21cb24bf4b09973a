"""A conversation as people hold it: introductions, follow-ups, several questions, choices, and bad days."""

import pytest

from bot.escalation import Why
from bot.recording import Record, from_json
from bot.texts import Texts
from tests.people import Customer, Read, received, texts_of
from tests.shop import Shop
from tests.test_metrics import scrape

TEXTS = Texts()
DELIVERY = "How long does delivery take?"
VAGUE = "what about Finland?"
"""It may mean where we deliver and what that costs."""


def told(language: str, key: str, **values: str) -> str:
    return TEXTS.say(language, key, **{"name": "Maja", "company": "Nordmöbler"} | values)


async def records(shop: Shop) -> list[Record]:
    rows = await shop.rows("SELECT found FROM messages WHERE found <> '' ORDER BY id")
    return [record for row in rows if (record := from_json(row["found"]))]


async def heard(shop: Shop, customer: Customer, words: str) -> str:
    """What the customer reads next after saying this, all of it."""
    before = len(received(customer))
    customer.says(words)
    await shop.rests()
    return "\n".join(texts_of(received(customer)[before:]))


async def test_who_answers_is_told_once_and_in_the_customers_language(shop: Shop, channel: str) -> None:
    people = {"en": DELIVERY, "sv": "Hur lång är leveranstiden?", "nb": "Hvor lang er leveringstiden?"}
    for language, question in people.items():
        customer = shop.customer(channel, language)
        assert (await heard(shop, customer, question)).startswith(told(language, "introduction"))
        assert "Maja" not in await heard(shop, customer, question)
    greeted = shop.customer(channel)
    assert (await heard(shop, greeted, "Hello")) == told("en", "greeting")
    assert "Maja" not in await heard(shop, greeted, DELIVERY)


async def test_who_answers_is_told_with_the_first_word_whatever_came_before(shop: Shop) -> None:
    """A reaction or a block begins a conversation, too, and nothing is said to it."""
    anna = shop.telegram.add_user("Anna")
    anna.blocks()
    anna.unblocks()
    await shop.rests()
    assert told("en", "introduction") in await heard(shop, anna, DELIVERY)
    assert "Maja" not in await heard(shop, anna, DELIVERY)
    await shop.restart()
    assert "Maja" not in await heard(shop, anna, DELIVERY)


async def test_a_person_is_announced_and_so_is_the_assistants_return(shop: Shop, channel: str) -> None:
    anna = shop.customer(channel)
    card = await shop.hands_over(anna)
    assert "written by a person" in texts_of(received(anna))[-1]
    shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
    assert (await anna.reads("Only for mice")).text == "Only for mice"
    shop.staff.says("/resolve", to=shop.desk, reply_to=card)
    await anna.reads("the automated assistant Maja is here again")
    shop.staff.says("And for rats", to=shop.desk, reply_to=card)
    assert (await anna.reads("And for rats")).text.lstrip("*").startswith("👤 A colleague")


FOLLOW_UPS = (
    (DELIVERY, "and to Norway?", "In Norway it takes 5–10 working days", "Denmark"),
    ("Hur lång är leveranstiden?", "och till Norge?", "Till Norge", "Danmark"),
    ("Hvor lang er leveringstiden?", "og til Danmark?", "Til Danmark", "Gotland"),
    (DELIVERY, "what about sofas?", "Sofas and armchairs", "Gotland"),
    (DELIVERY, "and how much does it cost?", "79 SEK", "working days"),
    ("Hur lång är leveranstiden?", "Och vad kostar det?", "79 SEK", "arbetsdagar"),
)


async def test_a_follow_up_is_understood_through_what_was_asked_before(shop: Shop, channel: str) -> None:
    for question, more, answer, not_again in FOLLOW_UPS:
        anna = shop.customer(channel)
        await heard(shop, anna, question)
        said = await heard(shop, anna, more)
        assert answer in said
        assert not_again not in said
    assert await shop.count("SELECT count(*) FROM tickets") == 0


async def test_follow_ups_follow_each_other(shop: Shop, anna: Customer) -> None:
    await heard(shop, anna, "What does delivery cost?")
    assert "Finland" in await heard(shop, anna, "and to Finland?")
    last = await heard(shop, anna, "and to Gotland?")
    assert "Gotland" in last
    assert "Finland" not in last


async def test_what_follows_nothing_is_no_follow_up(shop: Shop, anna: Customer) -> None:
    await heard(shop, anna, DELIVERY)
    said = await heard(shop, anna, "and do you sell elephants?")
    assert "NF-000001" in said


async def test_several_questions_are_answered_each_in_one_message(shop: Shop, channel: str) -> None:
    anna = shop.customer(channel)
    said = await heard(
        shop, anna, "Hi! How long does delivery take? And what does it cost? Can I return a sofa?"
    )
    assert len(received(anna)) == 1
    assert all(words in said for words in ("working days", "79 SEK", "60"))
    assert await shop.count("SELECT count(*) FROM tickets") == 0


async def test_of_several_questions_the_one_without_an_answer_goes_to_a_person(
    shop: Shop, channel: str
) -> None:
    anna = shop.customer(channel)
    said = await heard(shop, anna, "How long does delivery take? And do you sell bicycles for elephants?")
    assert "working days" in said
    assert told("en", "because_rest") in said
    card = await shop.card("Answered only a part of it")
    assert "elephants" in card.text


async def test_close_is_asked_back_and_a_tap_is_an_answer_once(shop: Shop, channel: str) -> None:
    anna = shop.customer(channel)
    asked = await offered(shop, anna)
    anna.presses(asked, "pick:1")
    await anna.reads("Denmark")
    await shop.rests()
    before = texts_of(received(anna))
    anna.presses(asked, "pick:1")
    await shop.rests()
    after = texts_of(received(anna))[len(before) :]
    assert after == ([] if channel == "telegram" else [told("en", "chosen_already")])
    *_, choice = [record for record in await records(shop) if record.by == "choice"]
    assert choice.outcome == "answered"
    assert choice.asked


async def offered(shop: Shop, anna: Customer) -> Read:
    """The customer asks what may mean two things."""
    anna.says(VAGUE)
    asked = await anna.reads(told("en", "did_you_mean"))
    assert "1. " in asked.text
    assert "2. " in asked.text
    await shop.rests()
    return asked


async def test_a_choice_may_be_written(shop: Shop, channel: str) -> None:
    for words in ("2", "2.", "the second one", "What does delivery cost?"):
        anna = shop.customer(channel)
        await offered(shop, anna)
        assert "79 SEK" in await heard(shop, anna, words)
        assert await heard(shop, anna, words) == told("en", "chosen_already")


async def test_a_tap_counts_late_and_after_a_restart(shop: Shop, channel: str) -> None:
    anna = shop.customer(channel)
    asked = await offered(shop, anna)
    await heard(shop, anna, DELIVERY)
    await shop.restart()
    anna.presses(asked, "pick:2")
    await anna.reads("79 SEK")


async def test_who_wants_none_of_it_gets_a_person_who_sees_the_question(shop: Shop, channel: str) -> None:
    anna = shop.customer(channel)
    await offered(shop, anna)
    assert told("en", "because_failed_twice") in await heard(shop, anna, "none of them")
    assert VAGUE in (await shop.card("none of them")).text


async def test_who_is_asked_back_twice_gets_a_person(shop: Shop, anna: Customer) -> None:
    await offered(shop, anna)
    assert "NF-000001" in await heard(shop, anna, "And what about Denmark?")
    await shop.card("The bot did not help, twice")


ANGRY = {
    "en": "Where the hell is my order???",
    "sv": "Jag är så jävla less, var är min beställning?",
    "nb": "Jeg er drittlei, hvor er bestillingen min?",
}


async def test_who_is_angry_is_met_kindly_and_the_second_time_by_a_person(shop: Shop, channel: str) -> None:
    for language, words in ANGRY.items():
        anna = shop.customer(channel, f"Anna {language}")
        first = await heard(shop, anna, words)
        assert told(language, "calm_angry") in first
        assert "nordmobler.example/track" in first
        assert told(language, "because_angry") in await heard(shop, anna, words)
        card = await shop.card(f"Anna {language}")
        assert "😠 The customer is angry" in card.text


async def test_an_insult_asks_nothing_and_thanks_make_it_good_again(shop: Shop, channel: str) -> None:
    anna = shop.customer(channel)
    assert told("en", "calm_angry_alone") in await heard(shop, anna, "You stupid bot")
    assert told("en", "thanks") in await heard(shop, anna, "Thanks")
    assert told("en", "calm_confused_alone") in await heard(shop, anna, "I don't understand")
    assert await shop.count("SELECT count(*) FROM tickets") == 0
    assert "NF-000001" in await heard(shop, anna, "What do you mean?")
    await shop.card("😕 The customer is confused")


async def test_what_was_not_asked_is_said_sorry_for_once_and_then_a_person_is_asked(
    shop: Shop, channel: str
) -> None:
    anna = shop.customer(channel)
    await heard(shop, anna, DELIVERY)
    assert told("en", "unhelped") in await heard(shop, anna, "That's not what I asked")
    assert told("en", "because_failed_twice") in await heard(shop, anna, "wrong answer")


WHYS = {
    "sensitive": "My daughter was injured when your shelf fell",
    "language": "Missä tilaukseni on ja milloin se toimitetaan?",
    "asked": "I want to talk to a person",
    "no_answer": "Do you sell bicycles for elephants?",
}


async def test_why_a_person_is_asked_is_told_shown_and_counted(shop: Shop, channel: str) -> None:
    for why, words in WHYS.items():
        anna = shop.customer(channel)
        assert told("en", f"because_{why}") in await heard(shop, anna, words)
        await shop.card(told("en", f"reason_{why}"))
    counted = await scrape(shop)
    assert [counted["svar_handed_over_total", why] for why in WHYS] == [1] * len(WHYS)


@pytest.mark.parametrize("language", ["en", "sv", "nb"])
def test_every_reason_has_its_words_for_the_customer_and_for_the_desk(language: str) -> None:
    for why in Why:
        assert told(language, f"because_{why}") != told(language, f"reason_{why}")


OURS = (
    ("Write me an essay about the French revolution", "off_topic", "en"),
    ("Kan du skriva en dikt om havet?", "off_topic", "sv"),
    ("Hva er hovedstaden i Frankrike?", "off_topic", "nb"),
    ("asdf", "unclear", "en"),
    ("👍", "thanks", "en"),
)


async def test_what_is_no_question_of_ours_is_answered_by_us_and_by_nobody_at_the_desk(
    shop: Shop, channel: str
) -> None:
    for words, key, language in OURS:
        assert told(language, key) in await heard(shop, shop.customer(channel), words)
    assert await shop.count("SELECT count(*) FROM tickets") == 0


async def test_a_wish_or_a_doubt_among_other_words_is_heard(shop: Shop, channel: str) -> None:
    anna, berta = shop.customer(channel), shop.customer(channel, "Berta")
    asked = await heard(shop, anna, "Are you a robot? How long does delivery take?")
    assert told("en", "identity") in asked
    assert "working days" in asked
    assert told("en", "because_angry") in await heard(
        shop, berta, "This is ridiculous. I want to talk to a person!"
    )
    card = await shop.card("Asked for a person")
    assert "😠" in card.text


async def test_fifty_essays_are_fifty_refusals(shop: Shop) -> None:
    anna = shop.telegram.add_user("Anna")
    for number in range(50):
        anna.says(f"write me an essay about the number {number}")
    await shop.rests()
    assert await shop.count("SELECT count(*) FROM tickets") == 0
    assert all(told("en", "off_topic") in text for text in texts_of(received(anna)))


async def test_an_ordinary_answer_leaves_its_record_and_nothing_else(shop: Shop, anna: Customer) -> None:
    await heard(shop, anna, DELIVERY)
    (record,) = await records(shop)
    assert record.outcome == "answered"
    assert record.by == "passage"
    assert record.hits[0][:2] == ("faq.md", DELIVERY)
    (row,) = await shop.rows("SELECT mind, introduced_by FROM conversations")
    assert row["mind"] == ""
    assert row["introduced_by"] > 0
    found = await scrape(shop)
    assert found["svar_questions_total", "answered"] == 1


@pytest.mark.parametrize(
    "words",
    [
        "Jag vill prata med en människa, det här är ju helt värdelöst!",
        "this is useless - I want to talk to a real person",
        "jeg vil snakke med et menneske, takk, dette går ikke",
    ],
)
async def test_who_wants_a_person_gets_one_whatever_else_they_say(
    shop: Shop, anna: Customer, words: str
) -> None:
    anna.says(words)
    await anna.reads("NF-000001")
    assert words in (await shop.card()).text


async def test_who_only_mentions_people_does_not_ask_for_one(shop: Shop, anna: Customer) -> None:
    anna.says("Do you have discounts for students, staff, teachers?")
    await anna.reads()
    await shop.rests()
    assert not await shop.count("SELECT count(*) FROM tickets WHERE reason = 'asked'")
