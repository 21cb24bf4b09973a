"""The WhatsApp emulator is what the product is tested against; here pywa and bare HTTP test it."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import httpx
import pytest
from aiohttp import web
from pywa.errors import WhatsAppError
from pywa_async.client import WhatsApp
from pywa_async.handlers import MessageHandler, MessageStatusHandler, PhoneNumberChangeHandler
from pywa_async.types.callback import Button, Section, SectionList, SectionRow

from sandbox.faults import WEBHOOK, Fault, Rude
from sandbox.whatsapp import NotVerified, WhatsAppCustomer, WhatsAppEmulator
from sandbox.whatsapp.phone import JPEG

Json = dict[str, Any]


class Hook:
    """Our side: a webhook that keeps what it gets and answers what a test wants."""

    def __init__(self, emulator: WhatsAppEmulator) -> None:
        self.emulator = emulator
        self.bodies: list[bytes] = []
        self.signatures: list[str] = []
        self.answers: list[web.Response] = []
        self.url = ""

    async def start(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_get("/hook", self._challenge)
        app.router.add_post("/hook", self._take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        return runner

    async def _challenge(self, request: web.Request) -> web.Response:
        right = request.query["hub.verify_token"] == self.emulator.verify_token
        return web.Response(text=request.query["hub.challenge"], status=200 if right else 403)

    async def _take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.signatures.append(request.headers["X-Hub-Signature-256"])
        return self.answers.pop(0) if self.answers else web.Response()

    @property
    def values(self) -> list[Json]:
        posts = [json.loads(body) for body in self.bodies]
        return [change["value"] for post in posts for entry in post["entry"] for change in entry["changes"]]

    @property
    def messages(self) -> list[Json]:
        return [message for value in self.values for message in value.get("messages", ())]

    @property
    def statuses(self) -> list[Json]:
        return [status for value in self.values for status in value.get("statuses", ())]

    def told(self, message_id: str) -> list[str]:
        return [status["status"] for status in self.statuses if status["id"] == message_id]


@pytest.fixture
async def emulator() -> AsyncIterator[WhatsAppEmulator]:
    async with WhatsAppEmulator() as emulator:
        emulator.webhook.retry_base_seconds = 0.01
        emulator.habits.pause_seconds = 0
        yield emulator


@pytest.fixture
async def hook(emulator: WhatsAppEmulator) -> AsyncIterator[Hook]:
    hook = Hook(emulator)
    runner = await hook.start()
    await emulator.verify(hook.url)
    yield hook
    await emulator.delivered()
    await runner.cleanup()


@pytest.fixture
async def wa(emulator: WhatsAppEmulator) -> AsyncIterator[WhatsApp]:
    async with httpx.AsyncClient() as session:
        client = WhatsApp(
            emulator.phone_number_id,
            emulator.access_token,
            session=session,
            server=None,
            verify_token=emulator.verify_token,
            app_secret=emulator.app_secret,
        )
        session.base_url = httpx.URL(f"{emulator.url}/v26.0")
        yield client


@pytest.fixture
async def anna(emulator: WhatsAppEmulator) -> WhatsAppCustomer:
    customer = emulator.add_customer("Anna Åberg")
    customer.says("Hej")
    await emulator.delivered()
    return customer


class Refusal(Exception):
    def __init__(self, status: int, error: Json) -> None:
        super().__init__(f"{status} {error}")
        self.status, self.error = status, error
        self.code: int = error["code"]


async def call(emulator: WhatsAppEmulator, method: str, path: str, **more: Any) -> Json:
    headers = {"Authorization": f"Bearer {more.pop('token', emulator.access_token)}"}
    url = f"{emulator.url}/v25.0/{path}"
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, url, **more) as answer,
    ):
        told: Json = await answer.json()
    if answer.status != 200:
        raise Refusal(answer.status, told["error"])
    return told


async def send(emulator: WhatsAppEmulator, **body: Any) -> str:
    """Post a message to the customer Anna by default; return its id."""
    whole = {"messaging_product": "whatsapp", **body}
    if not {"to", "recipient"} & body.keys():
        whole["to"] = "46701234567"
    told = await call(emulator, "POST", f"{emulator.phone_number_id}/messages", json=whole)
    return str(told["messages"][0]["id"])


def text(body: str) -> Json:
    return {"type": "text", "text": {"body": body}}


def buttons(*replies: tuple[str, str], body: str = "Which?") -> Json:
    action = {"buttons": [{"type": "reply", "reply": {"id": i, "title": t}} for i, t in replies]}
    return {
        "type": "interactive",
        "interactive": {"type": "button", "body": {"text": body}, "action": action},
    }


# what customers send


async def test_the_handshake_wants_its_challenge_back(emulator: WhatsAppEmulator, hook: Hook) -> None:
    assert emulator.webhook.url == hook.url
    emulator.webhook.verify_token = "another"
    with pytest.raises(NotVerified, match="403"):
        await emulator.verify(hook.url)


async def test_a_text_is_posted_as_meta_documents_it(emulator: WhatsAppEmulator, hook: Hook) -> None:
    anna = emulator.add_customer("Anna Åberg", username="anna.a")
    message = anna.says("Är öppet 9/10? 🪑", at=1_795_000_000)
    await emulator.delivered()
    assert hook.values == [
        {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "46812345600", "phone_number_id": "106540352242922"},
            "contacts": [
                {
                    "profile": {"name": "Anna Åberg", "username": "anna.a"},
                    "wa_id": "46701234567",
                    "user_id": "SE.1234567890",
                }
            ],
            "messages": [
                {
                    "from": "46701234567",
                    "from_user_id": "SE.1234567890",
                    "id": message.id,
                    "timestamp": "1795000000",
                    "type": "text",
                    "text": {"body": "Är öppet 9/10? 🪑"},
                }
            ],
        }
    ]


async def test_the_bytes_are_escaped_and_signed_as_metas_are(emulator: WhatsAppEmulator, hook: Hook) -> None:
    emulator.add_customer("Zoé").says("à 9/10")
    await emulator.delivered()
    (body,), (signed,) = hook.bodies, hook.signatures
    assert rb"\u00e0 9\/10" in body
    assert body.isascii()
    right = hmac.new(emulator.app_secret.encode(), body, hashlib.sha256).hexdigest()
    assert signed == f"sha256={right}"


async def test_every_kind_of_message_carries_its_part(
    emulator: WhatsAppEmulator, hook: Hook, anna: WhatsAppCustomer
) -> None:
    first = anna.messages[0]
    anna.sends("image", caption="Trasig")
    anna.sends("video")
    anna.sends("document", name="kvitto.pdf")
    anna.sends("voice")
    anna.sends("audio")
    anna.sends("sticker")
    anna.shares_location(59.3, 18.1, "Butiken", "Storgatan 1")
    anna.shares_contact("46700000001", "Bo Ek")
    anna.orders(("CHAIR-1", 2, 499.0, "SEK"))
    anna.reacts(first, "👍")
    anna.reacts(first, "")
    anna.sends_unsupported("poll_creation")
    anna.edits(first, "Hej igen")
    anna.deletes(first)
    anna.presses_template(first, "Stop", "STOP")
    anna.says("ad", referral={"source_type": "ad", "source_id": "1"})
    anna.posts("hologram", {"sparkles": 7})
    await emulator.delivered()
    kinds = [message["type"] for message in hook.messages[1:]]
    assert kinds == [
        *("image", "video", "document", "audio", "audio", "sticker", "location", "contacts", "order"),
        *("reaction", "reaction", "unsupported", "edit", "revoke", "button", "text", "hologram"),
    ]
    assert all(message[message["type"]] for message in hook.messages)
    by_type = {message["type"]: message for message in hook.messages}
    assert by_type["image"]["image"]["caption"] == "Trasig"
    assert by_type["unsupported"]["errors"][0]["code"] == 131051
    assert by_type["edit"]["edit"]["message"]["text"]["body"] == "Hej igen"
    assert by_type["revoke"]["revoke"] == {"original_message_id": first.id}
    assert by_type["text"]["referral"]["source_type"] == "ad"


async def test_a_user_without_a_known_number_is_named_by_user_id_alone(
    emulator: WhatsAppEmulator, hook: Hook
) -> None:
    shy = emulator.add_customer("Shy", phone="", user_id="NO.99abc", username="shy")
    shy.says("Hei")
    await send(emulator, recipient="NO.99abc", **text("Hei!"))
    await emulator.delivered()
    assert "from" not in hook.messages[0]
    assert hook.messages[0]["from_user_id"] == "NO.99abc"
    assert "wa_id" not in hook.values[0]["contacts"][0]
    assert {status.get("recipient_id") for status in hook.statuses} == {None}
    assert {status["recipient_user_id"] for status in hook.statuses} == {"NO.99abc"}


async def test_older_payloads_lack_user_ids_and_some_lack_contacts(
    emulator: WhatsAppEmulator, hook: Hook
) -> None:
    old = emulator.add_customer("Old", phone="4711111111", user_id="", contacts_sent=False)
    old.says("Hej")
    await emulator.delivered()
    assert "from_user_id" not in hook.messages[0]
    assert "contacts" not in hook.values[0]


async def test_a_changed_number_is_told_without_contacts_and_the_old_one_is_gone(
    emulator: WhatsAppEmulator, hook: Hook, anna: WhatsAppCustomer
) -> None:
    anna.changes_number("46709999999")
    anna.changes_user_id("SE.222")
    await emulator.delivered()
    number, user_id = hook.messages[-2:]
    assert number["from"] == "46701234567"
    assert number["system"]["wa_id"] == "46709999999"
    assert (user_id["system"]["previous_user_id"], user_id["system"]["user_id"]) == (
        "SE.1234567890",
        "SE.222",
    )
    assert "contacts" not in hook.values[-1]
    await send(emulator, to="46709999999", **text("Hej"))
    with pytest.raises(Refusal) as refused:
        await send(emulator, to="46701234567", **text("Hej"))
    assert refused.value.code == 131026


async def test_a_batch_is_one_post_with_each_contact_once(emulator: WhatsAppEmulator, hook: Hook) -> None:
    anna = emulator.add_customer("Anna")
    with anna.in_one_post():
        for number in range(5):
            anna.says(str(number))
    await emulator.delivered()
    assert len(hook.bodies) == 1
    assert [message["text"]["body"] for message in hook.messages] == ["0", "1", "2", "3", "4"]
    assert len(hook.values[0]["contacts"]) == 1


async def test_raw_posts_and_news_of_the_account_are_signed_too(
    emulator: WhatsAppEmulator, hook: Hook
) -> None:
    emulator.post_raw(b'{"nonsense')
    emulator.post_account_change("message_template_status_update", {"event": "APPROVED"})
    await emulator.delivered()
    assert sorted(len(body) for body in hook.bodies)[0] == len(b'{"nonsense')
    assert len(set(hook.signatures)) == 2


# how posts arrive


async def test_a_refused_post_comes_again_and_waits_as_asked(emulator: WhatsAppEmulator, hook: Hook) -> None:
    hook.answers = [web.Response(status=500), web.Response(status=503, headers={"Retry-After": "1"})]
    emulator.add_customer("Anna").says("Hej")
    await emulator.delivered()
    assert len(set(hook.bodies)) == 1
    assert [attempt.status for attempt in emulator.posts[0].attempts] == [500, 503, 200]


async def test_a_post_reaches_a_webhook_that_comes_up_late(emulator: WhatsAppEmulator) -> None:
    hook = Hook(emulator)
    runner = await hook.start()
    await emulator.verify(hook.url)
    await runner.cleanup()
    emulator.add_customer("Anna").says("Hej")
    await emulator.until(lambda: len(emulator.posts[0].attempts) >= 2)
    assert emulator.posts[0].attempts[0].status == 0
    runner = await hook.start()
    emulator.webhook.url = hook.url
    await emulator.delivered()
    assert len(hook.messages) == 1
    await runner.cleanup()


async def test_what_was_not_taken_is_posted_after_a_restart(emulator: WhatsAppEmulator, hook: Hook) -> None:
    emulator.webhook.retry_base_seconds = 30
    hook.answers = [web.Response(status=503)]
    emulator.add_customer("Anna").says("Hej")
    await emulator.posts[0].tried.wait()
    await emulator.stop()
    await emulator.start()
    await emulator.delivered()
    assert [attempt.status for attempt in emulator.posts[0].attempts] == [503, 200]


async def test_nothing_is_lost_in_bad_weather(emulator: WhatsAppEmulator, hook: Hook) -> None:
    emulator.faults.random(7, 0.5)
    anna = emulator.add_customer("Anna")
    said = [anna.says(str(number)).id for number in range(40)]
    await emulator.delivered()
    assert {message["id"] for message in hook.messages} == set(said)
    assert len(hook.messages) > len(said)
    assert emulator.faults.fired


async def test_webhook_faults_double_delay_and_reorder(emulator: WhatsAppEmulator, hook: Hook) -> None:
    anna = emulator.add_customer("Anna")
    emulator.faults.next(WEBHOOK, Fault.reorder(5))
    for words in ("one", "two"):
        anna.says(words)
    await emulator.delivered()
    assert [message["text"]["body"] for message in hook.messages] == ["two", "one"]
    emulator.faults.next(WEBHOOK, Fault.duplicate())
    anna.says("three")
    await emulator.delivered()
    emulator.faults.next(WEBHOOK, Fault.unheard())
    anna.says("four")
    await emulator.delivered()
    assert [message["text"]["body"] for message in hook.messages[2:]] == ["three", "three", "four", "four"]
    assert [fired.fault.kind for fired in emulator.faults.fired] == [
        Rude.REORDER,
        Rude.DUPLICATE,
        Rude.UNHEARD,
    ]


# what the business sends, through pywa


async def test_pywa_sends_and_the_customer_reads(
    emulator: WhatsAppEmulator, hook: Hook, wa: WhatsApp, anna: WhatsAppCustomer
) -> None:
    sent = await wa.send_message(
        anna.phone, "Hello 🪑", reply_to_message_id=anna.messages[0].id, tracker="delivery-7"
    )
    message = await anna.reads("Hello")
    assert (message.id, message.reply_to, message.tracker) == (sent.id, anna.messages[0].id, "delivery-7")
    await emulator.delivered()
    assert hook.told(sent.id) == ["sent", "delivered"]
    assert {status["biz_opaque_callback_data"] for status in hook.statuses} == {"delivery-7"}
    anna.opens()
    await emulator.delivered()
    assert hook.told(sent.id)[-1] == "read"


async def test_pywas_buttons_and_lists_can_be_tapped(
    emulator: WhatsAppEmulator, hook: Hook, wa: WhatsApp, anna: WhatsAppCustomer
) -> None:
    sent = await wa.send_message(anna.phone, "Solved?", buttons=[Button("Yes", "y"), Button("No", "n")])
    anna.presses(await anna.reads("Solved"), "No")
    rows = [
        SectionRow(title="Chairs", callback_data="chairs"),
        SectionRow(title="Tables", callback_data="tables"),
    ]
    await wa.send_message(anna.phone, "About?", buttons=SectionList("Topics", [Section("All", rows)]))
    anna.presses(await anna.reads("About"), "tables")
    await emulator.delivered()
    tapped, chosen = (m for m in hook.messages if m["type"] == "interactive")
    assert tapped["interactive"]["button_reply"] == {"id": "n", "title": "No"}
    assert tapped["context"] == {"from": "46812345600", "id": sent.id}
    assert chosen["interactive"]["list_reply"] == {"id": "tables", "title": "Tables"}


async def test_pywa_uploads_sends_fetches_and_deletes_a_file(
    emulator: WhatsAppEmulator, wa: WhatsApp, anna: WhatsAppCustomer
) -> None:
    await wa.send_document(
        anna.user_id, b"%PDF-1.4", filename="a.pdf", mime_type="application/pdf", caption="Receipt"
    )
    message = await anna.reads("Receipt")
    assert message.type == "document"
    picture = anna.sends("image", caption="Look")
    url = await wa.get_media_url(picture.media_id)
    assert await wa.get_media_bytes(url.url) == JPEG
    assert url.sha256 == hashlib.sha256(JPEG).hexdigest()
    async with aiohttp.ClientSession() as session, session.get(url.url) as answer:
        assert answer.status == 401
    await wa.delete_media(picture.media_id)
    with pytest.raises(WhatsAppError):
        await wa.get_media_url(picture.media_id)


async def test_pywa_marks_read_types_and_reacts(
    emulator: WhatsAppEmulator, wa: WhatsApp, anna: WhatsAppCustomer
) -> None:
    message = anna.messages[0]
    await wa.indicate_typing(message.id)
    assert (anna.sees_typing, message.marked_read) == (True, True)
    await wa.send_reaction(anna.phone, "👀", message.id)
    assert message.reactions == {"business": "👀"}
    assert not anna.received
    assert not anna.sees_typing
    await wa.mark_message_as_read(message.id)
    with pytest.raises(WhatsAppError):
        await wa.mark_message_as_read("wamid.unknown")


async def test_pywa_learns_who_the_number_is(emulator: WhatsAppEmulator, wa: WhatsApp) -> None:
    number = await wa.get_business_phone_number()
    assert (number.verified_name, number.quality_rating) == ("Nordmöbler", "GREEN")


async def test_pywas_own_handshake_and_parser_understand_what_is_posted(
    emulator: WhatsAppEmulator, hook: Hook, wa: WhatsApp, anna: WhatsAppCustomer
) -> None:
    emulator.habits.contacts = True  # without them pywa drops a status
    sent = await wa.send_message(anna.phone, "Hello")
    await anna.reads("Hello")
    anna.sends("image", caption="Look")
    anna.changes_number("46701111111")
    await emulator.delivered()
    seen: list[object] = []

    async def see(_: WhatsApp, update: object) -> None:
        seen.append(update)

    keep: Any = see  # pywa's types want one function for each kind of update
    wa.add_handlers(MessageHandler(keep), MessageStatusHandler(keep), PhoneNumberChangeHandler(keep))
    for body, signed in zip(hook.bodies, hook.signatures, strict=True):
        assert await wa.webhook_update_validator(body, signed) is None
        await wa.webhook_update_handler(body)
    names = [type(update).__name__ for update in seen]
    assert sorted(names) == ["Message", "Message", "MessageStatus", "MessageStatus", "PhoneNumberChange"]
    assert sent.id in {getattr(update, "id", "") for update in seen}


# what Meta refuses


REFUSED: dict[str, tuple[int, Json]] = {
    "no words": (100, text("  ")),
    "too many words": (100, text("x" * 4097)),
    "too many words in two-unit signs": (100, text("🪑" * 2049)),
    "an unknown kind": (100, {"type": "poll", "poll": {}}),
    "a part that is missing": (100, {"type": "text"}),
    "a part of the wrong type": (100, {"type": "text", "text": "hello"}),
    "an unknown key": (100, text("x") | {"parse_mode": "HTML"}),
    "an unknown key in the part": (100, {"type": "text", "text": {"body": "x", "html": True}}),
    "another product": (100, text("x") | {"messaging_product": "telegram"}),
    "a number with a plus": (131009, text("x") | {"to": "+46701234567"}),
    "a user id as a number": (131009, text("x") | {"to": "SE.1234567890"}),
    "a number as a user id": (131009, text("x") | {"recipient": "46701234567"}),
    "nobody": (100, text("x") | {"to": None}),
    "somebody without WhatsApp": (131026, text("x") | {"to": "46700000000"}),
    "ourselves": (131021, text("x") | {"to": "46812345600"}),
    "a long tracker": (100, text("x") | {"biz_opaque_callback_data": "t" * 513}),
    "an unknown quote": (131009, text("x") | {"context": {"message_id": "wamid.none"}}),
    "no buttons": (131009, buttons()),
    "four buttons": (131009, buttons(*((str(n), str(n)) for n in range(4)))),
    "a long button": (100, buttons(("a", "x" * 21))),
    "a long id": (100, buttons(("a" * 257, "x"))),
    "an id twice": (131009, buttons(("a", "x"), ("a", "y"))),
    "a title twice": (131009, buttons(("a", "x"), ("b", "x"))),
    "a long body over buttons": (100, buttons(("a", "x"), body="x" * 1025)),
    "an unknown reaction target": (
        131009,
        {"type": "reaction", "reaction": {"message_id": "w", "emoji": "👍"}},
    ),
    "words as a reaction": (131009, {"type": "reaction", "reaction": {"message_id": "w", "emoji": "ok"}}),
    "an unknown file": (100, {"type": "image", "image": {"id": "123"}}),
    "a file and a link": (100, {"type": "image", "image": {"id": "123", "link": "https://x.se/a.png"}}),
    "a long caption": (
        100,
        {"type": "image", "image": {"link": "https://x.se/a.png", "caption": "x" * 1025}},
    ),
    "a place off the earth": (131009, {"type": "location", "location": {"latitude": 99, "longitude": 1}}),
    "an unknown template": (
        132001,
        {"type": "template", "template": {"name": "n", "language": {"code": "sv"}}},
    ),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_it_refuses(what: str, emulator: WhatsAppEmulator, hook: Hook, anna: WhatsAppCustomer) -> None:
    code, body = REFUSED[what]
    with pytest.raises(Refusal) as refused:
        await send(emulator, **body)
    assert refused.value.code == code
    assert refused.value.status in (400, 404)
    assert refused.value.error["fbtrace_id"]
    assert not anna.received


async def test_what_just_fits_is_taken(
    emulator: WhatsAppEmulator, hook: Hook, anna: WhatsAppCustomer
) -> None:
    await send(emulator, **text("x" * 4096))
    await send(emulator, **buttons(*((str(n) * 256, str(n) * 20) for n in range(3)), body="x" * 1024))
    await send(emulator, **text("x"), biz_opaque_callback_data="t" * 512)
    rows = [{"id": f"{n}" * 100, "title": "t" * 24, "description": "d" * 72} for n in range(10, 20)]
    action = {"button": "b" * 20, "sections": [{"rows": rows}]}
    part = {"type": "list", "body": {"text": "x" * 4096}, "action": action}
    await send(emulator, type="interactive", interactive=part)
    assert len(anna.received) == 4
    rows.append({"id": "one too many", "title": "t"})
    with pytest.raises(Refusal, match="row count"):
        await send(emulator, type="interactive", interactive=part)


async def test_only_our_number_and_token_open_the_door(emulator: WhatsAppEmulator) -> None:
    path = f"{emulator.phone_number_id}/messages"
    for token, code, status in (("wrong", 190, 401), ("", 104, 401)):
        with pytest.raises(Refusal) as refused:
            await call(emulator, "POST", path, json={}, token=token)
        assert (refused.value.code, refused.value.status) == (code, status)
    with pytest.raises(Refusal) as refused:
        await call(emulator, "POST", "1234/messages", json={})
    assert (refused.value.code, refused.value.error["error_subcode"]) == (100, 33)
    with pytest.raises(Refusal) as refused:
        await call(emulator, "GET", "../no-version/1234")
    assert refused.value.code == 2500


@pytest.mark.parametrize(
    ("mime", "size", "code"),
    [
        ("image/jpeg", 5 * 1024 * 1024 + 1, 131053),
        ("audio/ogg", 16 * 1024 * 1024 + 1, 131053),
        ("image/gif", 10, 100),
        ("application/zip", 10, 100),
        ("text/plain", 0, 131053),
        ("image/png", 10, 0),
        ("audio/ogg", 16 * 1024 * 1024, 0),
    ],
)
async def test_uploads_are_weighed_and_looked_at(
    mime: str, size: int, code: int, emulator: WhatsAppEmulator
) -> None:
    form = aiohttp.FormData()
    form.add_field("messaging_product", "whatsapp")
    form.add_field("file", b"x" * size, content_type=mime, filename="a")
    refused = 0
    try:
        await call(emulator, "POST", f"{emulator.phone_number_id}/media", data=form)
    except Refusal as refusal:
        refused = refusal.code
    assert refused == code


async def test_a_file_is_only_sent_as_what_it_is(
    emulator: WhatsAppEmulator, hook: Hook, anna: WhatsAppCustomer
) -> None:
    medium = emulator.shelf.put(b"x", "application/pdf", "a.pdf")
    with pytest.raises(Refusal) as refused:
        await send(emulator, type="image", image={"id": medium.id})
    assert refused.value.code == 131053
    await send(emulator, type="document", document={"id": medium.id, "filename": "a.pdf"})
    assert (await anna.reads()).part["id"] == medium.id


async def test_addresses_of_files_last_five_minutes_and_ids_a_week(
    emulator: WhatsAppEmulator, hook: Hook, anna: WhatsAppCustomer
) -> None:
    media_id = anna.sends("image").media_id
    url = (await call(emulator, "GET", media_id))["url"]
    emulator.advance(301)
    headers = {"Authorization": f"Bearer {emulator.access_token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
        assert answer.status == 400
    assert (await call(emulator, "GET", media_id))["id"] == media_id
    emulator.advance(7 * 86_400)
    with pytest.raises(Refusal) as refused:
        await call(emulator, "GET", media_id)
    assert refused.value.code == 100


async def test_the_window_closes_after_24_hours_and_templates_still_go(
    emulator: WhatsAppEmulator, hook: Hook, anna: WhatsAppCustomer
) -> None:
    emulator.add_template("back", "Hello {{1}}, we have an answer.", "sv")
    emulator.advance(86_398)
    await send(emulator, **text("In time"))
    emulator.advance(3)
    with pytest.raises(Refusal) as refused:
        await send(emulator, **text("Too late"))
    assert refused.value.code == 131047
    filled = [{"type": "body", "parameters": [{"type": "text", "text": "Anna"}]}]
    part: Json = {"name": "back", "language": {"code": "sv"}, "components": filled}
    await send(emulator, type="template", template=part)
    assert (await anna.sees()).text == "Hello Anna, we have an answer."
    with pytest.raises(Refusal) as refused:
        await send(emulator, type="template", template=part | {"components": []})
    assert refused.value.code == 132000
    anna.says("Back")
    await send(emulator, **text("Welcome"))


async def test_a_late_message_opens_the_window_only_from_its_own_time(
    emulator: WhatsAppEmulator, hook: Hook
) -> None:
    anna = emulator.add_customer("Anna")
    anna.says("From days ago", at=emulator.now() - 3 * 86_400)
    assert not anna.window_open


async def test_a_refusal_may_come_by_status_alone(
    emulator: WhatsAppEmulator, hook: Hook, anna: WhatsAppCustomer
) -> None:
    emulator.late_refusals.update((131047, 131026))
    emulator.advance(86_401)
    late = await send(emulator, **text("Too late"), biz_opaque_callback_data="d-1")
    nobody = await send(emulator, to="46700000000", **text("Anybody?"))
    emulator.fail_next(131049)
    anna.says("Back")
    failed = await send(emulator, **text("Not delivered"))
    await emulator.delivered()
    codes = {status["id"]: status["errors"][0]["code"] for status in hook.statuses}
    assert codes == {late: 131047, nobody: 131026, failed: 131049}
    assert hook.statuses[0]["biz_opaque_callback_data"] == "d-1"
    assert not anna.received


async def test_any_refusal_can_be_ordered(
    emulator: WhatsAppEmulator, hook: Hook, anna: WhatsAppCustomer, wa: WhatsApp
) -> None:
    for code in (368, 131031, 131042, 131048, 131050, 131000, 131016, 10, 80007):
        emulator.refuse_next(code)
        with pytest.raises(WhatsAppError) as refused:
            await wa.send_message(anna.phone, "Hello")
        assert refused.value.code == code
    await wa.send_message(anna.phone, "Hello")


async def test_limits_are_kept_when_they_are_on(
    emulator: WhatsAppEmulator, hook: Hook, anna: WhatsAppCustomer
) -> None:
    emulator.limit(messages_per_second=0, pair_seconds=6)
    for _ in range(45):
        await send(emulator, **text("x"))
    with pytest.raises(Refusal) as refused:
        await send(emulator, **text("x"))
    assert refused.value.code == 131056
    emulator.advance(6)
    await send(emulator, **text("x"))
    emulator.limit(messages_per_second=2, pair_seconds=0)
    for _ in range(2):
        await send(emulator, **text("x"))
    with pytest.raises(Refusal) as refused:
        await send(emulator, **text("x"))
    assert refused.value.code == 130429


# how statuses are told


async def test_statuses_can_be_reordered_doubled_joined_and_off(
    emulator: WhatsAppEmulator, hook: Hook, anna: WhatsAppCustomer
) -> None:
    emulator.habits.order, emulator.habits.doubled = ("read", "delivered", "sent"), True
    message_id = await send(emulator, **text("x"))
    await emulator.delivered()
    assert hook.told(message_id) == ["read", "read", "delivered", "delivered", "sent", "sent"]
    assert emulator.message(message_id).status == "read"
    emulator.habits.order, emulator.habits.doubled, emulator.habits.together = (
        ("sent", "delivered"),
        False,
        True,
    )
    posts = len(hook.bodies)
    message_id = await send(emulator, **text("x"))
    await emulator.delivered()
    assert (hook.told(message_id), len(hook.bodies)) == (["sent", "delivered"], posts + 1)
    emulator.habits.on = False
    message_id = await send(emulator, **text("x"))
    await emulator.delivered()
    assert not hook.told(message_id)
    emulator.progress(emulator.message(message_id), "failed", code=131053)
    await emulator.delivered()
    assert hook.statuses[-1]["errors"][0]["code"] == 131053


async def test_a_status_may_come_before_the_answer_and_though_the_answer_is_lost(
    emulator: WhatsAppEmulator, hook: Hook, anna: WhatsAppCustomer
) -> None:
    emulator.habits.before_answer = True
    emulator.faults.next("messages", Fault.reset_after())
    with pytest.raises(aiohttp.ClientError):
        await send(emulator, **text("x"), biz_opaque_callback_data="d-1")
    assert [status["biz_opaque_callback_data"] for status in hook.statuses] == ["d-1", "d-1"]
    assert len(anna.received) == 1
    assert emulator.calls[-1].fault == Fault.reset_after()


async def test_a_customer_who_blocks_or_looks(emulator: WhatsAppEmulator, hook: Hook) -> None:
    blocker = emulator.add_customer("B", "4511111", "DK.1")
    other = emulator.add_customer("C", "4522222", "DK.2")
    looker = emulator.add_customer("L", "4533333", "DK.3", looking=True)
    blocker.blocks()
    other.blocks(with_error=True)
    told = {}
    for customer in (blocker, other, looker):
        customer.says("Hej")
        told[customer.name] = await send(emulator, to=customer.phone, **text("x"))
    await emulator.delivered()
    assert [hook.told(told[name]) for name in "BCL"] == [["sent"], ["failed"], ["sent", "delivered", "read"]]
    assert [len(customer.received) for customer in (blocker, other, looker)] == [0, 0, 1]


# rudeness on the wire


async def test_faults_refuse_cut_and_hang_up(
    emulator: WhatsAppEmulator, hook: Hook, anna: WhatsAppCustomer
) -> None:
    emulator.faults.next("messages", Fault.status(429, retry_after=3))
    emulator.faults.next("messages", Fault.status(502, body=b"<html>bad gateway</html>"))
    emulator.faults.next("messages", Fault.reset_before())
    emulator.faults.next("messages", Fault.cut())
    with pytest.raises(Refusal) as refused:
        await send(emulator, **text("x"))
    assert (refused.value.status, refused.value.code) == (429, 130429)
    for _ in range(2):
        with pytest.raises(aiohttp.ClientError):
            await send(emulator, **text("x"))
    assert not anna.received
    with pytest.raises(aiohttp.ClientError):
        await send(emulator, **text("x"))
    assert len(anna.received) == 1
    emulator.faults.go_down()
    with pytest.raises(Refusal):
        await call(emulator, "GET", emulator.phone_number_id)
    assert [call.status for call in emulator.calls] == [429, 502, 0, 200, 502]


# what is seen


async def test_the_view_is_json_and_changes_are_told(
    emulator: WhatsAppEmulator, hook: Hook, anna: WhatsAppCustomer
) -> None:
    beats: list[str] = []
    stop = emulator.on_change(lambda: beats.append(json.dumps(emulator.view())))
    await send(emulator, **buttons(("y", "Yes")))
    stop()
    (phone,) = json.loads(beats[-1])["users"]
    assert (phone["name"], phone["window_open"]) == ("Anna Åberg", True)
    assert phone["messages"][-1]["buttons"] == [[{"text": "Yes", "data": "y", "url": ""}]]


async def test_waiting_in_vain_shows_what_was_there(
    emulator: WhatsAppEmulator, anna: WhatsAppCustomer
) -> None:
    with pytest.raises(AssertionError, match="customer \\[text\\] Hej"):
        await anna.reads("Welcome", timeout=0.01)


async def test_old_records_are_dropped_when_few_are_kept(hook: Hook) -> None:
    async with WhatsAppEmulator(record=False) as emulator:
        emulator.keeps, emulator.habits.on = 10, False
        await emulator.verify(hook.url)
        anna = emulator.add_customer("Anna")
        anna.says("Hej")
        for _ in range(60):
            await send(emulator, **text("x"))
        await emulator.delivered()
        assert len(anna.messages) < 20 > len(emulator.calls)


async def test_the_webhook_can_be_set_through_the_api(emulator: WhatsAppEmulator, hook: Hook) -> None:
    path = f"{emulator.account_id}/subscribed_apps"
    body = {"override_callback_uri": hook.url, "verify_token": emulator.verify_token}
    assert await call(emulator, "POST", path, json=body) == {"success": True}
    told = await call(emulator, "GET", path)
    assert told["data"][0]["override_callback_uri"] == hook.url
