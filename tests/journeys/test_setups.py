"""Shops that are set up otherwise: one channel only, another language at the desk, a broken article."""

from pathlib import Path

from tests.shop import UNKNOWN, Shop

NO_WHATSAPP = {"WHATSAPP_ACCESS_TOKEN": ""}
NO_TELEGRAM = {"TELEGRAM_BOT_TOKEN": "", "TELEGRAM_CHAT_ID": "", "TELEGRAM_WEBHOOK_SECRET": ""}


async def test_without_whatsapps_secrets_telegram_runs_alone(tmp_path: Path) -> None:
    async with Shop(tmp_path, environ=NO_WHATSAPP) as shop:
        assert await shop.post_whatsapp(b"{}") == 404
        anna = shop.telegram.add_user("Anna")
        card = await shop.hands_over(anna)
        shop.staff.says("/status", to=shop.desk)
        assert "WhatsApp" not in (await shop.copy("How Nordmöbler is doing")).text
        shop.staff.says("Hello", to=shop.desk, reply_to=card)
        await anna.reads("Hello")


async def test_without_telegrams_secrets_whatsapp_runs_alone_and_says_that_nobody_is_there(
    tmp_path: Path,
) -> None:
    async with Shop(tmp_path, environ=NO_TELEGRAM, delivery="polling") as shop:
        anna = shop.on_whatsapp()
        anna.says("How long does delivery take?")
        await anna.reads("working days")
        anna.says(UNKNOWN)
        told = await anna.reads("NF-000001")
        assert "None of my colleagues can be reached" in told.text
        assert not shop.telegram.calls


async def test_requests_from_before_telegram_was_set_up_come_to_the_desk(tmp_path: Path) -> None:
    async with Shop(tmp_path, environ=NO_TELEGRAM, delivery="polling") as shop:
        anna = shop.on_whatsapp()
        anna.says(UNKNOWN)
        await anna.reads("NF-000001")
        await shop.close()
        shop.environ = {}
        await shop.open()
        card = await shop.card("elephants")
        shop.staff.says("Only for mice", to=shop.desk, reply_to=card)
        await anna.reads("Only for mice")


async def test_the_desk_speaks_its_own_language(tmp_path: Path) -> None:
    async with Shop(tmp_path, tables={"desk": 'language = "sv"'}) as shop:
        anna = shop.on_whatsapp()
        card = await shop.hands_over(anna)
        assert "in the knowledge base" not in card.text
        assert "engelska" in card.text.lower()
        shop.staff.says("/status", to=shop.desk)
        await shop.copy(f"{shop.running.business.library.summary().passages} ")
        assert not [message for message in shop.desk.shown() if "How Nordmöbler" in message.text]


async def test_tickets_have_the_prefix_of_the_shop(tmp_path: Path) -> None:
    async with Shop(tmp_path, tables={"tickets": 'prefix = "SHOP7"'}) as shop:
        anna = shop.telegram.add_user("Anna")
        anna.says(UNKNOWN)
        await anna.reads("SHOP7-000001")
        shop.staff.says("/resolve SHOP7-000001", to=shop.desk)
        await anna.reads("SHOP7-000001 is closed")


async def test_an_article_that_cannot_be_read_is_named_at_the_desk(tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    folder.mkdir()
    (folder / "good.md").write_text("# Good\n\n## When do you open?\n\nAt nine.\n", "utf-8")
    (folder / "bad.md").write_bytes(b"# Bad\n\n\xff\xfe not UTF-8\n")
    async with Shop(tmp_path, tables={"knowledge": f'folder = "{folder}"'}) as shop:
        shop.staff.says("/status", to=shop.desk)
        await shop.copy("⚠️ bad.md")


async def test_one_language_is_enough(tmp_path: Path) -> None:
    tables = {
        "bot": 'name = "Maja"\ncompany = "Nordmöbler"\nlanguages = ["sv"]\ntimezone = "Europe/Stockholm"'
    }
    async with Shop(tmp_path, tables=tables) as shop:
        anna = shop.telegram.add_user("Anna", language="en")
        anna.says("Hello!")
        assert "I am Maja" not in (await anna.reads("Maja")).text
