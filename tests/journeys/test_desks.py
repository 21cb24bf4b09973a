"""Several desks: which one gets a request, how it is sent on, and what becomes of a group that is none any more."""

from pathlib import Path

import pytest

from bot import check
from sandbox.telegram.group import TelegramGroup
from tests.clock import FastClock
from tests.people import is_card, received, texts_of
from tests.shop import UNKNOWN, Shop


class Desks(Shop):
    """With a desk for offers and one for Norwegians beside the main one."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sales, self.norway = self.group("Sales"), self.group("Norge")
        self.tables = {
            "desks.sales": f'chat_id = {self.sales.id}\nwords = ["offer"]',
            "desks.norway": f'chat_id = {self.norway.id}\nlanguages = ["nb"]',
        }


def cards_in(group: TelegramGroup) -> list[str]:
    return [message.text for message in group.shown() if is_card(message)]


@pytest.mark.parametrize("forum", [True, False], ids=["forum", "plain"])
async def test_a_request_goes_to_the_desk_that_it_fits(tmp_path: Path, channel: str, *, forum: bool) -> None:
    async with Desks(tmp_path, forum=forum) as shop:
        anna, kari, ole = (shop.customer(channel, name) for name in ("Anna", "Kari", "Ole"))
        anna.says("Can you make me an OFFER for nine elephants?")
        card = await shop.sales.sees("nine elephants", where=is_card)
        kari.says("Selger dere sykler til elefanter, og hva koster de?")
        norwegian = await shop.norway.sees("elefanter", where=is_card)
        ole.says(UNKNOWN)
        main = await shop.desk.sees("elephants", where=is_card)
        await shop.rests()
        assert [len(cards_in(group)) for group in (shop.desk, shop.sales, shop.norway)] == [1, 1, 1]
        for group, answered, person, words in (
            (shop.sales, card, anna, "Nine cost less"),
            (shop.norway, norwegian, kari, "Dessverre ikke"),
            (shop.desk, main, ole, "Alas, no"),
        ):
            mine = shop.staff.says(words, to=group, reply_to=answered)
            await person.reads(words)
            await shop.reacted(mine, "👍")
            person.says(f"Oh: {words}")
            await group.sees(f"Oh: {words}")
        shop.staff.says("/tickets", to=shop.sales)
        listed = await shop.sales.sees("NF-000001", where=lambda one: not is_card(one) and one.reply_to > 0)
        assert "NF-000002" not in listed.text
        shop.staff.says("/resolve", to=shop.sales, reply_to=card)
        await anna.reads("is closed")
        await shop.sales.sees("🟢 NF-000001", where=is_card)


@pytest.mark.parametrize("forum", [True, False], ids=["forum", "plain"])
async def test_a_request_is_sent_to_another_desk_with_all_that_was_written(
    tmp_path: Path, channel: str, *, forum: bool
) -> None:
    async with Desks(tmp_path, forum=forum) as shop:
        anna = shop.customer(channel)
        card = await shop.hands_over(anna)
        anna.says("And horses?")
        await shop.copy("And horses?")
        shop.staff.says("/move sales", to=shop.desk, reply_to=card)
        there = await shop.sales.sees("🔴 NF-000001", where=is_card)
        await shop.sales.sees("And horses?")
        await shop.sales.sees("Stina has sent NF-000001 here.")
        await shop.telegram.until(lambda: card.text.startswith("➡️ NF-000001"))
        assert "at the desk sales now" in card.text
        anna.says("Hello?")
        await shop.sales.sees("Hello?")
        await shop.rests()
        assert "Hello?" not in "".join(texts_of(shop.desk.shown()))
        assert not card.buttons
        shop.staff.says("From the old card", to=shop.desk, reply_to=card)
        await anna.reads("From the old card")
        shop.staff.says("From the new one", to=shop.sales, reply_to=there)
        await anna.reads("From the new one")
        await shop.rests()
        shop.staff.says("/move main", to=shop.sales, reply_to=there)
        await shop.desk.sees("🔴 NF-000001", where=lambda one: one.id > card.id and is_card(one))
        await shop.rests()
        assert len(received(anna)) == 3


async def test_a_desk_that_cannot_be_reached_gets_no_new_requests(tmp_path: Path) -> None:
    async with Desks(tmp_path) as shop:
        shop.sales.remove_bot(shop.staff)
        await shop.rests()
        anna = shop.on_whatsapp()
        anna.says("Can you make me an offer for nine elephants?")
        assert "I have asked a colleague" in (await anna.reads("NF-000001")).text
        await shop.desk.sees("nine elephants", where=is_card)


async def test_a_desk_that_becomes_a_supergroup_is_followed(tmp_path: Path) -> None:
    async with Desks(tmp_path, forum=False, basic=True) as shop:
        anna = shop.on_whatsapp()
        anna.says("Can you make me an offer for nine elephants?")
        await shop.sales.sees("nine elephants", where=is_card)
        await shop.rests()
        new = shop.sales.upgrade(shop.staff)
        card = await new.sees("nine elephants", where=is_card)
        shop.staff.says("Nine cost less", to=new, reply_to=card)
        await anna.reads("Nine cost less")
        await shop.restart()
        anna.says("Thanks")
        await new.sees("Thanks")


async def test_what_waits_for_a_group_that_is_the_desk_no_more_goes_to_the_new_one(tmp_path: Path) -> None:
    """TELEGRAM_CHAT_ID was changed while the bot was down: the old group may be anybody's now."""
    async with Shop(tmp_path, forum=False) as shop:
        anna = shop.on_whatsapp()
        await shop.hands_over(anna)
        await shop.rests()
        shop.desk.mute_bot(shop.staff)
        await shop.rests()
        anna.says("And horses?")
        await shop.telegram.until(lambda: shop.whatsapp.posts[-1].done)
        shop.staff.says("/take NF-000001", to=shop.desk)
        await shop.rests()
        await shop.close()
        old, shop.desk = shop.desk, shop.group("The new desk")
        before = len(old.shown())
        old.promote_bot(shop.staff)
        await shop.open()
        card = await shop.desk.sees("elephants", where=is_card)
        await shop.desk.sees("And horses?")
        await shop.rests()
        assert texts_of(old.shown()[before:]) == []
        assert sum("And horses?" in text for text in texts_of(shop.desk.shown())) == 1
        shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
        await anna.reads("Only for mice")


