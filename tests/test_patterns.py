"""No text takes for ever: whatever reads what strangers write, on texts made to trip its patterns (R-16)."""

import re
import time
from collections.abc import Callable

import orjson
import pytest

from bot.ai import commitments, disguises, grounding, pseudonyms, reply, wording
from bot.content import Content, Entity, Style
from bot.knowledge.language import detect
from bot.knowledge.names import names_in
from bot.knowledge.small_talk import small_talk
from bot.knowledge.words import fold, words
from bot.logs import redaction
from bot.split import parts
from bot.update import Inbound
from handlers.channels.telegram import TelegramChannel
from handlers.channels.telegram_read import read_update
from handlers.channels.whatsapp_format import formatted
from handlers.channels.whatsapp_read import read
from tests.shop import REPOSITORY, _read_library

MOST, MOST_OF_A_MODEL = 100_000, 32_000
PERSON = {"id": 7, "is_bot": False, "first_name": "Eve"}
GROWTH = 9.0
"""Four times the text may take four times as long, and half an order more for a busy machine; never sixteen times."""
WORTH_ASKING = 0.15
"""Seconds of the processor; what takes less for 100,000 characters harms nobody."""
PIECES = (
    *(
        "a",
        "1",
        " ",
        "\n",
        "_",
        "-",
        ".",
        "/",
        "@",
        "<",
        "[",
        "(",
        "*",
        "`",
        "'",
        "\\",
        "å",
        "\u200d",
        "\u0301",
    ),
    *(
        "a.",
        "a-",
        "1 ",
        "1,",
        "1.1",
        "0 ",
        "a@",
        "@a",
        "A a ",
        ". ",
        "\n\n",
        "<a ",
        "](",
        "[a](",
        "http://",
        "www.",
    ),
    *(
        "a'",
        "AA11",
        "AA11 ",
        "+1 (",
        "hello ",
        "ok thanks ",
        "a person ",
        "hundred ",
        "20-",
        "a@a.",
        "x" * 70 + "@",
    ),
)


LIBRARY = _read_library(REPOSITORY / "knowledge-base", ("en", "sv", "nb"))
LANGUAGES = ("en", "sv", "nb")


def read_on_telegram(text: str) -> None:
    said = {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "from": PERSON, "text": text}
    assert isinstance(read_update(orjson.dumps({"update_id": 1, "message": said}), "1"), Inbound)


def read_on_whatsapp(text: str) -> None:
    """With the text wherever a customer can put one."""
    file = {"id": "7", "filename": text, "caption": text, "mime_type": text}
    message = {"from": "46701", "id": "wamid.1", "timestamp": "1", "type": "document", "document": file}
    contact = {"wa_id": "46701", "user_id": text, "profile": {"name": text}}
    value = {"metadata": {"phone_number_id": "1"}, "contacts": [contact], "messages": [message]}
    post = {"entry": [{"changes": [{"field": "messages", "value": value}]}]}
    assert isinstance(read(orjson.dumps(post), "1")[0], Inbound)


def cut(text: str) -> None:
    bold = Entity(Style.BOLD, 10, len(text) // 2)
    parts(Content(text, (bold,)), TelegramChannel.limits)


READERS: dict[str, Callable[[str], object]] = {
    "an update of Telegram's": read_on_telegram,
    "a post of Meta's": read_on_whatsapp,
    "its words": lambda text: [fold(word) for word in words(text)],
    "its language": lambda text: detect(text, LANGUAGES, "en"),
    "small talk": small_talk,
    "names": lambda text: names_in([text]),
    "the passages that fit": lambda text: LIBRARY.find(text, "en"),
    "where it is cut": cut,
    "WhatsApp's marks": lambda text: formatted(text, (Entity(Style.BOLD, 0, 9),), 4096),
    "a line of the log": redaction(["secret-secret"]),
    "who is meant": lambda text: pseudonyms.Pseudonyms(("Anna Berg",), on=True).hide(text),
}
"""What reads the words of strangers."""
MODEL: dict[str, Callable[[str], object]] = {
    "what a model claims": lambda text: grounding.unsupported(text, ["It costs 20 SEK."], "en"),
    "whether a model says nothing": wording.says_nothing,
    "what a model says in other words": lambda text: wording.strays(
        text, [("It costs 20 SEK and takes two days.", "en")], "How much?", "en", sure=True
    ),
    "what a model promises": lambda text: commitments.broken_promises(text, ["It costs 20 SEK."], ()),
    "what a model hides": lambda text: list(disguises.plain_forms(text)),
    "an answer that is being written": lambda text: reply.begun(f'{{"sources": ["p1"], "answer": "{text}'),
}
"""What reads a model's answer. One this long is no answer to a customer, and yet may come."""


def seconds(reader: Callable[[str], object], text: str) -> float:
    """Of this thread: what else the machine does meanwhile does not count."""
    began = time.thread_time()
    reader(text)
    return time.thread_time() - began


def times_as_long(reader: Callable[[str], object], piece: str, most: int) -> float:
    """How many times as long it takes for four times the text; 0 where it is quick enough for anybody."""
    long, short = ((piece * most)[:length] for length in (most, most // 4))
    if seconds(reader, long) < WORTH_ASKING:
        return 0
    return min(seconds(reader, long) / seconds(reader, short) for _ in range(3))


@pytest.mark.parametrize("name", READERS)
def test_whatever_strangers_write_is_read_in_time_that_grows_with_its_length(name: str) -> None:
    found = {piece: times_as_long(READERS[name], piece, MOST) for piece in PIECES}
    assert {piece: times for piece, times in found.items() if times > GROWTH} == {}


@pytest.mark.parametrize("name", MODEL)
def test_whatever_a_model_answers_is_judged_in_time_that_grows_with_its_length(name: str) -> None:
    found = {piece: times_as_long(MODEL[name], piece, MOST_OF_A_MODEL) for piece in PIECES}
    assert {piece: times for piece, times in found.items() if times > GROWTH} == {}


def test_a_pattern_that_takes_for_ever_is_found_out() -> None:
    trap = re.compile(r".*[/]")
    assert times_as_long(lambda text: trap.sub("", text), "a", 40_000) > GROWTH
