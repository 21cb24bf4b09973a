"""The two platforms as the load plays them: what they post, how they answer a call, what the call said."""

import hmac
import re
import time
from typing import Any, Final, Protocol
from urllib.parse import parse_qs

import orjson

SECRET: Final = "a-webhook-secret-of-the-benchmark-000000"
TOKEN: Final = "1234567890:AAbenchmarkbenchmarkbenchmarkbenchm"
APP_SECRET: Final = "an-app-secret-of-the-benchmark"
ACCESS_TOKEN: Final = "an-access-token"
VERIFY_TOKEN: Final = "a-verify-token"
SENDER_ID: Final = "106540352242922"
DESK: Final = -1001234567890
DATE: Final = int(time.time())


class Kind(Protocol):
    name: str
    first_room: int
    forged: bytes
    """A whole HTTP request with a wrong proof."""

    def post(self, room: int, serial: int, text: bytes) -> bytes:
        """A customer's message as a whole HTTP request, with the platform's proof; `text` is JSON."""
        ...

    def room_of(self, head: bytes, body: bytes) -> int:
        """To whom the call sends a message; 0 when it does something else."""
        ...

    def reply(self, head: bytes, room: int, serial: int) -> bytes: ...

    def text_of(self, body: bytes) -> str:
        """What the call says; not meant for the hot path."""
        ...


def _requests(path: str, header: str) -> bytes:
    """To be filled with a proof, a length and a body."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"{header}: %b\r\nContent-Length: %d\r\n\r\n%b"
    ).encode()


class Telegram:
    name = "telegram"
    first_room = 1_000_000_000
    _room = re.compile(rb"chat_id\"?[:=] ?\"?(\d+)")
    _part = re.compile(rb'name="chat_id"[^\d]*(\d+)')
    _request = _requests("/telegram/webhook", "X-Telegram-Bot-Api-Secret-Token")
    _person = b'"id":%d,"first_name":"Anna","last_name":"Berg","username":"anna%d"'
    _body = (
        b'{"update_id":%d,"message":{"message_id":%d,"from":{%b,"is_bot":false,"language_code":"en"},'
        b'"chat":{%b,"type":"private"},"date":' + str(DATE).encode() + b',"text":%b}}'
    )
    _reply = (
        b'{"ok":true,"result":{"message_id":%d,"date":' + str(DATE).encode() + b',"chat":{"id":%d,'
        b'"first_name":"Anna","type":"private"},"text":"as it was sent"}}'
    )

    def __init__(self) -> None:
        self.forged = self._signed(b"not-the-secret", self._told(self.first_room, 1, b'"hello"'))

    def post(self, room: int, serial: int, text: bytes) -> bytes:
        return self._signed(SECRET.encode(), self._told(room, serial, text))

    def _told(self, room: int, serial: int, text: bytes) -> bytes:
        person = self._person % (room, room)
        return self._body % (serial, serial, person, person, text)

    def _signed(self, proof: bytes, body: bytes) -> bytes:
        return self._request % (proof, len(body), body)

    def room_of(self, head: bytes, body: bytes) -> int:
        if b"/sendMessage " not in head:
            return 0
        found = self._room.search(body) or self._part.search(body)
        return int(found[1]) if found else 0

    def reply(self, head: bytes, room: int, serial: int) -> bytes:
        if room:
            return self._reply % (serial, room)
        method = head.split(b" ", 2)[1].rsplit(b"/", 1)[-1].decode()
        return orjson.dumps({"ok": True, "result": ABOUT.get(method, True)})

    def text_of(self, body: bytes) -> str:
        if body.startswith(b"{"):
            return str(orjson.loads(body)["text"])
        if body.startswith(b"--"):
            return _part_of(body, b"text")
        return parse_qs(body.decode())["text"][0]


def _part_of(body: bytes, name: bytes) -> str:
    """A field of multipart/form-data."""
    _, _, rest = body.partition(b'name="%b"' % name)
    return rest.partition(b"\r\n\r\n")[2].partition(b"\r\n--")[0].decode()


BOT: Final = {"id": 1234567890, "is_bot": True, "first_name": "Maja", "username": "maja_bot"}
ABOUT: Final[dict[str, Any]] = {
    "getMe": {**BOT, "can_join_groups": True, "can_read_all_group_messages": True, "supports_inline_queries": False},
    "getChat": {"id": DESK, "type": "supergroup", "title": "Desk", "is_forum": False},
    "sendMessage": {"message_id": 1, "date": DATE, "chat": {"id": DESK, "type": "supergroup", "title": "Desk"}},
    "getChatMember": {"status": "administrator", "user": BOT, "can_manage_topics": True},
}  # fmt: skip


class WhatsApp:
    name = "whatsapp"
    first_room = 46_700_000_000
    _room = re.compile(rb'"to": ?"(\d+)"')
    _request = _requests("/whatsapp/webhook", "X-Hub-Signature-256")
    _body = (
        '{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":'
        '{"messaging_product":"whatsapp","metadata":{"display_phone_number":"46850000000",'
        f'"phone_number_id":"{SENDER_ID}"}},"contacts":[{{"profile":{{"name":"Anna Berg"}},"wa_id":"%d",'
        '"user_id":"SE.%d"}],"messages":[{"from":"%d","from_user_id":"SE.%d","id":"%d",'
        f'"timestamp":"{DATE}","text":{{"body":%b}},"type":"text"}}]}},"field":"messages"}}]}}]}}'
    ).encode()

    def __init__(self) -> None:
        body = self._body % (*[self.first_room] * 4, 1, b'"hello"')
        self.forged = self._request % (b"sha256=" + b"0" * 64, len(body), body)

    def post(self, room: int, serial: int, text: bytes) -> bytes:
        body = self._body % (room, room, room, room, serial, text)
        proof = b"sha256=" + hmac.digest(APP_SECRET.encode(), body, "sha256").hex().encode()
        return self._request % (proof, len(body), body)

    def room_of(self, head: bytes, body: bytes) -> int:
        found = self._room.search(body) if b"/messages " in head[:200] else None
        return int(found[1]) if found else 0

    def reply(self, head: bytes, room: int, serial: int) -> bytes:
        if not room:
            return orjson.dumps({"id": SENDER_ID, "display_phone_number": "+46 8 500 00 00", "success": True})
        return (
            f'{{"messaging_product":"whatsapp","contacts":[{{"input":"{room}","wa_id":"{room}"}}],'
            f'"messages":[{{"id":"wamid.{serial}"}}]}}'
        ).encode()

    def text_of(self, body: bytes) -> str:
        sent = orjson.loads(body)
        return str(sent["text"]["body"] if "text" in sent else sent["interactive"]["body"]["text"])


TELEGRAM: Final = Telegram()
WHATSAPP: Final = WhatsApp()
KINDS: Final[tuple[Kind, ...]] = (TELEGRAM, WHATSAPP)
