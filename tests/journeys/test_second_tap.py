"""Whatever way words of staff go, another customer's details need a second tap: drafts, snippets, timers, phones, lists."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.desk.due import ring_due
from bot.desk.rings import RINGS
from bot.knowledge.library import Library
from sandbox.telegram.chat import Message
from tests.clock import EverybodysClock
from tests.people import Customer, received, texts_of
from tests.shop import UNKNOWN, Shop

PHONE = "46709990001"
ORDER = "NM-204518"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    folder = tmp_path / "kb"
    (folder / "snippets").mkdir(parents=True)
    (folder / "faq.md").write_text(
        "# Delivery\n\n## How long does delivery take?\n\nThree working days.\n", "utf-8"
    )
    (folder / "snippets" / "left.md").write_text(f"Your order {ORDER} left today.", "utf-8")
    library = Library(folder, ["en", "sv", "nb"], clock=SystemClock())
    library.load()
    tables = {"knowledge": f'folder = "{folder}"', "desk": 'roles = { broadcast = ["everybody"] }'}
    environ = {"WHATSAPP_ADMIN_PHONE": f"+{PHONE}"}
    async with Shop(
        tmp_path, clock=EverybodysClock(), tables=tables, environ=environ, library=library
    ) as shop:
        yield shop


async def berta_owns_it(shop: Shop) -> None:
    berta = shop.customer("telegram", "Berta")
    await shop.hands_over(berta, f"Do you sell bicycles for elephants, as for {ORDER}?")
    await shop.rests()


def knows(anna: Customer) -> bool:
    return any("204518" in text for text in texts_of(received(anna)))


async def decides(shop: Shop, anna: Customer, preview: Message) -> None:
    """One tap sends nothing, the second one does."""
    shop.staff.presses(preview, "Send")
    asked = await shop.copy(f"This is another customer's: {ORDER}")
    assert "Nothing was sent. Send it anyway?" in asked.text
    await shop.rests()
    assert not knows(anna)
    shop.staff.presses(asked, "Send anyway")
    await anna.reads(ORDER)


async def test_a_snippet(shop: Shop, anna: Customer) -> None:
    await berta_owns_it(shop)
    card = await shop.hands_over(anna)
    shop.staff.says("/s left", to=shop.desk, reply_to=card)
    await decides(shop, anna, await shop.copy("(snippet left)"))
    await shop.copy("✅ Sent by Stina")


async def test_a_draft_that_was_changed(shop: Shop, anna: Customer) -> None:
    await berta_owns_it(shop)
    await ring_due(shop.running.business, RINGS)
    anna.says("How long does delivery take?")
    await anna.reads("Three working days")
    anna.says("/human")
    await anna.reads("NF-000002")
    await ring_due(shop.running.business, RINGS)
    draft = await shop.copy("Draft for Anna")
    shop.staff.presses(draft, "Edit")
    asked = await shop.copy("Reply to this message with your words")
    shop.staff.says(f"Like {ORDER}: three days", to=shop.desk, reply_to=asked)
    await decides(shop, anna, await shop.copy(f"Like {ORDER}"))


async def test_words_that_were_changed_after_the_first_tap_need_a_first_tap_again(
    shop: Shop, anna: Customer
) -> None:
    await berta_owns_it(shop)
    card = await shop.hands_over(anna)
    shop.staff.says("/s left", to=shop.desk, reply_to=card)
    preview = await shop.copy("(snippet left)")
    shop.staff.presses(preview, "Send")
    asked = await shop.copy("Send it anyway?")
    surely = asked.buttons[0].code
    shop.staff.presses(asked, "Edit")
    asked = await shop.copy("Reply to this message with your words")
    shop.staff.says(f"{ORDER} and no more", to=shop.desk, reply_to=asked)
    await shop.copy(f"{ORDER} and no more")
    late = shop.telegram.press(shop.staff, preview, surely)
    await shop.telegram.until(lambda: late.answered)
    await shop.rests()
    assert not knows(anna)


async def test_what_is_planned(shop: Shop, anna: Customer) -> None:
    """Refused when it is planned; asked about when it became another's only since."""
    card = await shop.hands_over(anna)
    shop.staff.says(f"/later 2h About {ORDER}: tomorrow", to=shop.desk, reply_to=card)
    await shop.copy("It goes to Anna")
    await berta_owns_it(shop)
    shop.staff.says(f"/later 2h Again about {ORDER}", to=shop.desk, reply_to=card)
    await shop.copy(f"Nothing is planned: {ORDER} is another customer's")
    assert isinstance(shop.clock, EverybodysClock)
    shop.clock.turn(2 * 3600 + 1)
    await ring_due(shop.running.business, RINGS)
    await decides(shop, anna, await shop.copy("planned for now"))