async def test_what_waits_to_be_shown_goes_with_its_request(tmp_path: Path) -> None:
    async with Desks(tmp_path, forum=False, clock=FastClock(20)) as shop:
        # what was refused at the old desk is tried again after a minute
        anna = shop.on_whatsapp()
        await shop.hands_over(anna)
        await shop.rests()
        shop.desk.mute_bot(shop.staff)
        await shop.rests()
        anna.says("And horses?")
        await shop.rests()
        shop.staff.says("/move sales NF-000001", to=shop.desk)
        card = await shop.sales.sees("elephants", where=is_card)
        await shop.sales.sees("And horses?")
        shop.desk.promote_bot(shop.staff)
        await shop.rests()
        for group, times in ((shop.desk, 0), (shop.sales, 1)):
            assert sum("And horses?" in text for text in texts_of(group.shown())) == times
        shop.staff.says("Only for mice", to=shop.sales, reply_to=card)
        await anna.reads("Only for mice")


async def test_check_looks_at_every_desk(tmp_path: Path) -> None:
    async with Desks(tmp_path) as shop:
        shop.norway.demote_bot(shop.staff)
        await shop.rests()
        found = [finding async for finding in check._desk(shop.running.business, reachable=True)]
        assert [finding.subject for finding in found if not finding.ok] == ["desk norway"] * 2
        assert {finding.subject for finding in found} == {"desk", "desk sales", "desk norway"}
