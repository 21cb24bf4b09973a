"""What staff ask the bot about itself: `/status`, `/help`, `/desk`."""

from bot.business import Business
from bot.desk.commands.order import Commands, Order, only_answer
from bot.status import status_for_desk
from storage.records import Update


async def _status(business: Business, taken: list[Update], order: Order) -> None:
    await only_answer(business, taken, order, await status_for_desk(business))


async def _help(business: Business, taken: list[Update], order: Order) -> None:
    await only_answer(business, taken, order, business.tell_desk("desk_help"))


async def _desk(business: Business, taken: list[Update], order: Order) -> None:
    await only_answer(business, taken, order, business.tell_desk("desk_is_here"))


COMMANDS: Commands = {"status": _status, "help": _help, "start": _help, "desk": _desk}
