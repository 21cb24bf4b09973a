"""The two platforms as the load plays them: what they post, how they answer a call, what the call said."""

import hashlib
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

POST: Final = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "{header}: {proof}\r\nContent-Length: {length}\r\n\r\n"
)


class Kind(Protocol):
    name: str
    first_room: int

    def post(self, room: int, serial: int, text: str) -> bytes:
        """A customer's message as a whole HTTP request, with the platform's proof; `text` is JSON."""
        ...

    def room_of(self, head: bytes, body: bytes) -> int:
        """To whom the call sends a message; 0 when it does something else."""
        ...

    def reply(self, head: bytes, room: int, serial: int) -> bytes: ...

    def text_of(self, body: bytes) -> str:
        """What the call says; not meant for the hot path."""
        ...


def _whole(path: str, header: str, proof: str, body: bytes) -> bytes:
    return POST.format(path=path, header=header, proof=proof, length=len(body)).encode() + body


class Telegram:
    name = "telegram"
    first_room = 1_000_000_000
    _room = re.compile(rb"chat_id\"?[:=] ?(\d+)")

    def post(self, room: int, serial: int, text: str) -> bytes:
        person = f'"id":{room},"first_name":"Anna","last_name":"Berg","username":"anna{room}"'
        body = (
            f'{{"update_id":{serial},"message":{{"message_id":{serial},"from":{{{person},"is_bot":false,'
            f'"language_code":"en"}},"chat":{{{person},"type":"private"}},"date":{DATE},"text":{text}}}}}'
        )
        return _whole("/telegram/webhook", "X-Telegram-Bot-Api-Secret-Token", SECRET, body.encode())

    def room_of(self, head: bytes, body: bytes) -> int:
        found = self._room.search(body) if b"/sendMessage " in head[:200] else None
        return int(found[1]) if found else 0

    def reply(self, head: bytes, room: int, serial: int) -> bytes:
        if room:
            return (
                f'{{"ok":true,"result":{{"message_id":{serial},"date":{DATE},"chat":{{"id":{room},'
                f'"first_name":"Anna","type":"private"}},"text":"as it was sent"}}}}'
            ).encode()
        method = head.split(b" ", 2)[1].rsplit(b"/", 1)[-1].decode()
        return orjson.dumps({"ok": True, "result": ABOUT.get(method, True)})

    def text_of(self, body: bytes) -> str:
        if body.startswith(b"{"):
            return str(orjson.loads(body)["text"])
        return parse_qs(body.decode())["text"][0]


BOT: Final = {"id": 1234567890, "is_bot": True, "first_name": "Maja", "username": "maja_bot"}
ABOUT: Final[dict[str, Any]] = {
    "getMe": {**BOT, "can_join_groups": True, "can_read_all_group_messages": True, "supports_inline_queries": False},
    "getChat": {"id": DESK, "type": "supergroup", "title": "Desk", "is_forum": False},
    "getChatMember": {"status": "administrator", "user": BOT, "can_manage_topics": True},
}  # fmt: skip


class WhatsApp:
    name = "whatsapp"
    first_room = 46_700_000_000
    _room = re.compile(rb'"to": ?"(\d+)"')

    def post(self, room: int, serial: int, text: str) -> bytes:
        body = (
            '{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":'
            '{"messaging_product":"whatsapp","metadata":{"display_phone_number":"46850000000",'
            f'"phone_number_id":"{SENDER_ID}"}},"contacts":[{{"profile":{{"name":"Anna Berg"}},"wa_id":"{room}",'
            f'"user_id":"SE.{room}"}}],"messages":[{{"from":"{room}","from_user_id":"SE.{room}","id":"{serial}",'
            f'"timestamp":"{DATE}","text":{{"body":{text}}},"type":"text"}}]}},"field":"messages"}}]}}]}}'
        ).encode()
        proof = "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        return _whole("/whatsapp/webhook", "X-Hub-Signature-256", proof, body)

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
