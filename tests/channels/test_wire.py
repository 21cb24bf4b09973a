"""Calls to a platform whose bytes go wrong: what certainly never left, what nobody can know, and what is fine after all."""

import asyncio
import datetime
import gzip
import ssl
from collections.abc import Awaitable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.channel import SendLater, SendRefused, SendUnsure
from bot.clock import SystemClock
from bot.content import Content
from handlers.channels.telegram import TelegramChannel
from handlers.channels.whatsapp import WhatsAppChannel
from handlers.channels.wire import Address, NeverLeft, Unanswered, Wire
from tests.channels.crooked import Act, Answer, Crooked, crooked, good

TOKEN = "123:secret"
HELLO = Content("Hej")


def taken(number: int) -> bytes:
    return good(sent(number))


def sent(number: int) -> bytes:
    return b'{"ok": true, "result": {"message_id": %d}}' % number


async def nobody_receives(*_: object) -> None:
    """Nothing comes in here."""


async def no_files(*_: object) -> bytes:
    return b""


def telegram(url: str) -> TelegramChannel:
    return TelegramChannel(token=TOKEN, receive=nobody_receives, clock=SystemClock(), api_url=url)


async def say(url: str, times: int = 1) -> list[tuple[str, ...]]:
    """The ids of each message, sent one after the other."""
    channel = telegram(url)
    try:
        return [await channel.send("5", HELLO) for _ in range(times)]
    finally:
        await channel.stop()


async def test_one_connection_serves_call_after_call() -> None:
    async with crooked([taken(1)], [taken(2)], [taken(3)]) as platform:
        assert await say(platform.url, 3) == [("1",), ("2",), ("3",)]
        assert platform.connections == 1


async def test_a_call_is_plain_http_with_its_length_and_its_host() -> None:
    async with crooked([taken(1)]) as platform:
        await say(platform.url)
        head, _, body = platform.heard[0].partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        assert lines[0] == b"POST /bot123:secret/sendMessage HTTP/1.1"
        assert lines.count(b"Host: 127.0.0.1:%d" % platform.port) == 1
        assert lines.count(b"Content-Length: %d" % len(body)) == 1
        assert lines.count(b"Content-Type: application/json") == 1


ODD_BUT_GOOD: dict[str, Answer] = {
    "interim answers first": [
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n",
        taken(7),
    ],
    "in chunks": [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n" + sent(7)[:8],
        b"\r\n%x\r\n" % len(sent(7)[8:]) + sent(7)[8:] + b"\r\n0\r\n\r\n",
    ],
    "byte by byte": [bytes([byte]) for byte in taken(7)],
    "until the connection ends": [b"HTTP/1.0 200 OK\r\n\r\n" + sent(7), Act.CLOSE],
    "packed though asked for plain": [good(gzip.compress(sent(7)), b"Content-Encoding: gzip")],
    "many headers": [good(sent(7), *(b"X-%d: y" % number for number in range(100)))],
}


@pytest.mark.parametrize("answer", ODD_BUT_GOOD.values(), ids=ODD_BUT_GOOD.keys())
async def test_an_answer_in_any_dress_is_read(answer: Answer) -> None:
    async with crooked(answer) as platform:
        assert await say(platform.url) == [("7",)]


