"""pywa 4.5, httpx 0.28, aiosqlite 0.22: a WhatsApp bot as people usually write it, behind an aiohttp webhook."""

import sys
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web
from pywa_async import filters
from pywa_async.client import WhatsApp
from pywa_async.types.message import Message

from benchmarks.peers.running import run
from benchmarks.peers.shelf import Shelf
from benchmarks.platforms import ACCESS_TOKEN, APP_SECRET, SENDER_ID, VERIFY_TOKEN
from benchmarks.questions import answerer


def whatsapp_bot(api_url: str, database: str, folder: Path) -> web.Application:
    shelf, known = Shelf(), answerer(folder)
    session = httpx.AsyncClient()
    client: Any = WhatsApp(
        SENDER_ID,
        ACCESS_TOKEN,
        session=session,
        server=None,
        verify_token=VERIFY_TOKEN,
        app_secret=APP_SECRET,
        filter_updates=False,
    )
    session.base_url = httpx.URL(f"{api_url}/v26.0")

    async def answer(_: WhatsApp, message: Message) -> None:
        assert message.text is not None
        room = str(message.from_user.wa_id)
        if not await shelf.keep(room, message.id, message.text):
            return
        found = known.look_up(message.text, "en").answer
        text = found.content.text if found else "A person will answer you."
        await client.send_message(to=room, text=text)
        await shelf.answered(room, message.id, text)

    async def post(request: web.Request) -> web.Response:
        body = await request.read()
        refused = await client.webhook_update_validator(body, request.headers.get("X-Hub-Signature-256"))
        told, status = refused or await client.webhook_update_handler(body)
        return web.Response(text=told, status=status)

    async def running(_: web.Application) -> Any:
        await shelf.open(database)
        yield
        await session.aclose()
        await shelf.close()

    client.on_message(filters.text)(answer)
    app = web.Application()
    app.add_routes([web.post("/whatsapp/webhook", post)])
    app.cleanup_ctx.append(running)
    return app


if __name__ == "__main__":
    run(whatsapp_bot(sys.argv[2], sys.argv[3], Path(sys.argv[4])), int(sys.argv[1]))
