"""Telegram's menu of commands: what a desk's group is offered who types a slash, in each member's language."""

import hashlib
import logging

import orjson

from bot import texts
from bot.business import Business
from bot.channel import RoomMovedAway, SendLater, SendRefused, SendUnsure
from storage import facts

log = logging.getLogger(__name__)


async def offer(business: Business, room: str) -> None:
    """Put the menu there, unless it is the one that was put there last."""
    from bot.desk.commands import menu

    channel = business.desk.channel
    if channel is None:
        return
    menus = {"": menu(business), **{language: menu(business, language) for language in texts.languages()}}
    name, digest = f"menu:{room}", hashlib.sha256(orjson.dumps(menus)).hexdigest()
    if await facts.find(business.db, name) == digest:
        return
    try:
        for language, commands in menus.items():
            await channel.set_menu(room, language, commands)
    except (SendLater, SendRefused, SendUnsure, RoomMovedAway) as error:
        log.warning("the menu of commands was not set: %s", error)
        return
    await business.db.transaction(lambda tx: facts.put(tx, name, digest))
