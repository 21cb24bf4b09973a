"""WhatsApp by Meta's Cloud API: messages are plain JSON, pywa brings the files."""

import asyncio
import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from multidict import CIMultiDictProxy

from bot.channel import Channel, Finding, SendLater, SendRefused, SendUnsure
from bot.clock import Clock
from bot.content import Content, Media
from bot.update import Inbound, Reason, Unreadable
from handlers import webhook
from handlers.channels import whatsapp_read, whatsapp_write
from handlers.channels.whatsapp_errors import Decision, Purpose, translated
from handlers.channels.whatsapp_http import READ_SECONDS, ForeignAddress, GraphWire
from handlers.channels.whatsapp_items import Node
from handlers.channels.whatsapp_read import MEDIA_ID, PHONE
from handlers.channels.whatsapp_write import MOST_BYTES, Uploaded
from handlers.channels.wire import Failure, TooMuch
from handlers.short_way import WebhookRoute

if TYPE_CHECKING:
    from handlers.channels.whatsapp_files import GraphFiles

log = logging.getLogger(__name__)

PATH: Final = "/whatsapp/webhook"
SIGNATURE: Final = "X-Hub-Signature-256"
USER_ID: Final = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
OUR_TROUBLES: Final = (Reason.ACCOUNT, Reason.CREDENTIALS, Reason.MALFORMED)
NUMBER_FIELDS: Final = {"fields": "verified_name,display_phone_number,quality_rating"}

FetchForeign = Callable[[Media, int], Awaitable[bytes]]


