"""The doors of Meta's Graph API that a WhatsApp business uses, as HTTP."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from aiohttp import web

from sandbox.faults import Fault, Rude, endure
from sandbox.whatsapp.errors import Refused, no_such_object
from sandbox.whatsapp.payloads import Json
from sandbox.whatsapp.rules import check_read, check_upload

if TYPE_CHECKING:
    from sandbox.whatsapp.emulator import WhatsAppEmulator

VERSION = re.compile(r"v\d{1,2}\.\d")
UPLOAD_MAX = 101 * 1024 * 1024
STATUS_CODES = {429: 130429, 401: 190, 403: 10, 404: 100, 500: 131000, 503: 131016}


@dataclass(frozen=True, slots=True)
class Call:
    """One call that came in. `status` is 0 where the connection was reset before anything was done."""

    name: str
    """messages, read, media, object, delete, subscribed_apps, … or download."""
    method: str
    path: str
    subject: Json
    status: int
    answer: Json
    at: float
    fault: Fault | None = None


Work = Callable[[web.Request, Json], Awaitable[Json | web.Response]]


class Graph:
    """Parses, authenticates and answers; what a call means is the emulator's to say."""

    def __init__(self, emulator: "WhatsAppEmulator") -> None:
        self.emulator = emulator
        self.calls: list[Call] = []
        self.closing = asyncio.Event()

    def application(self) -> web.Application:
        app = web.Application(client_max_size=UPLOAD_MAX)
        door, router = self._door, app.router
        router.add_get("/whatsapp_business/attachments/", door("download", self._download))
        router.add_get("/{version}/debug_token", door("debug_token", self._debug_token))
        router.add_post("/{version}/{id}/messages", door("messages", self._messages))
        router.add_post("/{version}/{id}/media", door("media", self._upload))
        router.add_route("*", "/{version}/{id}/subscribed_apps", door("subscribed_apps", self._subscribed))
        router.add_get("/{version}/{id}/phone_numbers", door("phone_numbers", self._numbers))
        router.add_get("/{version}/{id}/message_templates", door("message_templates", self._templates))
        router.add_get("/{version}/{id}/whatsapp_business_profile", door("profile", self._profile))
        router.add_get("/{version}/{id}", door("object", self._object))
        router.add_delete("/{version}/{id}", door("delete", self._delete))
        router.add_route("*", "/{tail:.*}", door("unknown", self._unknown))
        return app

    def _door(self, name: str, work: Work) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def enter(request: web.Request) -> web.StreamResponse:
            subject = await _subject(request)
            called = "read" if name == "messages" and "status" in subject else name

            async def accept() -> web.Response:
                return await self._answer(request, called, work, subject, fault)

            def refuse(fault: Fault) -> web.Response:
                return _refusal(fault)

            fault = self.emulator.faults.pick(called, subject)
            if fault is None:
                return await accept()
            if fault.kind in (Rude.STATUS, Rude.RESET_BEFORE):
                self._record(called, request, subject, fault.code, {}, fault)
            return await endure(fault, request, accept, refuse, self.closing)

        return enter

    async def _answer(
        self, request: web.Request, name: str, work: Work, subject: Json, fault: Fault | None
    ) -> web.Response:
        done, refused = await self._attempt(work, request, subject)
        answer = refused.answer if refused else ({} if isinstance(done, web.Response) else done)
        status = refused.status if refused else 200
        self._record(name, request, subject, status, answer, fault)
        return done if isinstance(done, web.Response) else web.json_response(answer, status=status)

    async def _attempt(
        self, work: Work, request: web.Request, subject: Json
    ) -> tuple[Json | web.Response, Refused | None]:
        try:
            self._authenticate(request)
            return await work(request, subject), None
        except Refused as refused:
            return {}, refused
        except (AttributeError, KeyError, TypeError) as error:
            return {}, Refused(100, f"A parameter has the wrong type: {error}")

    def _record(
        self, name: str, request: web.Request, subject: Json, status: int, answer: Json, fault: Fault | None
    ) -> None:
        call = Call(name, request.method, request.path, subject, status, answer, time.time(), fault)
        self.calls.append(call)
        self.emulator.trim(self.calls)
        self.emulator.pulse.beat()

    def _authenticate(self, request: web.Request) -> None:
        version = request.match_info.get("version", "v1.0")
        if not VERSION.fullmatch(version):
            raise Refused(2500, title=f"Unknown path components: /{version}")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token if scheme == "Bearer" else request.query.get("access_token", "")
        if not token:
            raise Refused(104)
        if token != self.emulator.access_token:
            raise Refused(190)

    def _ours(self, request: web.Request, *ids: str) -> str:
        asked = request.match_info["id"]
        if asked not in ids:
            raise no_such_object(request.method, asked)
        return asked

    async def _messages(self, request: web.Request, subject: Json) -> Json:
        self._ours(request, self.emulator.phone_number_id)
        if "status" in subject:
            self.emulator.sends.mark_read(check_read(subject), typing="typing_indicator" in subject)
            return {"success": True}
        return await self.emulator.sends.accept(subject)

    async def _upload(self, request: web.Request, subject: Json) -> Json:
        self._ours(request, self.emulator.phone_number_id)
        form = await request.post()
        file = form.get("file")
        if form.get("messaging_product") != "whatsapp":
            raise Refused(100, title="The parameter messaging_product is required.")
        if not isinstance(file, web.FileField):
            raise Refused(100, title="The parameter file is required.")
        mime = (
            file.content_type
            if file.content_type != "application/octet-stream"
            else str(form.get("type", ""))
        )
        content = file.file.read()
        check_upload(mime, len(content))
        return {"id": self.emulator.shelf.put(content, mime, file.filename).id}

    async def _download(self, request: web.Request, subject: Json) -> web.Response:
        medium = self.emulator.shelf.fetch(request.query.get("hash", ""))
        name = "".join(letter for letter in medium.name if letter.isprintable()) or medium.id
        disposition = f'attachment; filename="{name}"'
        headers = {"Content-Type": medium.mime, "Content-Disposition": disposition}
        return web.Response(body=medium.content, headers=headers)

    async def _object(self, request: web.Request, subject: Json) -> Json:
        asked = request.match_info["id"]
        if asked == self.emulator.phone_number_id:
            return _only(request, self.emulator.number())
        if asked == self.emulator.account_id:
            return _only(request, {"id": asked, "name": self.emulator.business.name, "currency": "EUR"})
        wanted = request.query.get("phone_number_id", self.emulator.phone_number_id)
        if wanted != self.emulator.phone_number_id:
            raise no_such_object("GET", asked)
        return self.emulator.shelf.described(self.emulator.shelf.get(asked))

    async def _delete(self, request: web.Request, subject: Json) -> Json:
        self.emulator.shelf.remove(request.match_info["id"])
        return {"success": True}

    async def _subscribed(self, request: web.Request, subject: Json) -> Json:
        self._ours(request, self.emulator.account_id, self.emulator.phone_number_id)
        if request.method == "GET":
            return {"data": self.emulator.subscriptions()}
        return await self.emulator.subscribe(request.method == "POST", subject)

    async def _numbers(self, request: web.Request, subject: Json) -> Json:
        self._ours(request, self.emulator.account_id)
        return {"data": [self.emulator.number()]}

    async def _templates(self, request: web.Request, subject: Json) -> Json:
        self._ours(request, self.emulator.account_id)
        return {"data": [template.described() for template in self.emulator.sends.templates.values()]}

    async def _profile(self, request: web.Request, subject: Json) -> Json:
        self._ours(request, self.emulator.phone_number_id)
        return {"data": [{"messaging_product": "whatsapp", "about": self.emulator.business.name}]}

    async def _debug_token(self, request: web.Request, subject: Json) -> Json:
        valid = request.query.get("input_token") == self.emulator.access_token
        scopes = ["whatsapp_business_management", "whatsapp_business_messaging"] if valid else []
        return {"data": {"is_valid": valid, "scopes": scopes, "expires_at": 0, "type": "SYSTEM_USER"}}

    async def _unknown(self, request: web.Request, subject: Json) -> Json:
        raise Refused(2500, title=f"Unknown path components: {request.path}")


def _only(request: web.Request, told: Json) -> Json:
    """What of an object was asked for with `fields`; a few by default, and always its id."""
    fields = request.query.get("fields", "verified_name,display_phone_number,quality_rating,name,currency")
    wanted = {field.split(".")[0].split("{")[0] for field in fields.split(",")} | {"id"}
    return {key: value for key, value in told.items() if key in wanted}


async def _subject(request: web.Request) -> Json:
    """What the call says; for uploads only what is on the outside."""
    if request.content_type != "application/json":
        return dict(request.query)
    try:
        body = await request.json()
    except ValueError:
        return {}
    return cast("Json", body) if isinstance(body, dict) else {}


def _refusal(fault: Fault) -> web.Response:
    headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    if fault.body is not None:
        return web.Response(body=fault.body, status=fault.code, headers=headers)
    answer: dict[str, Any] = Refused(STATUS_CODES.get(fault.code, 131000)).answer
    return web.json_response(answer, status=fault.code, headers=headers)
