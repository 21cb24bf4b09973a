"""The sandbox's page: its files, what is done on it, and everything new as server-sent events."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
from aiohttp import web

from sandbox.acts import ACTS
from sandbox.play import Play
from sandbox.wishes import ActRefused

HOST = "127.0.0.1"
PORTS_TRIED = 20
MOST_BYTES = 16 * 1024 * 1024
PAUSE_SECONDS = 0.05
"""Between two views: however fast things change, a page gets at most 20 a second."""
HEARTBEAT_SECONDS = 15.0
FOLDER = Path(__file__).parent / "page"
FILES = {
    "/": ("index.html", "text/html"),
    "/style.css": ("style.css", "text/css"),
    **{f"/{module.name}": (module.name, "text/javascript") for module in FOLDER.glob("*.js")},
}
SHOWN_INLINE = frozenset(("image/jpeg", "image/png", "image/webp", "image/gif"))
GUARDS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class NoPort(Exception):
    """Nothing can listen on this machine at the wished port or the next ones."""


class PageServer:
    """Listens on 127.0.0.1 alone, as long as it is started; `url` says where."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self.url = ""
        self._pages: set[asyncio.Event] = set()
        self._view = b""
        self._changed, self._closing = asyncio.Event(), asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[_guard])
        app.add_routes([web.get(path, self._file) for path in FILES])
        app.add_routes(
            [
                web.get("/events", self._events),
                web.get("/media/telegram/{id}", self._telegram_media),
                web.get("/media/whatsapp/{id}", self._whatsapp_media),
                web.post("/do/{who}/{act}", self._do),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)

    async def start(self, port: int) -> None:
        """Take `port`, or the next one that is free (0: any). Raises NoPort."""
        await self._runner.setup()
        self.url = f"http://{HOST}:{await self._listen(port)}/"
        self._view = self._look()
        self._play.on_change(self._changed.set)
        self._pump = asyncio.create_task(self._tell())

    async def stop(self) -> None:
        self._closing.set()
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
        for page in self._pages:
            page.set()
        await self._runner.cleanup()

    async def _listen(self, port: int) -> int:
        last = "every port is taken"
        for candidate in range(port, min(port + PORTS_TRIED, 65536)) if port else (0,):
            try:
                await web.TCPSite(self._runner, HOST, candidate).start()
            except OSError as error:
                last = error.strerror or last
            else:
                return int(self._runner.addresses[0][1])
        raise NoPort(f"The sandbox's page cannot listen on {HOST}:{port} or just above: {last}. Try --port.")

    # What is new

    def _look(self) -> bytes:
        return b"data: " + orjson.dumps(self._play.view()) + b"\n\n"

    async def _tell(self) -> None:
        """Wake the open pages when what they would see is really different."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            view = self._look()
            if view != self._view:
                self._view = view
                for page in self._pages:
                    page.set()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={**GUARDS, "Content-Type": "text/event-stream"})
        await stream.prepare(request)
        page, shown = asyncio.Event(), b""
        self._pages.add(page)
        try:
            while not self._closing.is_set():
                page.clear()
                news = self._view if self._view is not shown else b": still here\n\n"
                shown = self._view
                await stream.write(news)
                await _either(page, HEARTBEAT_SECONDS)
        except ConnectionError:
            pass
        finally:
            self._pages.discard(page)
        return stream

    # What is asked for

    async def _file(self, request: web.Request) -> web.Response:
        name, kind = FILES[request.path]
        body = await asyncio.to_thread((FOLDER / name).read_bytes)
        return web.Response(body=body, content_type=kind, charset="utf-8")

    async def _do(self, request: web.Request) -> web.Response:
        act = ACTS.get(f"{request.match_info['who']}/{request.match_info['act']}")
        if act is None:
            return _problem(404, "There is no such act.")
        try:
            wish = orjson.loads(await request.read())
            if not isinstance(wish, dict):
                raise ActRefused("an object is expected")
            act(self._play, wish)
        except (ActRefused, orjson.JSONDecodeError) as error:
            return _problem(400, str(error))
        return web.json_response({})

    async def _telegram_media(self, request: web.Request) -> web.Response:
        found = self._play.telegram.files.by_id.get(request.match_info["id"])
        return _media(found.content, found.mime, found.name) if found else _problem(404, "No such file.")

    async def _whatsapp_media(self, request: web.Request) -> web.Response:
        found = self._play.whatsapp.shelf.find(request.match_info["id"])
        return _media(found.content, found.mime, found.name) if found else _problem(404, "No such file.")


@web.middleware
async def _guard(request: web.Request, handler: Answer) -> web.StreamResponse:
    """Only pages of our own: another site's page may reach this port, but neither read nor act here."""
    host = request.headers.get("Host", "")
    response: web.StreamResponse
    if host.partition(":")[0] != HOST:
        response = _problem(
            421, f"Open http://{HOST}{host[host.rfind(':') :] if ':' in host else ''}/ instead."
        )
    elif request.method == "POST" and not _is_own(request, host):
        response = _problem(403, "Only the sandbox's own page may do that.")
    else:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = _problem(error.status, error.reason)
    if not response.prepared:
        response.headers.update(GUARDS)
    return response


def _is_own(request: web.Request, host: str) -> bool:
    return request.headers.get("Origin") == f"http://{host}" and request.content_type == "application/json"


def _problem(status: int, words: str) -> web.Response:
    return web.json_response({"error": words}, status=status)


def _media(content: bytes, mime: str, name: str) -> web.Response:
    """Pictures are shown, all else is saved: nothing that somebody sent may run here."""
    kind = mime.partition(";")[0].strip().lower()
    if kind in SHOWN_INLINE:
        return web.Response(body=content, content_type=kind)
    safe = "".join(sign for sign in name if sign.isalnum() or sign in "._- ") or "file"
    headers = {"Content-Disposition": f'attachment; filename="{safe}"'} if safe.isascii() else {}
    headers = headers or {"Content-Disposition": "attachment"}
    return web.Response(body=content, content_type="application/octet-stream", headers=headers)


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, but not for ever."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
