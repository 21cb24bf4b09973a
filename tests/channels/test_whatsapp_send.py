"""What we send and fetch, on the emulator, which refuses what Meta refuses and can be rude."""

import gzip
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot.channel import SendLater, SendRefused, SendUnsure
from bot.clock import SystemClock
from bot.content import Button, Content, Entity, Media, MediaKind, Place, SharedContact, Style, Template
from bot.update import Inbound, Pressed, Progress, Progressed, Reacted, Reason, Said, Unreadable
from handlers.channels.whatsapp import WhatsAppChannel
from handlers.channels.whatsapp_write import form_of
from sandbox.faults import Fault
from sandbox.whatsapp import PhoneMessage, WhatsAppCustomer, WhatsAppEmulator
from sandbox.whatsapp.phone import JPEG, MP4, OGG, PDF, PNG, WEBP


@dataclass
class Elsewhere:
    """The files of other channels, and what fetching one raises."""

    files: dict[str, bytes] = field(default_factory=dict)
    error: Exception | None = None

    async def fetch(self, media: Media, most: int) -> bytes:
        if self.error:
            raise self.error
        return self.files[media.ref]


async def nobody_receives(channel: Any, items: Any) -> None:
    raise AssertionError("nothing comes in here")


def channel_at(url: str, emulator: WhatsAppEmulator, elsewhere: Elsewhere, **more: Any) -> WhatsAppChannel:
    given: dict[str, Any] = {
        "access_token": emulator.access_token,
        "sender_id": emulator.phone_number_id,
        "app_secret": emulator.app_secret,
        "verify_token": emulator.verify_token,
        "api_url": url,
        "receive": nobody_receives,
        "fetch_foreign": elsewhere.fetch,
        "clock": SystemClock(),
    }
    return WhatsAppChannel(**(given | more))


@pytest.fixture
async def emulator() -> AsyncIterator[WhatsAppEmulator]:
    async with WhatsAppEmulator() as running:
        yield running


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
async def channel(emulator: WhatsAppEmulator, elsewhere: Elsewhere) -> AsyncIterator[WhatsAppChannel]:
    opened = channel_at(emulator.url, emulator, elsewhere)
    yield opened
    await opened.stop()


@pytest.fixture
async def customer(emulator: WhatsAppEmulator) -> WhatsAppCustomer:
    writing = emulator.add_customer("Åsa", user_id="SE.1349abcXYZ")
    writing.says("Hej")
    return writing


def posted(channel: WhatsAppChannel, emulator: WhatsAppEmulator, place: int = -1) -> Inbound:
    (item,) = channel.read(emulator.posts[place].body)
    assert isinstance(item, Inbound)
    return item


def lines_of(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("aiohttp")
    )


def is_a(kind: str) -> Callable[[PhoneMessage], bool]:
    return lambda message: message.type == kind


def file(kind: MediaKind, mime: str = "", name: str = "", ref: str = "f") -> tuple[Media, ...]:
    return (Media(kind, ref, "telegram", name=name, mime=mime),)


# words


async def test_a_text_arrives_with_its_marks_its_quote_and_its_tracker(
    channel: WhatsAppChannel, emulator: WhatsAppEmulator, customer: WhatsAppCustomer
) -> None:
    asked = customer.messages[0].id
    content = Content("Hej på dig", entities=(Entity(Style.BOLD, 0, 3),))
    (remote_id,) = await channel.send(customer.phone, content, reply_to=asked, tracker="delivery-7")
    message = await customer.reads("*Hej* på dig")
    assert (message.id, message.reply_to, message.tracker) == (remote_id, asked, "delivery-7")
    assert channel.last_ok > 0
    await emulator.delivered()
    statuses = [
        item.what
        for post in emulator.posts[1:]
        for item in channel.read(post.body)
        if isinstance(item, Inbound)
    ]
    assert statuses == [
        Progressed(remote_id, Progress.SENT, "delivery-7"),
        Progressed(remote_id, Progress.DELIVERED, "delivery-7"),
    ]


async def test_a_user_id_with_letters_is_a_recipient(
    channel: WhatsAppChannel, customer: WhatsAppCustomer
) -> None:
    await channel.send(customer.user_id, Content("utan nummer"))
    await customer.reads("utan nummer")


