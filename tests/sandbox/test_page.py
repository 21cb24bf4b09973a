"""The sandbox's page in a real browser, and what its server lets in."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

from sandbox.page_server import PageServer
from sandbox.play import Play, put_up
from sandbox.suggestions import SUGGESTIONS

CONFIG = Path(__file__).parent.parent.parent / "bot.toml"
CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 15_000
TRIES = 4
"""Milliseconds that a browser waits for what should appear."""
needs_browser = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}: install Debian's chromium"
)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@asynccontextmanager
async def served(play: Play) -> AsyncIterator[str]:
    server = PageServer(play)
    await server.start(0)
    yield server.url
    await server.stop()


@asynccontextmanager
async def shown(browser: Browser, url: str) -> AsyncIterator[Page]:
    """The page at `url`, in a window of its own; in the end its console must be clean."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE)
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.on("console", lambda word: mistakes.append(word.text) if word.type == "error" else None)
    await page.goto(url)
    await page.locator("body[data-ready]").wait_for()
    yield page
    await page.close()
    assert mistakes == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        await opened.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Play]:
    """One play for all the tests that leave no trace which another one would trip over."""
    async with put_up(CONFIG) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(stage: Play) -> AsyncIterator[str]:
    async with served(stage) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="module")
async def play() -> AsyncIterator[Play]:
    """A play in which nothing has been said yet."""
    async with put_up(CONFIG) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(play: Play, browser: Browser) -> AsyncIterator[Page]:
    async with served(play) as address, shown(browser, address) as opened:
        yield opened


def message(pane: Locator, words: str) -> Locator:
    return pane.locator(".message", has_text=words)


async def write(pane: Locator, words: str) -> None:
    await pane.locator("textarea").fill(words)
    await pane.locator("textarea").press("Enter")


async def ask_what_nobody_wrote_down(page: Page) -> Locator:
    """Returns the card that appears at the desk."""
    await page.locator("#telegram .chip.unknown").click()
    card = page.locator("#desk .message:has(.key.prime)")
    await expect(card).to_be_visible()
    return card


# A newcomer


@needs_browser
async def test_a_newcomer_asks_is_answered_replies_as_staff_and_reads_it(page: Page) -> None:
    phone, desk = page.locator("#telegram"), page.locator("#desk")
    await phone.get_by_role("button", name="How long does delivery take?").click()
    await expect(message(phone, "working days")).to_be_visible()
    await expect(page.locator("#model")).to_be_hidden()

    card = await ask_what_nobody_wrote_down(page)
    await expect(card).to_contain_text("Does Oskar still work in the workshop?")
    await card.get_by_role("button", name="Reply").click()
    await write(desk, "Yes, he is in on weekdays.")

    await expect(message(phone, "Yes, he is in on weekdays.")).to_be_visible()
    await expect(desk.locator(".receipt")).to_contain_text("delivered")
    await expect(page.locator(".steps .done")).to_have_count(4)


@needs_browser
async def test_the_same_works_on_whatsapp_with_ticks(page: Page) -> None:
    phone, desk = page.locator("#whatsapp"), page.locator("#desk")
    await phone.locator(".chip.unknown").click()
    await desk.get_by_role("button", name="Reply", exact=True).first.click()
    await write(desk, "He is *in* on weekdays.")
    reply = message(phone, "on weekdays.")
    await expect(reply).to_be_visible()
    await expect(reply.locator(".status")).to_contain_text("read")
    await expect(desk.locator(".receipt")).to_contain_text("read")


@needs_browser
async def test_a_word_among_colleagues_is_marked_and_no_customer_sees_it(page: Page, play: Play) -> None:
    await ask_what_nobody_wrote_down(page)
    desk = page.locator("#desk")
    await expect(desk.locator(".mode")).to_contain_text("Stays inside")
    await write(desk, "Who knows Oskar?")
    await expect(desk.locator(".message.internal")).to_contain_text("stays inside")
    await play.telegram.delivered()
    await expect(message(page.locator("#telegram"), "Who knows Oskar?")).to_have_count(0)