async def test_the_owners_phone(shop: Shop, channel: str) -> None:
    owner = shop.on_whatsapp("Olle", phone=PHONE)
    owner.says("Hello")
    await owner.reads("Nothing was sent")
    await berta_owns_it(shop)
    anna = shop.customer(channel)
    await shop.hands_over(anna)
    mine = owner.says(f"NF-000002 {ORDER} left today")
    asked = await owner.reads("Send it anyway?")
    assert asked.reply_to == mine.id
    await shop.rests()
    assert not knows(anna)
    owner.presses(asked, "Send anyway")
    await anna.reads(f"{ORDER} left today")
    await shop.copy("Olle answered by WhatsApp")
    owner.presses(asked, "Do not send")
    await owner.reads("Olle has decided on this already.")
    owner.says(f"NF-000002 and {ORDER} once more")
    owner.presses(await owner.reads("Send it anyway?"), "Do not send")
    await owner.reads("Not sent: Olle said so")
    await shop.rests()
    assert sum("204518" in text for text in texts_of(received(anna))) == 1


async def test_a_strangers_tap_on_such_a_button_sends_nothing(shop: Shop, anna: Customer) -> None:
    owner, eve = shop.on_whatsapp("Olle", phone=PHONE), shop.on_whatsapp("Eve")
    owner.says("Hello")
    await owner.reads("Nothing was sent")
    await berta_owns_it(shop)
    await shop.hands_over(anna)
    owner.says(f"NF-000002 {ORDER} left today")
    asked = await owner.reads("Send it anyway?")
    eve.says("How long does delivery take?")
    answer = await eve.reads("Three working days")
    eve.presses_template(answer, "Send anyway", asked.buttons[0][0])
    await shop.rests()
    assert not knows(anna)


async def test_one_message_to_many(shop: Shop, anna: Customer) -> None:
    await berta_owns_it(shop)
    await shop.hands_over(anna)
    shop.staff.says(f"/broadcast {ORDER} can be fetched", to=shop.desk)
    preview = await shop.copy("📣 To")
    shop.staff.presses(preview, "Send")
    asked = await shop.copy(f"many would read it: {ORDER}")
    await ring_due(shop.running.business, RINGS)
    await shop.rests()
    assert not knows(anna)
    shop.staff.presses(asked, "Send anyway")
    await shop.copy("sends this")


async def test_an_edit_that_hides_it_behind_a_link(shop: Shop, anna: Customer) -> None:
    await berta_owns_it(shop)
    card = await shop.hands_over(anna)
    mine = shop.staff.says("Look here", to=shop.desk, reply_to=card)
    await anna.reads("Look here")
    link = {"type": "text_link", "offset": 0, "length": 4, "url": f"https://example.org/?o={ORDER}"}
    shop.staff.edits(mine, "Look there", entities=[link])
    await shop.copy(f"This is another customer's: {ORDER}")


async def test_it_can_be_switched_off(tmp_path: Path) -> None:
    tables = {"desk": "hold_others_details = false"}
    async with Shop(tmp_path, tables=tables) as shop:
        await berta_owns_it(shop)
        anna = shop.telegram.add_user("Anna")
        card = await shop.hands_over(anna, UNKNOWN)
        shop.staff.says(f"/later 1h About {ORDER}", to=shop.desk, reply_to=card)
        await shop.copy("It goes to Anna")
