"""`/s`: the words that staff send again and again, shown filled in before they leave."""

import asyncio
from collections.abc import Mapping, Sequence

from bot.business import Business
from bot.channel import shown_channel
from bot.content import Content
from bot.desk.commands.order import Commands, Order, only_answer
from bot.desk.commands.timing import about
from bot.desk.speaking import Addressee, addressee, where
from bot.desk.suggestion_kinds import KINDS
from bot.desk.suggestions import suggest
from bot.knowledge.snippets import Snippet, Unfit, filled, fitting, read_snippets, search
from storage import conversations, updates
from storage.database import Statements
from storage.records import Copy, Update

MOST_LISTED = 40


async def _snippet(business: Business, taken: list[Update], order: Order) -> None:
    """Without a name it lists what there is; otherwise the snippet is shown as this customer would read it."""
    found = await snippets_of(business)
    copy = await about(business.db, order)
    to = await addressee(business.db, copy.ticket_id) if copy and copy.ticket_id else None
    language = to.contact.language if to else business.settings.desk.language
    fit = search(fitting(found, language), order.words) if order.words else []
    if len(fit) != 1:
        listed = fit or list(fitting(found, language).values())
        await only_answer(business, taken, order, _list(business, listed, order.words, found=bool(fit)))
    elif copy is None or to is None:
        await only_answer(business, taken, order, business.tell_desk("snippet_which", name=fit[0].name))
    else:
        await _show(business, taken, order, fit[0], copy, to)


async def snippets_of(business: Business) -> list[Snippet]:
    """As they stand in the folder now."""
    knowledge = business.settings.knowledge.folder
    return await asyncio.to_thread(read_snippets, knowledge, business.settings.bot.languages)


def values_for(business: Business, to: Addressee, staff: str) -> Mapping[str, str]:
    """What the places of a snippet may name; empty where we do not know it."""
    contact = to.contact
    return {
        "first_name": next(iter(contact.name.split()), ""),
        "name": contact.name,
        "ticket": to.ticket.number,
        "company": business.settings.bot.company,
        "bot": business.settings.bot.name,
        "staff": next(iter(staff.split()), ""),
        "channel": shown_channel(contact.channel),
        "phone": f"+{contact.phone}" if contact.phone else "",
        "username": contact.username,
    }


async def _show(
    business: Business, taken: list[Update], order: Order, snippet: Snippet, copy: Copy, to: Addressee
) -> None:
    try:
        content = await asyncio.to_thread(filled, snippet, values_for(business, to, order.staff))
    except Unfit as unfit:
        await only_answer(business, taken, order, _unfit(business, snippet, unfit))
        return
    await _suggest(business, taken, order, content, snippet, copy, to)


async def _suggest(
    business: Business,
    taken: list[Update],
    order: Order,
    content: Content,
    snippet: Snippet,
    copy: Copy,
    to: Addressee,
) -> None:
    async def work(tx: Statements) -> None:
        await conversations.lock(tx, to.ticket.conversation_id)
        await updates.finish(tx, taken)
        await suggest(
            tx,
            business,
            KINDS,
            "snippet",
            content,
            more={"to": where(to.contact), "name": snippet.name},
            ticket_id=to.ticket.id,
            message_id=copy.message_id if copy.role == "copy" else None,
            room=order.item.room,
            thread=order.item.thread,
            reply_to=order.remote_id,
        )

    await business.db.transaction(work)


def _unfit(business: Business, snippet: Snippet, unfit: Unfit) -> str:
    if unfit.file:
        return business.tell_desk("snippet_file", name=snippet.name, file=unfit.file)
    places = ", ".join(f"{{{name}}}" for name in unfit.missing)
    return business.tell_desk("snippet_missing", name=snippet.name, places=places)


def _list(business: Business, snippets: Sequence[Snippet], words: str, *, found: bool) -> str:
    if not snippets:
        return business.tell_desk("snippets_none")
    key = "snippets" if not words else "snippets_several" if found else "snippets_unknown"
    lines = [f"/s {one.name} – {one.first_line}" for one in snippets[:MOST_LISTED]]
    return "\n".join([business.tell_desk(key, words=words[:60]), *lines])


COMMANDS: Commands = {"s": _snippet}