@needs_browser
async def test_the_group_can_be_plain_and_have_topics_again(page: Page, play: Play) -> None:
    phone, desk = page.locator("#telegram"), page.locator("#desk")
    await desk.get_by_role("button", name="Plain").click()
    await expect(desk.locator(".topics")).to_be_hidden()
    await play.telegram.delivered()
    await ask_what_nobody_wrote_down(page)
    await desk.get_by_role("button", name="Topics").click()
    await expect(desk.locator(".topic", has_text="General")).to_be_visible()
    await play.telegram.delivered()
    await write(page.locator("#whatsapp"), "Do you sell bicycles for elephants?")
    await expect(desk.locator(".topic", has_text="Erik")).to_be_visible()

    await desk.locator(".topic", has_text="General").click()
    await expect(desk.locator(".topic")).to_have_count(2)
    await expect(desk.locator(".chat-sub")).to_contain_text("requests without a topic")
    await message(desk, "Anna").get_by_role("button", name="Reply", exact=True).click()
    await write(desk, "Yes, on weekdays.")
    await expect(message(phone, "Yes, on weekdays.")).to_be_visible()


@needs_browser
async def test_with_a_model_typing_is_seen_before_the_answer(browser: Browser) -> None:
    async with put_up(CONFIG, ai=True) as play, served(play) as url, shown(browser, url) as page:
        await expect(page.locator("#model")).to_be_visible()
        phone = page.locator("#telegram")
        typing = asyncio.create_task(phone.locator(".typing").wait_for())
        await phone.get_by_role("button", name="How long does delivery take?").click()
        await typing
        await expect(message(phone, "working days")).to_be_visible()
        await expect(phone.locator(".typing")).to_have_count(0)
        assert play.model is not None
        assert [asked.name for asked in play.model.asked] == ["chat"]


# What customers can do


@needs_browser
async def test_a_picture_reaches_the_desk(page: Page) -> None:
    await ask_what_nobody_wrote_down(page)
    await page.locator("#telegram .attach").click()
    await page.get_by_role("button", name="Picture", exact=True).click()
    await expect(page.locator("#telegram .mine .picture")).to_be_visible()
    await expect(page.locator("#desk .theirs .picture")).to_be_visible()


@needs_browser
async def test_a_text_is_never_read_as_html(page: Page) -> None:
    wicked = '<img src="x" onerror="document.title=1"> <b>*bold*</b>'
    for pane in (page.locator("#telegram"), page.locator("#whatsapp")):
        await write(pane, wicked)
        mine = pane.locator(".message.mine").first
        await expect(mine).to_contain_text('<img src="x"')
        await expect(mine.locator("img, b")).to_have_count(0)
    assert await page.title() == "Svar sandbox"


async def use_tool(message: Locator, name: str) -> None:
    """A person moves the pointer there again when an answer has scrolled the message away beneath it."""
    tool = message.get_by_role("button", name=name)
    for _ in range(TRIES - 1):
        await message.hover()
        with contextlib.suppress(PlaywrightTimeout):
            await tool.click(timeout=1500)
            return
    await message.hover()
    await tool.click()


@needs_browser
async def test_a_message_can_be_edited_and_reacted_to(page: Page, play: Play) -> None:
    phone = page.locator("#telegram")
    await write(phone, "Helo")
    mine = phone.locator(".message.mine").first
    await use_tool(mine, "Edit")
    await write(phone, "Hello")
    await expect(phone.locator(".message.mine").first).to_contain_text("edited")
    theirs = phone.locator(".message.theirs").first
    await use_tool(theirs, "React")
    await page.locator("#emoji").get_by_role("button", name="🔥").click()
    await expect(theirs.locator(".reaction")).to_have_text("🔥")


