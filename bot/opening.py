"""A platform that is down now must not keep the other one closed: each is tried until it opens."""

import logging

from bot.business import Business
from bot.channel import Channel, SendLater, SendRefused
from bot.desk import standing

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 60.0


async def open_channel(business: Business, channel: Channel, closed: dict[str, str]) -> None:
    """Returns when it is open, or never will be. `closed` says by channel why it is not open yet."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            await channel.start()
        except SendLater as later:
            closed[channel.name] = "cannot be opened yet"
            log.error("%s cannot be opened yet: %s", channel.name, later.detail)
            await business.clock.sleep(max(pause, later.seconds or 0))
            pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
        except SendRefused as refused:
            closed[channel.name] = f"stays closed: {refused.reason}"
            log.error("%s stays closed: %s", channel.name, refused.detail or refused.reason)
            return
        else:
            closed.pop(channel.name, None)
            log.info("%s is open", channel.name)
            if channel is business.desk.channel:
                await standing.look(business)
                await standing.come_back(business)
            return
