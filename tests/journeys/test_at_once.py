"""A question that needs no waiting is stored together with its answer; whatever speaks against that undoes the hurry."""

import logging

import pytest

from bot import at_once, replying
from bot import content as contents
from bot.reply import Reply
from storage import conversations
from tests.people import Customer, received, texts_of
from tests.shop import UNKNOWN, Shop

QUESTION = "How long does delivery take?"
ANSWERS = "SELECT count(*) FROM messages WHERE author = 'bot'"
OPEN = "SELECT count(*) FROM updates WHERE state IN ('waiting', 'taken')"


async def test_with_the_200_the_answer_is_on_disk(shop: Shop, anna: Customer) -> None:
    await _gets_known(shop, anna)
    for number in range(2, 6):
        anna.says(QUESTION)
        await _told(shop)
        assert (await shop.count(ANSWERS), await shop.count(OPEN)) == (number, 0)


async def test_what_a_person_is_asked_is_on_disk_as_soon(shop: Shop, anna: Customer) -> None:
    await _gets_known(shop, anna)
    anna.says(UNKNOWN)
    await _told(shop)
    assert await shop.count("SELECT count(*) FROM tickets") == 1
    assert "bicycles for elephants" in (await shop.card()).text


async def test_the_bot_is_silent_although_it_did_not_know_yet_that_a_person_has_it(
    shop: Shop, anna: Customer
) -> None:
    await _gets_known(shop, anna)
    business = shop.running.business
    (known,) = business.known.values()
    assert known.conversation is not None
    number = known.conversation.id
    await business.db.transaction(lambda tx: conversations.give_to(tx, number, "staff"))
    anna.says(QUESTION)
    await shop.rests()
    assert len(received(anna)) == 1


async def test_a_mistake_while_hurrying_ends_as_any_other(
    shop: Shop, anna: Customer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await _gets_known(shop, anna)

    async def stumbles(*_: object) -> Reply:
        raise ZeroDivisionError

    monkeypatch.setattr(at_once, "decide", stumbles)
    anna.says(QUESTION)
    await anna.reads("working days", where=lambda message: len(received(anna)) == 2)
    assert "not decided at once" in caplog.text
    assert logging.ERROR in {record.levelno for record in caplog.records}


async def test_a_mistake_in_the_transaction_undoes_the_answer_and_keeps_the_question(
    shop: Shop, anna: Customer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await _gets_known(shop, anna)
    finish = at_once.carry_out

    async def finishes_and_stumbles(*arguments: object) -> None:
        await finish(*arguments)  # type: ignore[arg-type]
        raise ZeroDivisionError

    monkeypatch.setattr(at_once, "carry_out", finishes_and_stumbles)
    anna.says(QUESTION)
    await shop.rests()
    assert "not answered at once" in caplog.text
    assert len(received(anna)) == await shop.count(ANSWERS) == 2


async def test_many_at_once_are_stored_and_answered_in_their_order(shop: Shop, anna: Customer) -> None:
    """Some are answered at once, some wait for the turn before them: the lane keeps them in order either way."""
    await _gets_known(shop, anna)
    commands = ["/help", "/start", "/status"] * 8
    for command in commands:
        anna.says(command)
    await shop.rests()
    assert await _said_by(shop, "customer") == [QUESTION, *commands]
    assert texts_of(received(anna))[1:] == (await _said_by(shop, "bot"))[1:]


async def test_decide_is_what_a_turn_decides_with() -> None:
    """Else the hurried answers could come to differ from the others."""
    assert vars(at_once)["decide"] is replying.decide


async def _gets_known(shop: Shop, anna: Customer) -> None:
    anna.says(QUESTION)
    await anna.reads("working days")
    await shop.rests()


async def _told(shop: Shop) -> None:
    """Both platforms had their 200 for all that they posted."""
    await shop.telegram.delivered()
    await shop.whatsapp.delivered()


async def _said_by(shop: Shop, author: str) -> list[str]:
    rows = await shop.rows("SELECT content FROM messages WHERE author = :author ORDER BY id", author=author)
    return [contents.from_json(row["content"]).text for row in rows]
