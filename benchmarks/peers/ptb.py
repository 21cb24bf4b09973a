"""python-telegram-bot 22.8, httpx 0.28, aiosqlite 0.22: a bot as people usually write it, behind an aiohttp webhook."""

import hmac
import sys
from pathlib import Path
from typing import Any

from aiohttp import web
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from benchmarks.peers.running import run
from benchmarks.peers.shelf import Shelf
from benchmarks.platforms import SECRET, TOKEN
from benchmarks.questions import answerer


def telegram_bot(api_url: str, database: str, folder: Path) -> web.Application:
    shelf, known = Shelf(), answerer(folder)
    application: Any = Application.builder().token(TOKEN).base_url(f"{api_url}/bot").updater(None).build()

    async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        assert message is not None
        assert message.text is not None
        room, remote_id = str(message.chat_id), str(message.message_id)
        if not await shelf.keep(room, remote_id, message.text):
            return
        found = known.look_up(message.text, "en").answer
        text = found.content.text if found else "A person will answer you."
        await context.bot.send_message(message.chat_id, text)
        await shelf.answered(room, remote_id, text)

    async def post(request: web.Request) -> web.Response:
        """As in the library's own example of a custom webhook: into the queue, and 200."""
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given, SECRET):
            return web.Response(status=403)
        await application.update_queue.put(Update.de_json(await request.json(), application.bot))
        return web.Response()

    async def running(_: web.Application) -> Any:
        await shelf.open(database)
        async with application:
            await application.start()
            yield
            await application.stop()
        await shelf.close()

    application.add_handler(MessageHandler(filters.TEXT, answer))
    app = web.Application()
    app.add_routes([web.post("/telegram/webhook", post)])
    app.cleanup_ctx.append(running)
    return app


if __name__ == "__main__":
    run(telegram_bot(sys.argv[2], sys.argv[3], Path(sys.argv[4])), int(sys.argv[1]))
