"""The commands as a person or a script uses them: a process each, its exit code and what it prints."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from bot import VERSION
from sandbox.faults import EVERY, Fault
from tests.crash.load import Load
from tests.crash.process import INHERITED
from tests.crash.stage import Stage
from tests.crash.verdict import judge
from tests.shop import REPOSITORY

pytestmark = pytest.mark.timeout(120)

CONFIG = """
[bot]
name = "Maja"
company = "Nordmöbler"
languages = ["en", "sv", "nb"]
[server]
port = {port}
[telegram]
api_url = "http://127.0.0.1:9"
[whatsapp]
api_url = "http://127.0.0.1:9"
[knowledge]
folder = "{knowledge}"
{more}
"""
SECRETS = {
    "TELEGRAM_BOT_TOKEN": "5000000001:AAF-a-canary-nobody-may-read-000000",
    "TELEGRAM_CHAT_ID": "-1001234567890",
    "WHATSAPP_ACCESS_TOKEN": "EAAcanaryaccess",
    "WHATSAPP_SENDER_ID": "106540352242922",
    "WHATSAPP_APP_SECRET": "canary-app-secret-0123456789",
    "WHATSAPP_VERIFY_TOKEN": "canary-verify-token",
}
KNOWN = "How long does delivery take?"
UNKNOWN = "Do you sell bicycles for elephants?"
LEAVE_SECONDS = 10.0


@dataclass
class Home:
    """A folder with a bot.toml, from which commands are given."""

    folder: Path
    port: int = 0
    knowledge: str = str(REPOSITORY / "knowledge-base")
    more: str = ""
    secrets: dict[str, str] = field(default_factory=dict)

    def run(
        self, *arguments: str, given: bytes = b"", config: str = "", seconds: float = 20
    ) -> subprocess.CompletedProcess[str]:
        path = self.folder / "bot.toml"
        text = CONFIG.format(port=self.port, knowledge=self.knowledge, more=self.more)
        path.write_text(text, "utf-8")
        environ = {name: os.environ[name] for name in INHERITED if name in os.environ}
        done = subprocess.run(
            [sys.executable, "-m", "bot", "--config", config or str(path), *arguments],
            cwd=REPOSITORY,
            env=environ | self.secrets,
            input=given,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def refusal(self, *arguments: str) -> str:
        """The one line with which the command gives up."""
        done = self.run(*arguments)
        assert done.returncode == 1, done
        assert done.stdout == ""
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        return done.stderr.strip()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def set_up(home: Home) -> Home:
    """With the secrets of both platforms, which cannot be reached."""
    home.secrets = dict(SECRETS)
    return home


# Using it


@pytest.mark.parametrize(
    "arguments", [(), ("fly",), ("ask",), ("kb",), ("run", "now"), ("--port", "1", "run")]
)
def test_used_wrongly_it_says_how_to_use_it(home: Home, arguments: tuple[str, ...]) -> None:
    done = home.run(*arguments)

    assert done.returncode == 2
    assert "usage: python -m bot" in done.stderr


def test_it_tells_its_version_and_its_commands(home: Home) -> None:
    assert (home.run("--version").returncode, home.run("--version").stdout.strip()) == (0, VERSION)
    told = home.run("--help")

    assert told.returncode == 0
    for command in ("run", "sandbox", "check", "ask", "eval"):
        assert re.search(rf"^ +{command} ", told.stdout, re.MULTILINE)


@pytest.mark.parametrize("command", [("run",), ("check",), ("ask", KNOWN), ("eval", "cases.jsonl")])
def test_without_a_bot_toml_no_command_works(home: Home, command: tuple[str, ...]) -> None:
    done = home.run(*command, config=str(home.folder / "nowhere" / "bot.toml"))

    assert done.returncode == 1
    assert done.stderr.startswith("bot.toml: is not in ")
    assert "--config" in done.stderr


def test_all_mistakes_of_a_bot_toml_are_told_at_once(home: Home) -> None:
    home.more = '[tickets]\nprefiks = "NF"\n[delivery]\ngive_up_after_hours = -1\n'
    done = home.run("check")

    assert done.returncode == 1
    assert "tickets.prefiks" in done.stderr
    assert "prefix" in done.stderr
    assert "delivery.give_up_after_hours" in done.stderr
    assert "Traceback" not in done.stderr


# ask


def test_ask_prints_the_answer_and_where_it_stands(home: Home) -> None:
    done = home.run("ask", KNOWN)

    assert (done.returncode, done.stderr) == (0, "")
    assert "working days" in done.stdout
    assert re.search(r"^ +\d\.\d\d +faq\.md # How long does delivery take\?$", done.stdout, re.MULTILINE)


def test_ask_says_that_a_person_would_be_asked(home: Home) -> None:
    done = home.run("ask", UNKNOWN)

    assert done.returncode == 0
    assert done.stdout.startswith("No answer: a person would be asked.")


def test_ask_answers_in_json(home: Home) -> None:
    done = home.run("ask", "--json", KNOWN)
    told = json.loads(done.stdout)

    assert done.returncode == 0
    assert list(told) == ["question", "answer", "answered", "score", "sources", "seconds"]
    assert (told["question"], told["answered"]) == (KNOWN, True)
    assert told["answer"]
    assert set(told["sources"][0]) == {"file", "heading", "score"}
    assert 0 < told["seconds"] < 1


def test_ask_reads_a_question_a_line_and_prints_an_object_a_line(home: Home) -> None:
    questions = [
        KNOWN,
        UNKNOWN,
        "Hur lång är leveranstiden?",
        "  spaces around  ",
        "\N{CROISSANT}",
        "a" * 5000,
    ]
    done = home.run("ask", "-", given="\n".join(questions).encode())
    told = [json.loads(line) for line in done.stdout.splitlines()]

    assert (done.returncode, done.stderr) == (0, "")
    assert [one["question"] for one in told] == [question.strip() for question in questions]
    assert [one["answered"] for one in told[:3]] == [True, False, True]
    assert (told[1]["answer"], told[0]["sources"][0]["file"]) == (None, "faq.md")
    assert told[2]["sources"][0]["file"] == "faq.sv.md"


def test_a_line_that_is_not_utf_8_does_not_stop_the_others(home: Home) -> None:
    done = home.run("ask", "-", given=b"\xff\xfe what?\n" + KNOWN.encode())

    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["answered"] for line in done.stdout.splitlines()] == [False, True]


def test_ask_with_no_question_at_all_is_fine(home: Home) -> None:
    done = home.run("ask", "-", given=b"")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_ask_answers_each_line_before_the_next_one_comes(home: Home) -> None:
    """A script may hold a dialogue with it."""
    home.run("--version")
    command = [sys.executable, "-m", "bot", "--config", str(home.folder / "bot.toml"), "ask", "-"]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for question in (KNOWN, UNKNOWN):
            process.stdin.write(f"{question}\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["question"] == question
        process.stdin.close()
        assert process.wait(5) == 0


def test_who_reads_only_the_first_answers_sees_no_traceback(home: Home) -> None:
    home.run("--version")
    command = [sys.executable, "-m", "bot", "--config", str(home.folder / "bot.toml"), "ask", "-"]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, said = process.communicate(KNOWN.encode() * 3)
    assert (process.returncode, said) == (1, b"")


def test_ask_needs_no_secrets_and_leaves_nothing_behind(home: Home) -> None:
    assert home.run("ask", KNOWN).returncode == 0
    assert [path.name for path in home.folder.iterdir()] == ["bot.toml"]


@pytest.mark.parametrize("command", [("ask", KNOWN), ("eval", "cases.jsonl"), ("run",)])
def test_a_missing_knowledge_base_is_one_clear_line(set_up: Home, command: tuple[str, ...]) -> None:
    set_up.knowledge = "nowhere"
    line = set_up.refusal(*command)

    assert str(set_up.folder / "nowhere") in line
    assert "knowledge.folder" in line


# eval


def test_eval_counts_right_and_wrong_and_escalated(home: Home) -> None:
    cases = [
        {"question": KNOWN, "source": "faq.md"},
        {"question": "Hur lång är leveranstiden?", "source": "pricing.sv.md"},
        {"question": UNKNOWN, "source": None},
        {"question": UNKNOWN, "source": "faq.md"},
    ]
    path = home.folder / "cases.jsonl"
    path.write_text("\n".join(map(json.dumps, cases)), "utf-8")
    done = home.run("eval", str(path))

    assert (done.returncode, done.stderr) == (0, "")
    counted = dict(
        re.findall(r"^(right|wrong|rightly escalated|wrongly escalated) +(\d+) ", done.stdout, re.MULTILINE)
    )
    assert counted == {"right": "1", "wrong": "1", "rightly escalated": "1", "wrongly escalated": "1"}
    assert "wrong: 'Hur lång är leveranstiden?' -> faq.sv.md#" in done.stdout


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (None, "No such file"),
        (b'{"question": "a", "source": null}\nnonsense\n', "line 2"),
        (b'{"source": null}', "line 1"),
        (b"\xff\xfe", "utf-8"),
    ],
)
def test_eval_says_what_is_wrong_with_the_cases(home: Home, content: bytes | None, word: str) -> None:
    path = home.folder / "cases.jsonl"
    if content is not None:
        path.write_bytes(content)
    line = home.refusal("eval", str(path))

    assert line.startswith(str(path))
    assert word in line


# check


def test_check_of_a_new_copy_says_what_is_off_and_that_nothing_stops_it(home: Home) -> None:
    done = home.run("check")

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert all(re.match(r"(✅|⚠️ |❌) [a-z][a-z. ]*: \S", line) for line in lines), lines
    assert any("telegram: off: TELEGRAM_BOT_TOKEN" in line for line in lines)
    assert any("whatsapp: off: WHATSAPP_ACCESS_TOKEN" in line for line in lines)
    assert any(re.search(r"knowledge base: \d+ passages", line) for line in lines)


def test_check_tells_platforms_that_cannot_be_reached_and_no_secret(set_up: Home) -> None:
    done = set_up.run("check")

    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr
    assert "telegram" in done.stdout
    assert "whatsapp.number" in done.stdout
    for secret in SECRETS.values():
        assert secret not in done.stdout.replace(SECRETS["TELEGRAM_CHAT_ID"], "").replace(
            SECRETS["WHATSAPP_SENDER_ID"], ""
        ) or secret in (SECRETS["TELEGRAM_CHAT_ID"], SECRETS["WHATSAPP_SENDER_ID"])


def test_check_ends_with_1_when_something_would_stop_the_bot(home: Home) -> None:
    home.knowledge = "nowhere"
    done = home.run("check")

    assert done.returncode == 1
    assert "❌ knowledge base: " in done.stdout


def test_check_names_an_article_that_cannot_be_read(home: Home) -> None:
    home.knowledge = str(with_a_bad_article(home.folder))
    done = home.run("check")

    assert done.returncode == 0
    assert re.search(r"knowledge base: .*bad\.md .*UTF-8", done.stdout)
    assert "working days" in home.run("ask", KNOWN).stdout


def with_a_bad_article(folder: Path) -> Path:
    """The shop's articles, and one that its author saved in an old encoding."""
    articles = folder / "articles"
    shutil.copytree(REPOSITORY / "knowledge-base", articles)
    (articles / "bad.md").write_bytes("## När?\n\nAlltid, även på söndagar.\n".encode("latin-1"))
    return articles