@needs_browser
async def test_a_day_later_whatsapps_window_is_closed(page: Page) -> None:
    phone = page.locator("#whatsapp")
    await phone.locator(".chip").first.click()
    await expect(phone.locator(".theirs .words").first).to_be_visible()
    await phone.get_by_role("button", name="24 hours later").click()
    await expect(phone.locator(".banner")).to_contain_text("24 hours are over")


@needs_browser
async def test_what_is_written_while_telegram_is_down_is_answered_when_it_is_back(page: Page) -> None:
    phone, menu = page.locator("#telegram"), page.locator("[data-trouble=telegram]")
    await page.get_by_role("button", name="Make trouble").click()
    await menu.get_by_label("Down").check()
    await expect(page.locator("#trouble-name")).to_have_text("Telegram: down")
    await page.keyboard.press("Escape")
    await phone.get_by_role("button", name="How long does delivery take?").click()
    await expect(phone.locator(".message.mine")).to_be_visible()
    await page.locator("[popovertarget=trouble]").click()
    await menu.get_by_label("Fine").check()
    await expect(message(phone, "working days")).to_be_visible(timeout=30_000)


@needs_browser
async def test_another_customer_has_a_chat_of_their_own(page: Page) -> None:
    phone, menu = page.locator("#telegram"), page.locator("#telegram-menu")
    await write(phone, "Hello")
    await expect(phone.locator(".theirs .words").first).to_be_visible()
    await phone.locator(".persona").click()
    await menu.get_by_role("button", name="Somebody else").click()
    await expect(phone.locator(".message")).to_have_count(0)
    await expect(menu.get_by_label("Name")).not_to_have_value("Anna")
    await menu.get_by_role("button", name="Anna").click()
    await expect(message(phone, "Hello").first).to_be_visible()


# Small and wide


@needs_browser
async def test_on_a_phone_the_panes_are_tabs_with_badges(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.locator("#desk")).to_be_hidden()
    await page.locator("#telegram .chip.unknown").click()
    staff = page.get_by_role("tab", name="Staff")
    await expect(staff.locator(".badge")).to_be_visible()
    await staff.click()
    await expect(page.locator("#desk .key.prime")).to_be_visible()
    await expect(staff.locator(".badge")).to_be_hidden()


@needs_browser
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844), (320, 640)])
async def test_nothing_is_wider_than_the_window(browser: Browser, url: str, width: int, height: int) -> None:
    async with shown(browser, url) as page:
        await page.set_viewport_size({"width": width, "height": height})
        await page.locator("#telegram .chip").first.click()
        await expect(page.locator("#telegram .theirs .words").first).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


# What the server lets in