@pytest.mark.parametrize(
    "room", ["", "+46701234567", "0701", "-100123", "se.12", "SE.", "SE.1/x", "4670\n", "1" * 30]
)
async def test_a_room_that_is_neither_number_nor_user_id_is_refused(
    room: str, channel: WhatsAppChannel, emulator: WhatsAppEmulator
) -> None:
    with pytest.raises(SendRefused) as refusal:
        await channel.send(room, Content("hej"))
    assert refusal.value.reason == Reason.UNREACHABLE
    assert not emulator.calls


async def test_a_text_of_the_full_length_goes_and_one_more_is_refused(
    channel: WhatsAppChannel, customer: WhatsAppCustomer
) -> None:
    await channel.send(customer.phone, Content("ö" * 4096, entities=(Entity(Style.BOLD, 0, 4096),)))
    with pytest.raises(SendRefused) as refusal:
        await channel.send(customer.phone, Content("ö" * 4097))
    assert refusal.value.reason == Reason.TOO_LONG


async def test_tapped_buttons_come_back_as_pressed(
    channel: WhatsAppChannel, emulator: WhatsAppEmulator, customer: WhatsAppCustomer
) -> None:
    buttons = (Button("yes:1", "Ja"), Button("no:1", "Nej"))
    (remote_id,) = await channel.send(customer.phone, Content("Stämmer det?", buttons=buttons))
    customer.presses(await customer.reads("Stämmer det?"), "Nej")
    tapped = posted(channel, emulator).what
    assert isinstance(tapped, Pressed)
    assert (tapped.button, tapped.remote_id) == ("no:1", remote_id)
    assert tapped.said is not None
    assert tapped.said.content.text == "Nej"


@pytest.mark.parametrize(
    "content",
    [
        Content(),
        Content(" \n"),
        Content("x", media=(*file(MediaKind.PICTURE), *file(MediaKind.PICTURE))),
        Content("x", media=file(MediaKind.VOICE)),
        Content("x", media=file(MediaKind.STICKER)),
        Content("x", place=Place(1, 2)),
        Content("x", shared=(SharedContact("Bo"),)),
        Content(unreadable="poll"),
        Content("x", buttons=tuple(Button(str(n), str(n)) for n in range(4))),
        Content(buttons=(Button("a", "A"),)),
    ],
)
async def test_what_the_caller_should_have_split_is_refused_before_it_leaves(
    content: Content, channel: WhatsAppChannel, emulator: WhatsAppEmulator, customer: WhatsAppCustomer
) -> None:
    with pytest.raises(SendRefused) as refusal:
        await channel.send(customer.phone, content)
    assert refusal.value.reason == Reason.MALFORMED
    assert not emulator.calls


async def test_a_place_and_a_visiting_card_arrive(
    channel: WhatsAppChannel, customer: WhatsAppCustomer
) -> None:
    await channel.send(customer.phone, Content(place=Place(59.33, 18.06, "Butiken", "Gatan 1")))
    shown = await customer.reads(where=is_a("location"))
    assert shown.part == {"latitude": 59.33, "longitude": 18.06, "name": "Butiken", "address": "Gatan 1"}
    await channel.send(
        customer.phone, Content(shared=(SharedContact("Bo Ek", ("+46701",)), SharedContact("")))
    )
    shown = await customer.reads(where=is_a("contacts"))
    assert shown.part[0]["name"]["formatted_name"] == "Bo Ek"


async def test_nothing_is_edited(channel: WhatsAppChannel) -> None:
    with pytest.raises(SendRefused) as refusal:
        await channel.edit("46701234567", "wamid.X", Content("nytt"))
    assert refusal.value.reason == Reason.NOT_EDITABLE


async def test_a_reaction_is_put_and_taken_back(
    channel: WhatsAppChannel, emulator: WhatsAppEmulator, customer: WhatsAppCustomer
) -> None:
    asked = customer.messages[0]
    await channel.react(customer.phone, asked.id, "👍")
    assert asked.reactions["business"] == "👍"
    await channel.react(customer.phone, asked.id, "")
    assert not asked.reactions.get("business")
    customer.reacts(asked, "❤️")
    assert posted(channel, emulator).what == Reacted(asked.id, "❤️")


async def test_a_reaction_to_what_is_not_there_says_so(
    channel: WhatsAppChannel, customer: WhatsAppCustomer
) -> None:
    with pytest.raises(SendRefused) as refusal:
        await channel.react(customer.phone, "wamid.GONE", "👍")
    assert refusal.value.reason == Reason.TARGET_GONE


