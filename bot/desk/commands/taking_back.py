"""/delete: what staff said is taken back at the customer's, as far as the platform lets us, and staff hear how far."""

from bot.business import Business
from bot.desk import mending, record
from bot.desk.commands.order import OBEYED, Commands, Order, answer
from bot.desk.signs import TAKEN_BACK
from bot.outbound import react_at_desk
from bot.update import Reason
from storage import contacts, conversations, copies, joined, messages, offers, updates
from storage.database import Reading, Statements
from storage.records import Delivery, Message, Update


async def delete(business: Business, taken: list[Update], order: Order) -> None:
    """The command, as a reply to the staff's own message."""
    meant = await _meant(business.db, order)

    alike = await joined.alike(business.db, meant.id) if meant is not None else []
    every = [meant, *[await messages.get(business.db, one) for one in alike]] if meant is not None else []

    async def work(tx: Statements) -> None:
        await conversations.lock(tx, *(one.conversation_id for one in every))
        await updates.finish(tx, taken)
        now = [await messages.get(tx, one.id) for one in every]
        if not now:
            await answer(tx, business, order, business.tell_desk("usage_delete"))
        elif all(message.withdrawn_at for message in now):
            await answer(tx, business, order, business.tell_desk("delete_already"))
        for message in now:
            if not message.withdrawn_at:
                await _take_back(tx, business, order, message)

    await business.db.transaction(work)


async def _meant(db: Reading, order: Order) -> Message | None:
    if not order.reply_to:
        return None
    copy = await copies.find(db, order.item.channel, order.item.room, order.reply_to)
    if copy is None or copy.role != "origin" or copy.message_id is None:
        return None
    message = await messages.get(db, copy.message_id)
    return message if message.author == "staff" else None


async def _take_back(tx: Statements, business: Business, order: Order, message: Message) -> None:
    conversation = await conversations.get(tx, message.conversation_id)
    contact = await contacts.get(tx, conversation.contact_id)
    channel = business.channels.get(contact.channel)
    parts = await mending.parts_of(tx, message.id)
    can_delete = channel is not None and channel.limits.edits
    gone = [await mending.take_back(tx, business, part) for part in parts if can_delete or _waits(part)]
    await record.did(tx, business, order.item, record.Did.DELETE, ticket_id=message.ticket_id)
    await offers.withdraw(tx, message.id, business.clock.now())
    stays = len(parts) - len(gone)
    if stays:
        reason = business.tell_desk(f"refused_{Reason.NOT_DELETABLE}")
        key = "delete_partly" if gone else "delete_failed"
        await answer(tx, business, order, business.tell_desk(key, reason=reason))
        return
    await messages.withdraw(tx, message.id, business.clock.now())
    await react_at_desk(tx, business, order.remote_id, OBEYED, order.item.room)
    if all(gone):
        await react_at_desk(tx, business, order.reply_to, TAKEN_BACK, order.item.room)
        await answer(tx, business, order, business.tell_desk("delete_in_time"))


def _waits(part: Delivery) -> bool:
    return part.state == "queued" or part.state in mending.LOST


COMMANDS: Commands = {"delete": delete}
