"""Long texts both ways, and articles that change while the bot runs."""

from pathlib import Path

import pytest

from tests.people import Customer, received, texts_of
from tests.shop import UNKNOWN, Shop

LINK = "https://nordmobler.example/sofas/{number}?colour=grey"


def knowledge(folder: Path, *answers: tuple[str, str]) -> dict[str, str]:
    """A knowledge base of these questions and answers, as the tables of bot.toml."""
    folder.mkdir()
    text = "# Questions\n\n" + "\n\n".join(f"## {question}\n\n{answer}" for question, answer in answers)
    (folder / "faq.md").write_text(text, "utf-8")
    return {"knowledge": f'folder = "{folder}"'}


OTHERS = (
    ("How do I clean leather?", "With a damp cloth."),
    ("Where is the workshop?", "In Tibro."),
    ("Can I pay by card?", "Yes, by any card."),
    ("Do you gift-wrap?", "No, we are sorry."),
)


async def test_a_long_answer_comes_in_parts_with_every_link_whole(tmp_path: Path, channel: str) -> None:
    links = [LINK.format(number=number) for number in range(120)]
    sentences = [f"Sofa number {number} is described at {link} for you." for number, link in enumerate(links)]
    tables = knowledge(tmp_path / "kb", ("Which sofas do you sell?", " ".join(sentences)), *OTHERS)
    async with Shop(tmp_path, tables=tables) as shop:
        anna = shop.customer(channel)
        anna.says("Which sofas do you sell?")
        short = await anna.reads(links[0])
        assert len(short.text) < 1024
        anna.presses(short, "Show more")
        await anna.reads(links[-1])
        await shop.rests()
        before = len(received(anna))
        anna.presses(short, "Show more")
        await shop.rests()
        assert [text for text in texts_of(received(anna)[before:]) if "http" in text] == []
        parts = texts_of(received(anna)[1:before])
        assert len(parts) > 1
        assert all(len(part) <= 4096 for part in parts)
        assert all(sum(link in part for part in parts) == 1 for link in links)
        assert "".join("".join(parts).split()) == "".join("".join(sentences).split())


async def test_a_reply_of_the_greatest_length_arrives_whole(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    words = ("Elephants are large. " * 200)[:4096].strip()
    mine = shop.staff.says(words, to=shop.desk, reply_to=card)
    await shop.reacted(mine, "👍")
    assert "".join(texts_of(received(anna)[1:])) == words


async def test_all_of_a_long_question_in_several_messages_is_at_the_desk(any_shop: Shop) -> None:
    """Each fits on a card, all together do not."""
    anna = any_shop.on_whatsapp()
    with anna.in_one_post():
        for name in ("elephants", "giraffes", "whales"):
            anna.says(f"Do you sell bicycles for {name}? {'Really? ' * 50} The {name} wait.")
    await anna.reads("NF-000001")
    await any_shop.rests()
    shown = "\n".join(texts_of(any_shop.desk.shown()))
    for name in ("elephants", "giraffes", "whales"):
        assert f"The {name} wait." in shown


async def test_all_of_a_question_that_was_edited_to_be_long_is_at_the_desk(
    shop: Shop, anna: Customer
) -> None:
    asked = anna.says(UNKNOWN)
    await anna.reads("NF-000001")
    await shop.rests()
    anna.edits(asked, f"{UNKNOWN} {'Really? ' * 100} They wait.")
    await shop.rests()
    assert "They wait." in "\n".join(texts_of(shop.desk.shown()))


async def test_an_article_that_changes_is_answered_anew(tmp_path: Path, channel: str) -> None:
    tables = knowledge(tmp_path / "kb", ("When do you open?", "At nine in the morning."), *OTHERS)
    async with Shop(tmp_path, tables=tables) as shop:
        anna = shop.customer(channel)
        anna.says("When do you open?")
        await anna.reads("At nine")
        article = tmp_path / "kb" / "faq.md"
        article.write_text(article.read_text("utf-8").replace("At nine", "At ten"), "utf-8")
        library = shop.running.business.library
        await shop.until(lambda: "At ten" in library.find("When do you open?", "en").hits[0].passage.body)
        anna.says("So when do you open?")
        await anna.reads("At ten")


@pytest.mark.parametrize("length", [601, 4000])
async def test_a_question_too_long_for_the_card_stands_beneath_it(
    any_shop: Shop, channel: str, length: int
) -> None:
    anna = any_shop.customer(channel)
    anna.says(f"{UNKNOWN} {'Really? ' * (length // 8)} They wait.")
    await anna.reads("NF-000001")
    card = await any_shop.card(UNKNOWN)
    copy = await any_shop.copy("They wait.")
    any_shop.staff.says("Only for mice", to=any_shop.desk, reply_to=copy)
    await anna.reads("Only for mice")
    assert "They wait." not in card.text


async def test_a_message_of_the_greatest_length_is_shown_whole(any_shop: Shop, channel: str) -> None:
    """In a plain group the customer's name stands above it, which makes it longer than a message may be."""
    anna = any_shop.customer(channel)
    await any_shop.hands_over(anna)
    words = ("Elephants are large. " * 200)[:4096].strip()
    said = anna.says(words)
    await any_shop.rests()
    parts = [message for message in any_shop.desk.shown() if "Elephants are" in message.text]
    assert sum(message.text.count("Elephants") for message in parts) == words.count("Elephants")
    any_shop.staff.says("They are", to=any_shop.desk, reply_to=parts[-1])
    assert (await anna.reads("They are")).reply_to == said.id


async def test_a_picture_with_the_longest_caption_is_shown_with_all_of_it(
    any_shop: Shop, channel: str
) -> None:
    anna = any_shop.customer(channel)
    await any_shop.hands_over(anna)
    caption = ("The leg broke. " * 70)[:1024].strip()
    anna.sends("photo", caption=caption)
    await any_shop.rests()
    assert sum(message.kind == "photo" for message in any_shop.desk.shown()) == 1
    shown = "".join(texts_of(any_shop.desk.shown()))
    assert shown.count("The leg") == caption.count("The leg")


async def test_a_long_message_that_is_edited_is_shown_as_edited(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel)
    await any_shop.hands_over(anna)
    words = ("Elephants are large. " * 200)[:4090].strip()
    said = anna.says(words)
    await any_shop.rests()
    anna.edits(said, words.replace("Elephants", "Tigers", 1))
    await any_shop.rests()
    assert "Tigers" in "".join(texts_of(any_shop.desk.shown()))


async def test_a_very_long_name_fits_everywhere(any_shop: Shop, channel: str) -> None:
    anna = any_shop.customer(channel, "👩‍👩‍👧‍👦" * 60)
    card = await any_shop.hands_over(anna)
    anna.says("Hello?")
    await any_shop.copy("Hello?")
    any_shop.staff.says("Hello", to=any_shop.desk, reply_to=card)
    await anna.reads("Hello")


async def test_a_name_of_signs_is_shown_as_it_is(any_shop: Shop, channel: str) -> None:
    name = "<b>\u202eAnna</b> _*[x](https://evil.example)"
    anna = any_shop.customer(channel, name)
    card = await any_shop.hands_over(anna)
    assert name in card.text
    assert {entity["type"] for entity in card.entities} <= {"bold", "blockquote"}