async def test_typing_is_shown_and_the_message_marked_read(
    channel: WhatsAppChannel, customer: WhatsAppCustomer
) -> None:
    await channel.show_typing(customer.phone, customer.messages[0].id)
    assert customer.sees_typing
    assert customer.messages[0].marked_read


async def test_typing_that_cannot_be_shown_costs_nothing(
    channel: WhatsAppChannel, emulator: WhatsAppEmulator, customer: WhatsAppCustomer
) -> None:
    emulator.faults.next("read", Fault.status(500))
    await channel.show_typing(customer.phone, customer.messages[0].id)
    await channel.show_typing(customer.phone, "")
    await channel.acknowledge("token")
    assert channel.last_error


# files


@pytest.mark.parametrize(
    ("media", "content", "form", "part"),
    [
        (file(MediaKind.PICTURE), JPEG, "image", {"caption": "se"}),
        (file(MediaKind.PICTURE, "image/png"), PNG, "image", {"caption": "se"}),
        (file(MediaKind.VIDEO), MP4, "video", {"caption": "se"}),
        (file(MediaKind.ANIMATION, "video/mp4"), MP4, "video", {"caption": "se"}),
        (file(MediaKind.ROUND_VIDEO), MP4, "video", {"caption": "se"}),
        (file(MediaKind.VOICE, "audio/ogg"), OGG, "audio", {"voice": True}),
        (file(MediaKind.AUDIO, "audio/mpeg"), b"ID3" + bytes(9), "audio", {}),
        (file(MediaKind.STICKER), WEBP, "sticker", {}),
        (file(MediaKind.STICKER), PNG, "image", {}),
        (
            file(MediaKind.DOCUMENT, "", "kvitto å.pdf"),
            PDF,
            "document",
            {"filename": "kvitto å.pdf", "caption": "se"},
        ),
        (
            file(MediaKind.DOCUMENT, "image/jpeg", "bild.jpg"),
            JPEG,
            "document",
            {"filename": "bild.jpg", "caption": "se"},
        ),
        (file(MediaKind.PICTURE, "image/webp"), WEBP, "document", {"filename": "file.webp", "caption": "se"}),
    ],
)
async def test_a_file_of_another_channel_arrives_as_what_it_is(
    media: tuple[Media, ...],
    content: bytes,
    form: str,
    part: dict[str, Any],
    channel: WhatsAppChannel,
    emulator: WhatsAppEmulator,
    customer: WhatsAppCustomer,
    elsewhere: Elsewhere,
) -> None:
    elsewhere.files["f"] = content
    text = "se" if media[0].kind not in channel.limits.captionless else ""
    await channel.send(customer.phone, Content(text, media=media))
    shown = await customer.reads(where=is_a(form))
    assert {key: value for key, value in shown.part.items() if key != "id"} == part
    stored = emulator.shelf.find(shown.part["id"])
    assert stored is not None
    assert stored.content == content


async def test_a_picture_may_have_buttons(
    channel: WhatsAppChannel, customer: WhatsAppCustomer, elsewhere: Elsewhere
) -> None:
    elsewhere.files["f"] = JPEG
    await channel.send(
        customer.phone, Content("Den?", media=file(MediaKind.PICTURE), buttons=(Button("a", "Ja"),))
    )
    shown = await customer.reads("Den?")
    assert shown.part["header"]["type"] == "image"


async def test_a_file_from_whatsapp_goes_up_again(
    channel: WhatsAppChannel, emulator: WhatsAppEmulator, customer: WhatsAppCustomer
) -> None:
    customer.sends("voice", OGG)
    what = posted(channel, emulator).what
    assert isinstance(what, Said)
    await channel.send(customer.phone, Content(media=what.content.media))
    shown = await customer.reads(where=is_a("audio"))
    assert shown.part["voice"] is True
    assert shown.part["id"] != what.content.media[0].ref


@pytest.mark.parametrize("mime", ["application/x-tgsticker", "video/webm", "application/zip"])
async def test_a_kind_of_file_that_meta_does_not_take_is_refused(
    mime: str, channel: WhatsAppChannel, customer: WhatsAppCustomer, elsewhere: Elsewhere
) -> None:
    elsewhere.files["f"] = b"\x1f\x8b123"
    with pytest.raises(SendRefused) as refusal:
        await channel.send(customer.phone, Content(media=file(MediaKind.STICKER, mime)))
    assert refusal.value.reason == Reason.MEDIA_REFUSED


