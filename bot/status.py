"""`/status`: what a customer may know of their ticket, and what staff may know of everything."""

from bot import VERSION
from bot.business import Business
from bot.channel import shown_channel
from storage import deliveries, tickets, updates
from storage.records import Conversation


async def status_for_customer(business: Business, conversation: Conversation, language: str) -> str:
    ticket = await tickets.find_last(business.db, conversation.id)
    if ticket is None:
        return business.say(language, "status_none")
    waited = business.clock.now() - (ticket.waiting_since or ticket.opened_at)
    key = (
        f"status_{ticket.state}" if ticket.waiting_since or ticket.state == "resolved" else "status_answered"
    )
    return business.say(language, key, ticket=ticket.number, waited=span(business, language, waited))


async def status_for_desk(business: Business) -> str:
    lines = [
        business.tell_desk("status_title", company=business.settings.bot.company),
        await _tickets(business),
        *await _queues(business),
        *(_channel(business, name) for name in sorted(business.channels)),
        _ai(business),
        await _spent(business),
        _knowledge(business),
        business.tell_desk("status_uptime", uptime=_span(business, business.started_at), version=VERSION),
    ]
    return "\n".join(line for line in lines if line)


async def _tickets(business: Business) -> str:
    figures = await tickets.figures(business.db)
    if not figures["unresolved"]:
        return business.tell_desk("status_no_tickets")
    longest = _span(business, figures["waiting_since"]) if figures["waiting_since"] else "–"
    return business.tell_desk(
        "status_tickets", open=figures["unresolved"], waiting=figures["waiting"], longest=longest
    )


async def _queues(business: Business) -> list[str]:
    incoming = await updates.figures(business.db)
    lines = [_queue(business, "status_incoming", "", incoming["waiting"], incoming["oldest"])]
    outgoing = {row["channel"]: row for row in await deliveries.figures(business.db)}
    for name in sorted(business.channels):
        row = outgoing.get(name, {"waiting": 0, "oldest": None})
        lines.append(_queue(business, "status_outgoing", shown_channel(name), row["waiting"], row["oldest"]))
    if business.rejected:
        lines.append(business.tell_desk("status_refused", count=sum(business.rejected.values())))
    if incoming["odd"]:
        lines.append(business.tell_desk("status_odd", count=incoming["odd"]))
    return lines


def _queue(business: Business, key: str, channel: str, waiting: int, oldest: int | None) -> str:
    since = business.tell_desk("status_oldest", span=_span(business, oldest)) if oldest else ""
    return business.tell_desk(key, channel=channel, waiting=waiting, oldest=since)


def _channel(business: Business, name: str) -> str:
    channel = business.channels[name]
    if not channel.last_error:
        return business.tell_desk("status_channel_ok", channel=shown_channel(name))
    return business.tell_desk("status_channel_error", channel=shown_channel(name), error=channel.last_error)


def _ai(business: Business) -> str:
    model = business.answerer.model
    if model is None:
        return business.tell_desk("status_ai_off")
    return business.tell_desk("status_ai_on", model=model.name, error=model.last_error or "–")


async def _spent(business: Business) -> str:
    model = business.answerer.model
    if model is None:
        return ""
    spent = await model.spent_today()
    tokens, cost = spent.tokens_in + spent.tokens_out, spent.cost / 1_000_000
    return business.tell_desk("status_ai_spent", calls=spent.calls, tokens=tokens, cost=f"{cost:.2f}")


def _knowledge(business: Business) -> str:
    summary = business.library.summary()
    line = business.tell_desk(
        "status_knowledge",
        passages=summary.passages,
        articles=summary.articles,
        changed=_span(business, summary.changed_at),
    )
    skipped = "".join(f"\n⚠️ {skipped.file} {skipped.reason}" for skipped in summary.skipped[:5])
    return line + skipped + "\n…" * (len(summary.skipped) > 5)


def _span(business: Business, since: int) -> str:
    return span(business, business.settings.desk.language, business.clock.now() - since)


def span(business: Business, language: str, milliseconds: int) -> str:
    """A stretch of time in its two largest units, as "2 h 5 min"."""
    seconds = max(0, milliseconds // 1000)
    if seconds < 60:
        return business.say(language, "span_seconds", seconds=seconds)
    minutes, hours, days = seconds // 60 % 60, seconds // 3600 % 24, seconds // 86400
    if days:
        return business.say(language, "span_days", days=days, hours=hours)
    if hours:
        return business.say(language, "span_hours", hours=hours, minutes=minutes)
    return business.say(language, "span_minutes", minutes=minutes)