async def test_only_this_machines_own_name_is_answered(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        for path in ("", "events", "app.js"):
            async with session.get(url + path, headers={"Host": "sandbox.example:8090"}) as answer:
                assert answer.status == 421


@pytest.mark.parametrize("origin", ["http://sandbox.example", "null", ""])
async def test_another_sites_page_cannot_act(stage: Play, url: str, origin: str) -> None:
    headers = {"Origin": origin} if origin else {}
    address = f"{url}do/stage/later"
    async with aiohttp.ClientSession() as session, session.post(address, json={}, headers=headers) as answer:
        assert answer.status == 403
    assert stage.hours_ahead == 0


@pytest.mark.parametrize(
    ("act", "wish"),
    [
        ("telegram/say", {}),
        ("telegram/say", {"user": 1, "text": "Hello"}),
        ("telegram/say", {"user": "x", "text": ["Hello"]}),
        ("telegram/edit", {"user": 700000002, "message": 99, "text": "Hello"}),
        ("whatsapp/send", {"user": "SE.9000000000001", "kind": "photo", "content": "%"}),
        ("whatsapp/send", {"user": "SE.9000000000001", "kind": "poison"}),
        ("staff/say", {"text": " ", "topic": 0}),
        ("staff/topics", {"on": "yes"}),
        ("stage/trouble", {"platform": "telegram", "kind": "flood"}),
        ("stage/trouble", []),
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused_with_a_word(url: str, act: str, wish: object) -> None:
    headers = {"Origin": url.rstrip("/")}
    async with aiohttp.ClientSession(headers=headers) as session:
        answer = await session.post(f"{url}do/{act}", json=wish)
        assert answer.status == 400
        assert (await answer.json())["error"]


async def test_what_is_new_comes_by_itself(stage: Play, url: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{url}events") as stream:
        await stream.content.readuntil(b"\n\n")
        stage.whatsapp.customers[0].says("Hello there")
        while b"Hello there" not in (news := await stream.content.readuntil(b"\n\n")):
            pass
        assert orjson.loads(news.removeprefix(b"data: "))["whatsapp"]["users"][0]["messages"]


# The play itself


@pytest.mark.parametrize("language", SUGGESTIONS)
async def test_a_suggestion_is_what_it_says(stage: Play, language: str) -> None:
    look_up = stage.app.business.answerer.look_up
    found = {one["text"]: look_up(one["text"], language).answer is not None for one in SUGGESTIONS[language]}
    assert found == {one["text"]: one["known"] for one in SUGGESTIONS[language]}


async def test_it_plays_by_long_polling_too() -> None:
    async with put_up(CONFIG, delivery="polling", plain=True) as play:
        anna = next(user for user in play.telegram.users.values() if user is not play.staff)
        anna.says("How long does delivery take?")
        await anna.reads("working days")


async def run(*words: str, temporary: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=CONFIG.parent,
        env={**os.environ, "TMPDIR": str(temporary)},
    )


async def first_view(url: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}events") as stream:
        news = await stream.content.readuntil(b"\n\n")
        view: dict[str, Any] = orjson.loads(news.removeprefix(b"data: "))
        return view


@pytest.mark.parametrize(
    ("command", "topics", "model", "signum"),
    [
        (("bot", "sandbox", "--port", "0", "--plain"), False, False, signal.SIGINT),
        (("sandbox", "--port", "0", "--ai"), True, True, signal.SIGTERM),
    ],
)
async def test_it_says_one_line_does_as_told_and_leaves_nothing_behind(
    tmp_path: Path, command: tuple[str, ...], topics: bool, model: bool, signum: signal.Signals
) -> None:
    process = await run(*command, temporary=tmp_path)
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    view = await first_view(re.findall(r"http://127\.0\.0\.1:\d+/", line)[0])
    assert (view["desk"]["forum"], view["stage"]["model"]) == (topics, model)
    assert list(tmp_path.iterdir())
    process.send_signal(signum)
    out, err = await process.communicate()
    assert (process.returncode, out, err) == (0, b"", b"")
    assert list(tmp_path.iterdir()) == []


async def test_a_second_signal_does_not_cut_its_leaving_short(tmp_path: Path) -> None:
    """As `timeout` sends it, and as an impatient person does; it hung on what was still open."""
    process = await run("sandbox", "--port", "0", temporary=tmp_path)
    assert process.stdout is not None
    await process.stdout.readline()
    leaving = asyncio.create_task(process.communicate())
    while not leaving.done():
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)  # `send_signal` would look whether it is gone, and bury it
        await asyncio.wait({leaving}, timeout=0.02)
    assert (process.returncode, *leaving.result()) == (0, b"", b"")
    assert list(tmp_path.iterdir()) == []


async def test_a_refusal_is_a_sentence_and_exit_1(tmp_path: Path) -> None:
    config = tmp_path / "bot.toml"
    config.write_text('[knowledge]\nfolder = "nowhere"\n')
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    process = await run("sandbox", "--config", str(config), "--port", "0", temporary=temporary)
    out, err = await process.communicate()
    assert (process.returncode, out) == (1, b"")
    assert err.decode().startswith("knowledge.folder:")
    assert "Traceback" not in err.decode()
    assert list(temporary.iterdir()) == []
