"""Buttons of ours at the desk, by how their ids begin."""

from collections.abc import Awaitable, Callable, Mapping

from bot.business import Business
from bot.desk import proposals
from bot.desk.commands import timing
from bot.desk.proposal_kinds import KINDS
from bot.update import Inbound, Pressed
from storage.records import Update

Tap = Callable[[Business, list[Update], Inbound, Pressed], Awaitable[str]]
"""Does it and ends the updates; returns what the app shows to who tapped."""


async def _proposal(business: Business, taken: list[Update], item: Inbound, pressed: Pressed) -> str:
    return await proposals.tapped(business, KINDS, taken, item, pressed)


TAPS: Mapping[str, Tap] = {"proposal": _proposal, "timer": timing.tapped}


async def tapped(business: Business, taken: list[Update], item: Inbound, pressed: Pressed) -> bool:
    """False: the button is somebody else's."""
    tap = TAPS.get(pressed.button.partition(":")[0])
    if tap is None:
        return False
    notice = await tap(business, taken, item, pressed)
    if business.desk.channel is not None and pressed.token:
        await business.desk.channel.acknowledge(pressed.token, notice)
    return True