class WhatsAppChannel(Channel):
    """One WhatsApp number, whose id is `account`. `last_error` is the trouble that there is now, empty for none."""

    name = whatsapp_read.NAME
    limits = whatsapp_write.LIMITS
    echoes_tracker = True
    shows_drafts = False
    typing_seconds = 20.0

    def __init__(
        self,
        *,
        access_token: str,
        sender_id: str,
        app_secret: str,
        verify_token: str,
        receive: webhook.Receive,
        fetch_foreign: FetchForeign,
        clock: Clock,
        api_url: str = "https://graph.facebook.com",
        version: str = "v26.0",
        read_seconds: float = READ_SECONDS,
    ) -> None:
        """`sender_id` is the phone number's id. `app_secret` may be two with a comma, old and new.

        `fetch_foreign` brings the bytes of another channel's file, at most so many, and raises as `fetch`."""
        self.account = sender_id
        self.last_error, self.last_ok = "", 0
        self._secrets = [secret.strip() for secret in app_secret.split(",") if secret.strip()]
        self._verify_token = verify_token
        self._fetch_foreign, self._clock = fetch_foreign, clock
        self._door = webhook.Door(self, self._is_metas, receive, clock)
        self._wire = GraphWire(api_url, version.lstrip("v"), access_token, read_seconds=read_seconds)
        self._messages = f"{sender_id}/messages"
        self._files: GraphFiles | None = None

    # the way in

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.get(PATH, self._shake_hands), WebhookRoute(PATH, self._door)]

    async def _shake_hands(self, request: web.Request) -> web.Response:
        """Meta asks once whether this address is ours: who knows the verify token gets the challenge back."""
        asked = request.query
        challenge = asked.get("hub.challenge", "")
        known = same(asked.get("hub.verify_token", ""), self._verify_token)
        if not (known and challenge and asked.get("hub.mode") == "subscribe"):
            return web.Response(status=403)
        return web.Response(text=challenge, headers={"X-Content-Type-Options": "nosniff"})

    def _is_metas(self, headers: CIMultiDictProxy[str], body: bytes) -> bool:
        given = headers.getall(SIGNATURE, ())
        return len(given) == 1 and any(same(given[0], signature(secret, body)) for secret in self._secrets)

    def read(self, raw: bytes) -> Sequence[Inbound | Unreadable]:
        return whatsapp_read.read(raw, self.account)

    # the way out

    async def start(self) -> None:
        await self._look()

    async def stop(self) -> None:
        await self._wire.close()

    async def send(
        self, room: str, content: Content, *, thread: str = "", reply_to: str = "", tracker: str = ""
    ) -> tuple[str, ...]:
        del thread  # WhatsApp has none
        recipient, content = recipient_of(room), whatsapp_write.as_whatsapp_takes(content)
        whatsapp_write.check_sendable(content)
        uploaded = await self._upload(content.media[0]) if content.media else None
        kind, part = whatsapp_write.written(content, uploaded)
        body = whatsapp_write.message(recipient, kind, part, reply_to=reply_to, tracker=tracker)
        return (await self._post(body, Purpose.MESSAGE),)

    async def edit(self, room: str, remote_id: str, content: Content) -> None:
        raise SendRefused(Reason.NOT_EDITABLE, "WhatsApp lets no business edit what it has sent")

    async def take_back(self, room: str, remote_id: str) -> None:
        raise SendRefused(Reason.NOT_DELETABLE, "WhatsApp lets no business take back what it has sent")

    async def react(self, room: str, remote_id: str, emoji: str) -> None:
        part = {"message_id": remote_id, "emoji": whatsapp_write.coloured(emoji)}
        await self._post(whatsapp_write.message(recipient_of(room), "reaction", part), Purpose.REACTION)

    async def show_typing(self, room: str, remote_id: str) -> None:
        """Marks the customer's message as read, too: Meta knows no typing without it. Best effort."""
        if not remote_id:
            return
        try:
            await self._call(self._wire.post(self._messages, whatsapp_write.typing(remote_id)), Purpose.LOOK)
        except (SendLater, SendRefused) as error:
            log.info("whatsapp: typing not shown: %s", type(error).__name__)

    async def show_draft(self, room: str, remote_id: str, text: str) -> None:
        """Each message costs money there: an answer is one, and nothing of it is shown before."""

    async def acknowledge(self, token: str, text: str = "") -> None:
        """Nothing waits on a WhatsApp button."""

    async def fetch(self, media: Media, most: int) -> bytes:
        if not MEDIA_ID.fullmatch(media.ref):
            raise SendRefused(Reason.MEDIA_GONE, "no media id")
        files = self._files or await self._open_files()
        told = await self._call(files.address_of(media.ref), Purpose.FETCH)
        size = told.get("file_size")
        if isinstance(size, int) and size > most:
            raise SendRefused(Reason.TOO_LARGE, f"{size} bytes")
        return await self._download(str(told.get("url")), most)

    async def check(self) -> Sequence[Finding]:
        return [await self._check_number(), *self._check_secrets()]

    async def _download(self, url: str, most: int) -> bytes:
        try:
            status, content = await self._wire.download(url, most)
        except TooMuch:
            raise SendRefused(Reason.TOO_LARGE, f"more than {most} bytes") from None
        except (ForeignAddress, ValueError) as error:
            raise self._noted(SendRefused(Reason.MEDIA_GONE, f"not an address of Meta's: {error}")) from None
        except Failure as failure:
            raise self._noted(translated(failure, Purpose.FETCH)) from None
        if status == 200:
            return content
        if status in (400, 404, 410):
            raise SendRefused(Reason.MEDIA_GONE, f"HTTP {status}")
        raise self._noted(SendLater(None, f"download: HTTP {status}"))

    async def _upload(self, media: Media) -> Uploaded:
        """Ids that came with a message cannot be sent on: every file goes up again."""
        file = await self._bytes_of(media)
        mime = whatsapp_write.mime_of(media, file)
        name = whatsapp_write.upload_name(mime)
        files = self._files or await self._open_files()
        try:
            told = await self._call(files.upload(file, mime, name), Purpose.UPLOAD)
        except SendRefused as error:
            too_large = error.reason == Reason.MEDIA_REFUSED and len(file) > whatsapp_write.most_bytes(mime)
            raise SendRefused(Reason.TOO_LARGE if too_large else error.reason, error.detail) from None
        if not MEDIA_ID.fullmatch(str(told.get("id"))):
            raise self._noted(SendLater(None, "the upload was answered without an id"))
        return Uploaded(str(told["id"]), whatsapp_write.form_of(media.kind, mime, len(file)), mime)

    async def _bytes_of(self, media: Media) -> bytes:
        most = MOST_BYTES["document"]
        if media.channel == self.name:
            return await self.fetch(media, most)
        try:
            return await self._fetch_foreign(media, most)
        except SendLater as error:
            raise SendLater(error.seconds, error.detail) from None  # the other channel's trouble is not ours
        except SendUnsure as error:
            raise SendLater(None, str(error)) from None

    async def _open_files(self) -> "GraphFiles":
        """The library takes a quarter of a second to load: beside the loop, and only where files come or go."""
        await asyncio.to_thread(__import__, "handlers.channels.whatsapp_files")
        from handlers.channels.whatsapp_files import GraphFiles

        self._files = GraphFiles(self.account, self._wire)
        return self._files

    async def _post(self, body: Node, purpose: Purpose) -> str:
        told = await self._call(self._wire.post(self._messages, body), purpose)
        remote_id = _remote_id(told)
        if not remote_id:
            raise self._noted(SendUnsure("answered without a message id"))
        return remote_id

    async def _call(self, call: Awaitable[Node], purpose: Purpose) -> Node:
        try:
            told = await call
        except Failure as failure:
            raise self._noted(translated(failure, purpose)) from None
        self.last_error, self.last_ok = "", self._clock.now()
        return told

    def _noted(self, failure: Decision) -> Decision:
        """One customer's closed window is no trouble of the channel's."""
        if not isinstance(failure, SendRefused) or failure.reason in OUR_TROUBLES:
            self.last_error = str(failure)
        return failure

    async def _look(self) -> dict[str, Any]:
        return await self._call(self._wire.get(self.account, NUMBER_FIELDS), Purpose.LOOK)

    async def _check_number(self) -> Finding:
        subject = "whatsapp.number"
        try:
            told = await self._look()
        except (SendLater, SendRefused) as error:
            sentence = (
                f"Meta did not tell about the number {self.account}: {error}. "
                "Check WHATSAPP_ACCESS_TOKEN and WHATSAPP_SENDER_ID."
            )
            return Finding(subject, ok=False, sentence=sentence)
        number, name = told.get("display_phone_number", "?"), told.get("verified_name", "?")
        return Finding(subject, ok=True, sentence=f"{number}, known to customers as {name}")

    def _check_secrets(self) -> list[Finding]:
        given = (
            ("whatsapp.app_secret", bool(self._secrets), "WHATSAPP_APP_SECRET"),
            ("whatsapp.verify_token", bool(self._verify_token), "WHATSAPP_VERIFY_TOKEN"),
        )
        return [
            Finding(
                subject,
                ok,
                f"{name} is set" if ok else f"set {name}: without it nothing can come in",
                stops=not ok,
            )
            for subject, ok, name in given
        ]


def recipient_of(room: str) -> dict[str, str]:
    """How Meta wants a room named: a phone number as `to`, a user id as `recipient`. Raises SendRefused."""
    if PHONE.fullmatch(room):
        return {"to": room}
    if USER_ID.fullmatch(room):
        return {"recipient": room}
    raise SendRefused(Reason.UNREACHABLE, "neither a phone number nor a WhatsApp user id")


def signature(secret: str, body: bytes) -> str:
    """What Meta writes into the signature's header for these bytes."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def same(given: str, ours: str) -> bool:
    """In constant time, whatever `given` is; nothing is the same as an unset secret."""
    return bool(ours) and hmac.compare_digest(given.encode("utf-8", "replace"), ours.encode())


def _remote_id(told: dict[str, Any]) -> str:
    messages = told.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    remote_id = first.get("id") if isinstance(first, dict) else None
    return remote_id if isinstance(remote_id, str) else ""
