"""Words of staff that leave without being typed as a reply: at their time, from a snippet, from a draft."""

from dataclasses import dataclass, replace

from bot.business import Business
from bot.channel import shown_channel
from bot.content import Content, Entity
from bot.desk import cards, ordering
from bot.outbound import say
from bot.split import units
from storage import contacts, conversations, copies, tickets
from storage.database import Reading, Statements
from storage.records import Contact, Ticket


@dataclass(frozen=True, slots=True)
class Addressee:
    ticket: Ticket
    contact: Contact


async def addressee(db: Reading, ticket_id: int) -> Addressee:
    """Whom a word about the ticket reaches; their open ticket, if there is a newer one."""
    ticket = await tickets.get(db, ticket_id)
    ticket = await tickets.find_open(db, ticket.conversation_id) or ticket
    conversation = await conversations.get(db, ticket.conversation_id)
    return Addressee(ticket, await contacts.get(db, conversation.contact_id))


def problem(business: Business, contact: Contact) -> str:
    """Why nothing can be sent to them, for staff to read; empty when it can."""
    if contact.channel not in business.channels:
        why = business.tell_desk("refused_channel_off")
    elif not contact.room:
        why = business.tell_desk("refused_unreachable")
    else:
        return ""
    return business.tell_desk("reply_failed", name=cards.shown_name(contact), reason=why)


async def speak(
    tx: Statements,
    business: Business,
    to: Addressee,
    content: Content,
    name: str,
    *,
    quoted: int | None = None,
    origin: str = "",
    origin_room: str = "",
) -> int:
    """As a reply of staff; returns the message's id. What becomes of it shows on their message `origin`."""
    ticket = to.ticket
    spoken = await say(
        tx,
        business,
        to.contact,
        ticket.conversation_id,
        replace(content, buttons=()),
        author="staff",
        staff_name=name,
        ticket_id=ticket.id,
        quoted=quoted,
    )
    if origin and business.desk.channel is not None:
        await copies.add(
            tx,
            channel=business.desk.channel.name,
            room=origin_room or business.desk.room,
            remote_id=origin,
            role="origin",
            message_id=spoken.message_id,
            ticket_id=ticket.id,
        )
    await conversations.give_to(tx, ticket.conversation_id, "staff")
    await ordering.lesson(tx, business, ticket, spoken.message_id)
    await tickets.take(tx, ticket.id, name)
    await cards.refresh(tx, business, ticket.id)
    return spoken.message_id


def where(contact: Contact) -> str:
    """Whom staff are about to write to."""
    return f"{cards.shown_name(contact)} · {shown_channel(contact.channel)}"


def under(head: str, content: Content, tail: str = "") -> Content:
    """A head line of ours, the content beneath it, a last line of ours."""
    lead = units(head) + 2 if content.text else 0
    moved = tuple(replace(entity, offset=entity.offset + lead) for entity in content.entities)
    text = "\n\n".join(part for part in (head, content.text, tail) if part)
    return Content(text=text, entities=moved)


def behind(content: Content, start: int) -> Content:
    """The words from that place on, styled as they were: what stands behind a command."""
    rest = content.text[start:]
    words = rest.strip()
    first = units(content.text[: start + len(rest) - len(rest.lstrip())])
    last = first + units(words)
    kept: list[Entity] = []
    for entity in content.entities:
        begin, end = max(entity.offset, first), min(entity.offset + entity.length, last)
        if begin < end:
            kept.append(replace(entity, offset=begin - first, length=end - begin))
    return Content(text=words, entities=tuple(kept))
