"""What a card says beside the request itself: a broken promise, put aside until, how it was rated."""

from bot.business import Business
from bot.desk.rating_signs import SIGNS
from bot.moments import at_time
from storage import milestones, timers
from storage.database import Statements
from storage.records import Ticket


async def lines(tx: Statements, business: Business, ticket: Ticket) -> list[str]:
    made = await milestones.of_ticket(tx, ticket.id)
    found = []
    late = await milestones.when(tx, ticket.id, "late", ticket.waiting_since) if "late" in made else 0
    if late and ticket.waiting_since:
        found.append(business.tell_desk("card_late", time=at_time(business, int(made["late"]))))
    if ticket.state != "resolved":
        found += [
            business.tell_desk("card_snoozed", time=at_time(business, timer.due_at))
            for timer in await timers.of_ticket(tx, ticket.id, "snooze")
            if ticket.waiting_since <= timer.created_at
        ]
    if "closed_itself" in made and ticket.state == "resolved":
        found.append(business.tell_desk("card_closed_itself"))
    if "rated" in made:
        found.append(business.tell_desk("card_rated", sign=SIGNS[made["rated"]]))
    return found