def test_what_is_too_large_for_its_form_goes_as_a_document() -> None:
    five = 5 * 1024 * 1024
    assert form_of(MediaKind.PICTURE, "image/jpeg", five) == "image"
    assert form_of(MediaKind.PICTURE, "image/jpeg", five + 1) == "document"
    assert form_of(MediaKind.STICKER, "image/webp", 512 * 1024 + 1) == "document"
    assert form_of(MediaKind.VOICE, "audio/ogg; codecs=opus", 100) == "audio"


async def test_a_file_beyond_metas_size_is_too_large(
    channel: WhatsAppChannel, customer: WhatsAppCustomer, elsewhere: Elsewhere
) -> None:
    elsewhere.files["f"] = JPEG + bytes(6 * 1024 * 1024)
    with pytest.raises(SendRefused) as refusal:
        await channel.send(customer.phone, Content(media=file(MediaKind.PICTURE)))
    assert refusal.value.reason == Reason.TOO_LARGE


@pytest.mark.parametrize(
    "error", [SendLater(7, "slow", whole_channel=True), SendUnsure("cut"), SendRefused(Reason.MEDIA_GONE)]
)
async def test_another_channels_trouble_with_its_file_does_not_stop_this_one(
    error: Exception, channel: WhatsAppChannel, customer: WhatsAppCustomer, elsewhere: Elsewhere
) -> None:
    elsewhere.error = error
    with pytest.raises((SendLater, SendRefused)) as raised:
        await channel.send(customer.phone, Content(media=file(MediaKind.PICTURE)))
    assert not getattr(raised.value, "whole_channel", False)
    assert isinstance(raised.value, SendRefused) == isinstance(error, SendRefused)


@pytest.mark.parametrize("name", ["media", "messages"])
async def test_a_broken_upload_is_tried_again_and_a_broken_send_is_unsure(
    name: str,
    channel: WhatsAppChannel,
    emulator: WhatsAppEmulator,
    customer: WhatsAppCustomer,
    elsewhere: Elsewhere,
) -> None:
    elsewhere.files["f"] = JPEG
    for fault in (Fault.status(500), Fault.cut(), Fault.reset_after()):
        emulator.faults.next(name, fault)
        with pytest.raises(SendLater if name == "media" else SendUnsure):
            await channel.send(customer.phone, Content(media=file(MediaKind.PICTURE)))


# fetching


async def test_a_customers_file_is_fetched_with_the_token(
    channel: WhatsAppChannel, emulator: WhatsAppEmulator, customer: WhatsAppCustomer
) -> None:
    customer.sends("image", JPEG, caption="trasig")
    what = posted(channel, emulator).what
    assert isinstance(what, Said)
    (media,) = what.content.media
    assert await channel.fetch(media, len(JPEG)) == JPEG
    with pytest.raises(SendRefused) as refusal:
        await channel.fetch(media, len(JPEG) - 1)
    assert refusal.value.reason == Reason.TOO_LARGE
    emulator.advance(8 * 86_400)
    with pytest.raises(SendRefused) as refusal:
        await channel.fetch(media, 1000)
    assert refusal.value.reason == Reason.MEDIA_GONE


Door = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """A server that answers as a test wants, and counts who comes."""

    def __init__(self) -> None:
        self.doors: dict[str, Door] = {}
        self.asked: list[web.Request] = []
        self.url = ""

    async def start(self, host: str = "127.0.0.1") -> web.AppRunner:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, host, 0).start()
        self.url = f"http://{host}:{runner.addresses[0][1]}"
        return runner

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        return await self.doors[request.path.rsplit("/", 1)[-1]](request)


@pytest.fixture
async def graph() -> AsyncIterator[Server]:
    server = Server()
    runner = await server.start()
    yield server
    await runner.cleanup()


@pytest.fixture
async def canary() -> AsyncIterator[Server]:
    server = Server()
    runner = await server.start()
    yield server
    await runner.cleanup()


def tells(value: Any) -> Door:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response(value)

    return answer


def redirects(to: str) -> Door:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": to})

    return answer


MEDIA = Media(MediaKind.PICTURE, "77", "whatsapp")


@pytest.fixture
async def at_graph(graph: Server, emulator: WhatsAppEmulator) -> AsyncIterator[WhatsAppChannel]:
    channel = channel_at(graph.url, emulator, Elsewhere())
    yield channel
    await channel.stop()