# run: what stops it


def test_a_taken_port_is_one_clear_line(set_up: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        set_up.port = taken.getsockname()[1]
        line = set_up.refusal("run")

    assert f"server.port: cannot listen on 127.0.0.1:{set_up.port}" in line
    assert "bot.toml" in line


def test_a_database_folder_that_cannot_be_written_is_one_clear_line(set_up: Home) -> None:
    (set_up.folder / "data").write_text("not a folder", "utf-8")
    line = set_up.refusal("run")

    assert "cannot be written" in line
    assert "storage.url" in line


def test_a_file_that_is_no_database_is_one_clear_line(set_up: Home) -> None:
    (set_up.folder / "data").mkdir()
    (set_up.folder / "data" / "bot.db").write_bytes(b"my shopping list\n" * 500)

    assert "is not a database, or it is damaged" in set_up.refusal("run")


# run: what does not


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage(tmp_path) as stage:
        yield stage


def greeting(stage: Stage) -> str:
    lines = stage.bot.log.read_text("utf-8").splitlines()
    return next(line for line in lines if " answers for " in line)


async def until_gone(stage: Stage) -> tuple[int, float]:
    """The exit code, and how many seconds it took."""
    started = time.monotonic()
    code = await asyncio.to_thread(stage.bot.bury, LEAVE_SECONDS + 5)
    return code, time.monotonic() - started


async def test_it_says_where_it_is_and_leaves_when_told(stage: Stage) -> None:
    for sign in (signal.SIGTERM, signal.SIGINT):
        await stage.first_start()
        os.kill(stage.bot.pid, sign)
        code, seconds = await until_gone(stage)
        assert (code, seconds < LEAVE_SECONDS) == (0, True)

    assert re.fullmatch(
        rf"Maja answers for Nordmöbler on telegram, whatsapp\. Listening on 127\.0\.0\.1:{stage.port}\.",
        greeting(stage),
    )
    assert not stage.bot.errors()


async def test_a_second_one_on_the_same_database_is_refused(stage: Stage) -> None:
    await stage.first_start()
    second = Home(stage.shop.folder, secrets=SECRETS)
    line = await asyncio.to_thread(second.refusal, "run")
    assert "in use by another Svar: stop that one first" in line

    checked = await asyncio.to_thread(second.run, "check")
    assert checked.returncode == 0, "nothing is wrong with a bot that runs"
    assert "in use by a running Svar" in checked.stdout
    anna = stage.shop.customer("telegram")
    anna.says(KNOWN)
    await anna.reads("working days")


@pytest.mark.parametrize(
    ("off", "missing"), [("whatsapp", "WHATSAPP_ACCESS_TOKEN"), ("telegram", "TELEGRAM_BOT_TOKEN")]
)
async def test_without_its_secret_one_platform_is_off_and_the_other_answers(
    tmp_path: Path, off: str, missing: str
) -> None:
    async with Stage(tmp_path, environ={missing: ""}) as stage:
        stage.start()
        on = "whatsapp" if off == "telegram" else "telegram"
        await until_open(stage, on)
        if on == "whatsapp":
            await stage.shop.whatsapp.verify(f"{stage.front.url}/whatsapp/webhook")
        anna = stage.shop.customer(on)
        anna.says(KNOWN)
        await anna.reads("working days")
        async with aiohttp.ClientSession() as session:
            answer = await session.post(f"{stage.bot_url}/{off}/webhook", data=b"{}")
            health = await (await session.get(f"{stage.bot_url}/api/support/health")).json()
        assert answer.status in (403, 404)
        assert health["status"] == "ok"
        assert (health[f"{off}_configured"], health[f"{on}_configured"]) == (False, True)
        assert f" on {on}. " in greeting(stage)


async def until_open(stage: Stage, channel: str) -> None:
    async with asyncio.timeout(15):
        while f"{channel} is open" not in stage.bot.last_words(1000):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_platform_that_is_down_at_the_start_holds_up_nobody_and_opens_later(stage: Stage) -> None:
    shop = stage.shop
    port = int(shop.telegram.url.rpartition(":")[2])
    await shop.telegram.stop()
    stage.start()
    await until_open(stage, "whatsapp")
    await shop.whatsapp.verify(f"{stage.front.url}/whatsapp/webhook")
    bo = shop.customer("whatsapp", "Bo")
    bo.says(KNOWN)
    await bo.reads("working days")
    assert "telegram is open" not in stage.bot.last_words(1000)

    await shop.telegram.start(port)
    await shop.telegram.until(lambda: shop.telegram.webhook.url, 20)
    anna = shop.customer("telegram")
    anna.says(KNOWN)
    await anna.reads("working days")


async def test_a_bad_article_does_not_keep_it_from_running(tmp_path: Path) -> None:
    articles = with_a_bad_article(tmp_path)
    async with Stage(tmp_path, tables={"knowledge": f'folder = "{articles}"'}) as stage:
        await stage.first_start()
        anna = stage.shop.customer("telegram")
        anna.says(KNOWN)
        await anna.reads("working days")
        assert "bad.md" in stage.bot.last_words(1000)


# run: leaving


async def test_told_twice_under_load_it_still_finishes_what_it_began(stage: Stage) -> None:
    load = Load(stage.shop, seed=5)
    await stage.first_start()
    load.start(4)
    await stage.shop.telegram.until(lambda: len(stage.front.acknowledged) > 60, 20)
    pid = stage.bot.pid
    os.kill(pid, signal.SIGTERM)
    await asyncio.sleep(0.02)
    os.kill(pid, signal.SIGTERM)
    code, seconds = await until_gone(stage)
    assert (code, seconds < LEAVE_SECONDS) == (0, True)

    stage.start()
    await stage.first_answer()
    await load.stop()
    await stage.rest()
    assert await asyncio.to_thread(stage.bot.leave, LEAVE_SECONDS) == 0
    verdict = judge(stage.shop, stage.front, load, stage.database)
    assert verdict.kept, "\n".join(verdict.lines())
    assert verdict.figures["sends repeated, on record as doubted"] == 0


async def test_told_to_leave_while_it_starts_it_goes_and_nothing_is_lost(stage: Stage) -> None:
    load = Load(stage.shop, seed=6)
    await stage.first_start()
    load.start(2)
    await stage.shop.telegram.until(lambda: len(stage.front.acknowledged) > 20, 20)
    await asyncio.to_thread(stage.bot.leave, LEAVE_SECONDS)
    for after in (0.0, 0.3, 0.6, 0.8):
        stage.start()
        await asyncio.sleep(after)
        code = await asyncio.to_thread(stage.bot.leave, LEAVE_SECONDS)
        assert code in (0, -signal.SIGTERM), "it has no handler before it has anything to finish"

    stage.start()
    await stage.first_answer()
    await load.stop()
    await stage.rest()
    verdict = judge(stage.shop, stage.front, load, stage.database)
    assert verdict.kept, "\n".join(verdict.lines())


async def test_nobody_who_dawdles_keeps_it_from_leaving_in_time(stage: Stage) -> None:
    """Platforms that do not answer, in the middle of a turn and of a send, and a client that never ends its post."""
    await stage.first_start()
    telegram, whatsapp = stage.shop.telegram, stage.shop.whatsapp
    anna, bo = telegram.add_user("Anna"), stage.shop.customer("whatsapp", "Bo")
    anna.says(KNOWN)
    answer = await anna.reads("working days")
    telegram.faults.always(EVERY, Fault.hang())
    whatsapp.faults.always(EVERY, Fault.hang())
    bo.says(UNKNOWN)
    anna.presses(answer, "person")
    await telegram.until(lambda: telegram.called("answerCallbackQuery"))
    await whatsapp.until(lambda: whatsapp.called("messages"))
    _, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    writer.write(b"POST /telegram/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()

    code = await asyncio.to_thread(stage.bot.leave, LEAVE_SECONDS)
    writer.close()
    assert code == 0