NOBODY_KNOWS: dict[str, Answer] = {
    "closed without a word": [Act.CLOSE],
    "reset without a word": [Act.RESET],
    "cut in the head": [b"HTTP/1.1 200 OK\r\nContent-Le", Act.CLOSE],
    "cut in the body": [taken(7)[:-5], Act.CLOSE],
    "reset in the body": [taken(7)[:-5], Act.RESET],
    "cut in a chunk": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n80\r\nabc", Act.CLOSE],
    "a chunk of no length": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"],
    "no HTTP at all": [b"SSH-2.0-OpenSSH_9.2\r\n\r\n"],
    "two lengths": [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"],
    "a huge header": [good(sent(7), b"X-Much: " + b"x" * 100_000)],
    "packed, but not really": [good(b"nonsense", b"Content-Encoding: gzip")],
    "a page where JSON should be": [good(b"<html>Welcome to the hotel's network</html>")],
    "an interim answer and no other": [b"HTTP/1.1 100 Continue\r\n\r\n", Act.CLOSE],
    "another protocol": [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"],
    "no end": [b"HTTP/1.1 200 OK\r\n\r\n", *([b" " * 1024 * 1024] * 17), Act.HANG],
}


@pytest.mark.parametrize("answer", NOBODY_KNOWS.values(), ids=NOBODY_KNOWS.keys())
async def test_what_was_asked_and_not_answered_is_unsure(answer: Answer) -> None:
    async with crooked(answer) as platform:
        with pytest.raises(SendUnsure):
            await say(platform.url)
        assert len(platform.heard) == 1


async def test_a_refusal_is_one_whatever_becomes_of_the_connection() -> None:
    words = b'{"ok": false, "description": "Forbidden: bot was blocked by the user"}'
    async with crooked([good(words, b"Connection: close", status=b"403 Forbidden"), Act.RESET]) as platform:
        with pytest.raises(SendRefused):
            await say(platform.url)


async def test_after_any_trouble_the_next_call_goes_its_own_way() -> None:
    """Nothing that is left over on a connection is taken for a later call's answer."""
    troubles = [answer for answer in NOBODY_KNOWS.values() if Act.HANG not in answer]
    answers = [answer for trouble in troubles for answer in (trouble, [taken(8)])]
    async with crooked(*answers) as platform:
        channel = telegram(platform.url)
        for _ in troubles:
            with pytest.raises(SendUnsure):
                await channel.send("5", HELLO)
            assert await channel.send("5", HELLO) == ("8",)
        await channel.stop()


# The connection between calls


async def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    async with crooked([taken(1), Act.BYE], [taken(2)]) as platform:
        channel = telegram(platform.url)
        assert await channel.send("5", HELLO) == ("1",)
        await platform.left.wait()
        assert await channel.send("5", HELLO) == ("2",)
        assert (platform.connections, len(platform.heard)) == (2, 2)
        await channel.stop()


async def test_a_connection_that_ends_under_the_call_leaves_it_unsure() -> None:
    """Whether the other side read it before it closed, nobody can know."""
    async with crooked([taken(1)], [Act.CLOSE], [taken(3)]) as platform:
        channel = telegram(platform.url)
        assert await channel.send("5", HELLO) == ("1",)
        with pytest.raises(SendUnsure):
            await channel.send("5", HELLO)
        assert await channel.send("5", HELLO) == ("3",)
        await channel.stop()


STRAY = good(b'{"ok": true, "result": {"message_id": 666}}', status=b"408 Request Timeout")


async def test_two_answers_to_one_call_spoil_the_connection() -> None:
    async with crooked([taken(1) + STRAY], [taken(2)]) as platform:
        assert await say(platform.url, 2) == [("1",), ("2",)]
        assert platform.connections == 2


async def test_an_answer_that_nobody_asked_for_is_nobodys() -> None:
    async with crooked([taken(1)], [taken(2)]) as platform:
        channel = telegram(platform.url)
        assert await channel.send("5", HELLO) == ("1",)
        platform.say(STRAY)
        for _ in range(5):  # on this machine it is there with the loop's next look
            await asyncio.sleep(0)
        assert await channel.send("5", HELLO) == ("2",)
        assert platform.connections == 2
        await channel.stop()


async def test_a_call_that_was_given_up_leaves_its_answer_to_nobody() -> None:
    async with crooked([Act.HANG], [taken(2)]) as platform:
        channel = telegram(platform.url)
        call = asyncio.create_task(channel.send("5", HELLO))
        await platform.called.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await channel.send("5", HELLO) == ("2",)
        assert platform.connections == 2
        await channel.stop()


# Time


async def test_who_is_silent_for_too_long_leaves_it_unsure() -> None:
    await unanswered([Act.HANG], seconds=30, silence=0.05)
    await unanswered([taken(7)[:-5], Act.HANG], seconds=30, silence=0.05)


async def test_who_never_comes_to_an_end_leaves_it_unsure() -> None:
    async with crooked([b"HTTP/1.1 200 OK\r\n\r\n", Act.HANG]) as platform, asyncio.TaskGroup() as tasks:
        dribble = tasks.create_task(dribble_on(platform))
        with pytest.raises(Unanswered):
            await call(platform.url, seconds=0.3, silence=20)
        dribble.cancel()


async def dribble_on(platform: Crooked) -> None:
    await platform.called.wait()
    while True:
        platform.say(b"x")
        await asyncio.sleep(0.01)


async def unanswered(answer: Answer, *, seconds: float, silence: float) -> None:
    async with crooked(answer) as platform:
        with pytest.raises(Unanswered):
            await call(platform.url, seconds=seconds, silence=silence)


async def call(url: str, *, seconds: float, silence: float) -> tuple[int, bytes]:
    wire = Wire(4, 20.0)
    try:
        return await wire.call(Address.of(url), b"{}", seconds=seconds, silence=silence)
    finally:
        await wire.close()


# What never left


async def test_where_nobody_listens_nothing_left() -> None:
    async with crooked() as platform:
        url = platform.url
    await is_later(say(url))


async def test_a_certificate_that_nobody_vouches_for_is_refused_before_a_word_is_said(tmp_path: Path) -> None:
    async with crooked([taken(1)], tls=self_signed(tmp_path)) as platform:
        await is_later(say(platform.url))
        assert platform.heard == []


async def test_who_does_not_speak_tls_hears_no_word_of_ours() -> None:
    async with crooked([taken(1)], scheme="https") as platform:
        await is_later(say(platform.url))
        assert platform.heard == []


@pytest.mark.parametrize("url", ["ftp://x", "nonsense", "http://", "http://[::1", "http://x:99999"])
async def test_what_is_no_address_takes_nothing(url: str) -> None:
    await is_later(say(url))


async def test_a_secret_with_a_line_in_it_writes_no_header() -> None:
    async with crooked() as platform:
        channel = WhatsAppChannel(
            access_token="t\r\nX-Evil: 1",
            sender_id="1",
            app_secret="s",
            verify_token="v",
            receive=nobody_receives,
            fetch_foreign=no_files,
            clock=SystemClock(),
            api_url=platform.url,
        )
        await is_later(channel.send("46700000001", HELLO))
        await channel.stop()
        assert platform.connections == 0


async def test_a_full_pool_is_waited_for() -> None:
    wire = Wire(1, 20.0)
    async with crooked(*([taken(number)] for number in range(10))) as platform:
        address = Address.of(platform.url)
        answers = await asyncio.gather(*(wire.call(address, b"{}", seconds=20) for _ in range(10)))
        assert sorted(answers) == [(200, sent(number)) for number in range(10)]
        assert platform.connections == 1
    await wire.close()


async def test_a_wire_that_is_closed_ends_its_calls_and_opens_again() -> None:
    wire = Wire(4, 20.0)
    async with crooked([Act.HANG], [taken(2)]) as platform:
        address = Address.of(platform.url)
        call = asyncio.create_task(wire.call(address, b"{}", seconds=20))
        await platform.called.wait()
        await wire.close()
        with pytest.raises(Unanswered):
            await call
        assert await wire.call(address, b"{}", seconds=20) == (200, sent(2))
    await wire.close()


def test_an_address_that_is_none_never_left() -> None:
    with pytest.raises(NeverLeft, match="no address"):
        asyncio.run(address_of("http://host:port/"))


async def address_of(url: str) -> Address:
    return Address.of(url)


async def is_later(call: Awaitable[object]) -> None:
    with pytest.raises(SendLater):
        await call


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server with a certificate of its own making, for the right name."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "platform.pem"
    file.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