@pytest.mark.parametrize(
    "address",
    [
        "{canary}/file",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:1/file",
        "https://lookaside.fbsbx.com.evil.example/file",
        "https://evilfbsbx.com/file",
        "http://lookaside.fbsbx.com/file",
        "http://lookaside.fbsbx.com:443/file",
        "https://lookaside.fbsbx.com:8443/file",
        "https://user@lookaside.fbsbx.com/file",
        "https://lookaside.fbsbx.com@127.0.0.1/file",
        "file:///etc/passwd",
        "/relative",
        "",
        "http://[broken",
        "https://127.0.0.1.nip.io/file",
    ],
)
async def test_the_token_goes_to_no_foreign_address(
    address: str, at_graph: WhatsAppChannel, graph: Server, canary: Server
) -> None:
    url = address.format(canary=canary.url)
    graph.doors["77"] = tells({"url": url})
    graph.doors["jump"] = redirects(url or "x")
    with pytest.raises(SendRefused) as refusal:
        await at_graph.fetch(MEDIA, 1000)
    assert refusal.value.reason == Reason.MEDIA_GONE
    assert not canary.asked
    if url.startswith(("http", "file")):
        graph.doors["77"] = tells({"url": graph.url + "/jump"})
        with pytest.raises(SendRefused):
            await at_graph.fetch(MEDIA, 1000)
        assert not canary.asked


async def test_a_redirect_among_metas_own_is_followed_but_not_for_ever(
    at_graph: WhatsAppChannel, graph: Server
) -> None:
    async def gives(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"bytes")

    graph.doors |= {"77": tells({"url": graph.url + "/a"}), "a": redirects("/b"), "b": gives}
    assert await at_graph.fetch(MEDIA, 1000) == b"bytes"
    graph.doors["b"] = redirects("/a")
    with pytest.raises(SendRefused):
        await at_graph.fetch(MEDIA, 1000)


async def test_an_endless_or_swelling_file_is_cut_off(at_graph: WhatsAppChannel, graph: Server) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while request.transport is not None and not request.transport.is_closing():
            await response.write(bytes(65_536))
        return response

    async def swelling(request: web.Request) -> web.StreamResponse:
        body = gzip.compress(bytes(20_000_000))
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    graph.doors |= {"endless": endless, "swelling": swelling}
    for name in ("endless", "swelling"):
        graph.doors["77"] = tells({"url": f"{graph.url}/{name}"})
        with pytest.raises(SendRefused) as refusal:
            await at_graph.fetch(MEDIA, 1_000_000)
        assert refusal.value.reason == Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("status", "kind"), [(404, SendRefused), (410, SendRefused), (401, SendLater), (500, SendLater)]
)
async def test_a_file_that_does_not_come_is_gone_or_comes_later(
    status: int, kind: type[Exception], at_graph: WhatsAppChannel, graph: Server
) -> None:
    async def fails(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    graph.doors |= {"77": tells({"url": graph.url + "/file"}), "file": fails}
    with pytest.raises(kind):
        await at_graph.fetch(MEDIA, 1000)


@pytest.mark.parametrize("ref", ["", "../x", "7/7", "7?x=1", "7\n", "å", "x" * 300])
async def test_a_ref_that_is_no_media_id_is_not_asked_for(
    ref: str, at_graph: WhatsAppChannel, graph: Server
) -> None:
    with pytest.raises(SendRefused):
        await at_graph.fetch(Media(MediaKind.PICTURE, ref, "whatsapp"), 1000)
    assert not graph.asked


# refusals and rudeness


async def test_after_a_day_the_window_is_closed(
    channel: WhatsAppChannel, emulator: WhatsAppEmulator, customer: WhatsAppCustomer
) -> None:
    emulator.advance(86_401)
    with pytest.raises(SendRefused) as refusal:
        await channel.send(customer.phone, Content("hej"))
    assert refusal.value.reason == Reason.WINDOW_CLOSED
    emulator.late_refusals.add(131047)
    (remote_id,) = await channel.send(customer.phone, Content("hej"))
    await emulator.delivered()
    what = posted(channel, emulator).what
    assert isinstance(what, Progressed)
    assert (what.remote_id, what.progress, what.reason) == (remote_id, Progress.FAILED, Reason.WINDOW_CLOSED)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (131026, SendRefused),
        (131031, SendRefused),
        (130429, SendLater),
        (131056, SendLater),
        (190, SendLater),
        (131000, SendUnsure),
        (131016, SendUnsure),
        (2, SendUnsure),
        (1, SendLater),
    ],
)
async def test_metas_no_is_never_now_later_or_unknown(
    code: int,
    kind: type[Exception],
    channel: WhatsAppChannel,
    emulator: WhatsAppEmulator,
    customer: WhatsAppCustomer,
) -> None:
    emulator.refuse_next(code)
    with pytest.raises(kind) as raised:
        await channel.send(customer.phone, Content("hej"))
    assert str(code) in str(raised.value)
    assert (str(code) in channel.last_error) == (code != 131026)
    emulator.faults.calm()
    await channel.send(customer.phone, Content("hej"))
    assert channel.last_error == ""


