"""aiogram 3.31, aiosqlite 0.22: a Telegram bot as people usually write it, a Dispatcher behind SimpleRequestHandler."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

from benchmarks.peers.running import run
from benchmarks.peers.shelf import Shelf
from benchmarks.platforms import SECRET, TOKEN
from benchmarks.questions import answerer


def aiogram_bot(api_url: str, database: str, folder: Path) -> web.Application:
    shelf, known = Shelf(), answerer(folder)
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(api_url)))
    dispatcher = Dispatcher()

    @dispatcher.message(F.text)
    async def answer(message: Message) -> None:
        assert message.text is not None
        room, remote_id = str(message.chat.id), str(message.message_id)
        if not await shelf.keep(room, remote_id, message.text):
            return
        found = known.look_up(message.text, "en").answer
        text = found.content.text if found else "A person will answer you."
        await message.answer(text)
        await shelf.answered(room, remote_id, text)

    async def running(_: web.Application) -> AsyncIterator[None]:
        await shelf.open(database)
        yield
        await shelf.close()

    app = web.Application()
    app.cleanup_ctx.append(running)
    SimpleRequestHandler(dispatcher, bot, secret_token=SECRET).register(app, "/telegram/webhook")
    setup_application(app, dispatcher, bot=bot)
    return app


if __name__ == "__main__":
    run(aiogram_bot(sys.argv[2], sys.argv[3], Path(sys.argv[4])), int(sys.argv[1]))
