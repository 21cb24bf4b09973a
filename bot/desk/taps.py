"""Buttons at the desk: each is on a message of ours, does its work once, and says who was quicker."""

from bot.business import Business
from bot.desk import held, offers, suggestion_kinds
from bot.desk.commands import digest, listing, resolving, sharing, timing
from bot.desk.commands.order import Taps
from bot.update import Inbound, Pressed
from storage import copies, updates
from storage.records import Update

TAPS: Taps = {
    **resolving.TAPS,
    **sharing.TAPS,
    **listing.TAPS,
    **held.TAPS,
    **offers.TAPS,
    **timing.TAPS,
    **digest.TAPS,
    **suggestion_kinds.TAPS,
}


async def take(business: Business, taken: list[Update], item: Inbound, pressed: Pressed) -> str:
    tap = TAPS.get(pressed.button.partition(":")[0])
    copy = await copies.find(business.db, item.channel, item.room, pressed.remote_id) if tap else None
    if tap is None or copy is None or copy.role not in ("card", "note"):
        business.figures.refused_orders["button"] += 1
        await business.db.transaction(lambda tx: updates.finish(tx, taken))
        return ""
    return await tap(business, taken, item, pressed, copy)