@pytest.mark.parametrize(
    "fault",
    [
        Fault.status(500),
        Fault.status(502, body=b"<html>Bad gateway"),
        Fault.reset_before(),
        Fault.reset_after(),
        Fault.cut(),
        Fault.status(400, body=b'{"error": "boom"}'),
        Fault.status(400, body=b'{"error": {}}'),
        Fault.status(200, body=b"{}"),
        Fault.status(200, body=b"[]"),
        Fault.status(200, body=b'{"messages": [{"id": 7}]}'),
        Fault.status(200, body=b"\xff"),
        Fault.status(302, body=b""),
    ],
)
async def test_an_answer_that_says_nothing_leaves_the_send_unsure(
    fault: Fault, channel: WhatsAppChannel, emulator: WhatsAppEmulator, customer: WhatsAppCustomer
) -> None:
    emulator.faults.next("messages", fault)
    with pytest.raises(SendUnsure):
        await channel.send(customer.phone, Content("hej"))


async def test_a_send_that_is_not_answered_in_time_is_unsure_and_was_made(
    emulator: WhatsAppEmulator,
    elsewhere: Elsewhere,
    customer: WhatsAppCustomer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    impatient = channel_at(emulator.url, emulator, elsewhere, read_seconds=0.3)
    emulator.faults.next("messages", Fault.hang(60))
    with pytest.raises(SendUnsure):
        await impatient.send(customer.phone, Content("hemligheten"), tracker="7")
    assert (await customer.reads("hemligheten")).tracker == "7"
    assert "hemligheten" not in lines_of(caplog)
    await impatient.stop()


async def test_where_nobody_listens_nothing_was_sent(
    channel: WhatsAppChannel, emulator: WhatsAppEmulator, customer: WhatsAppCustomer
) -> None:
    await emulator.stop()
    with pytest.raises(SendLater) as later:
        await channel.send(customer.phone, Content("hej"))
    assert (later.value.seconds, later.value.whole_channel) == (None, False)


async def test_a_429_without_words_comes_later(
    channel: WhatsAppChannel, emulator: WhatsAppEmulator, customer: WhatsAppCustomer
) -> None:
    emulator.faults.next("messages", Fault.status(429))
    with pytest.raises(SendLater):
        await channel.send(customer.phone, Content("hej"))


# starting and checking


async def test_start_and_check_tell_who_we_are(channel: WhatsAppChannel) -> None:
    await channel.start()
    findings = await channel.check()
    assert [finding.ok for finding in findings] == [True, True, True]
    assert "Nordmöbler" in findings[0].sentence


async def test_a_wrong_token_keeps_the_channel_waiting(
    emulator: WhatsAppEmulator, elsewhere: Elsewhere
) -> None:
    channel = channel_at(emulator.url, emulator, elsewhere, access_token="wrong")
    with pytest.raises(SendLater) as later:
        await channel.start()
    assert (later.value.seconds, later.value.whole_channel) == (60, True)
    number, *_ = await channel.check()
    assert not number.ok
    assert "WHATSAPP_ACCESS_TOKEN" in number.sentence
    await channel.stop()


async def test_a_wrong_number_is_named(emulator: WhatsAppEmulator, elsewhere: Elsewhere) -> None:
    channel = channel_at(emulator.url, emulator, elsewhere, sender_id="999")
    with pytest.raises(SendRefused):
        await channel.start()
    await channel.stop()


async def test_unset_secrets_stop_the_start(emulator: WhatsAppEmulator, elsewhere: Elsewhere) -> None:
    channel = channel_at(emulator.url, emulator, elsewhere, app_secret=" ", verify_token="")
    assert [finding.stops for finding in await channel.check()] == [False, True, True]
    await channel.stop()


async def test_neither_token_nor_words_are_logged(
    channel: WhatsAppChannel,
    emulator: WhatsAppEmulator,
    customer: WhatsAppCustomer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    await channel.send(customer.phone, Content("hemligheten"))
    emulator.refuse_next(131000)
    with pytest.raises(SendUnsure):
        await channel.send(customer.phone, Content("hemligheten"))
    lines = lines_of(caplog)
    assert not [
        secret for secret in ("hemligheten", emulator.access_token, customer.phone) if secret in lines
    ]


def test_reading_needs_no_network(emulator: WhatsAppEmulator, elsewhere: Elsewhere) -> None:
    channel = channel_at("https://graph.facebook.com", emulator, elsewhere)
    (item,) = channel.read(b'{"entry": [7]}')
    assert isinstance(item, Unreadable)


@pytest.mark.parametrize("mime", ["application/x-tgsticker", "video/webm"])
async def test_a_sticker_that_moves_is_the_emoji_it_stands_for(
    channel: WhatsAppChannel, customer: WhatsAppCustomer, mime: str
) -> None:
    await channel.send(
        customer.phone, Content(media=(Media(MediaKind.STICKER, "x", "telegram", "🎉", mime),))
    )
    assert (await customer.reads("🎉")).type == "text"


async def test_a_template_goes_by_its_name_with_its_parameters(
    channel: WhatsAppChannel, emulator: WhatsAppEmulator, customer: WhatsAppCustomer
) -> None:
    emulator.add_template("answer", "Hej {{1}}: {{2}}", "sv")
    emulator.advance(25 * 3600)
    content = Content("Hej Anna: ja", template=Template("answer", "sv", ("Anna", "ja")))
    await channel.send(customer.phone, content)
    message = await customer.reads("Hej Anna: ja")
    assert (message.type, message.category) == ("template", "utility")


@pytest.mark.parametrize(
    ("parameters", "code"),
    [(("Anna",), "132000"), (("Anna", "a\nb"), "132018"), (("Anna", "a" * 1020), "132005")],
)
async def test_what_does_not_fit_a_template_is_refused(
    channel: WhatsAppChannel,
    emulator: WhatsAppEmulator,
    customer: WhatsAppCustomer,
    parameters: tuple[str, ...],
    code: str,
) -> None:
    emulator.add_template("answer", "Hej {{1}}: {{2}}", "sv")
    with pytest.raises(SendRefused) as refusal:
        await channel.send(customer.phone, Content("x", template=Template("answer", "sv", parameters)))
    assert refusal.value.reason == Reason.TEMPLATE
    assert refusal.value.detail.startswith(code)


@pytest.mark.parametrize("status", ["PENDING", "REJECTED", "PAUSED", "DISABLED"])
async def test_a_template_that_is_not_approved_is_refused(
    channel: WhatsAppChannel, emulator: WhatsAppEmulator, customer: WhatsAppCustomer, status: Any
) -> None:
    emulator.add_template("answer", "Hej", "sv", status=status)
    with pytest.raises(SendRefused) as refusal:
        await channel.send(customer.phone, Content("Hej", template=Template("answer", "sv")))
    assert refusal.value.reason == Reason.TEMPLATE
    assert channel.last_error == ""


async def test_nothing_is_taken_back(channel: WhatsAppChannel, customer: WhatsAppCustomer) -> None:
    (remote_id,) = await channel.send(customer.phone, Content("Hej"))
    with pytest.raises(SendRefused) as refusal:
        await channel.take_back(customer.phone, remote_id)
    assert refusal.value.reason == Reason.NOT_DELETABLE


@pytest.mark.parametrize(
    ("emoji", "shown"),
    [("❤", "❤\ufe0f"), ("❤\ufe0f", "❤\ufe0f"), ("👍", "👍"), ("❤‍🔥", "❤\ufe0f‍🔥"), ("", "")],
)
async def test_a_reaction_has_its_colour(
    channel: WhatsAppChannel, customer: WhatsAppCustomer, emoji: str, shown: str
) -> None:
    said = customer.says("Hej")
    await channel.react(customer.phone, said.id, emoji)
    assert said.reactions["business"] == shown
