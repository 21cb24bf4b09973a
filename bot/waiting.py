"""When an update may be taken: at once, or when the rest of it will have come."""

from bot.business import Business
from bot.update import Inbound, Said
from storage.records import Claim

ALBUM_MILLISECONDS = 1000
"""How long the rest of an album may take to come."""
LATE_FROM, LATE_UNTIL = 15 * 60_000, 8 * 86_400_000
"""So old is what a platform kept for us while we were away: of a whole day one answer is wanted, not fifty."""
LATE_MILLISECONDS = 2000
"""What comes late waits until the end of the next such span, and while more comes."""


def claim(business: Business, item: Inbound) -> Claim | None:
    """What waits for the rest of it is not taken at once."""
    return None if due_at(business, item) else business.claim_turn()


def due_at(business: Business, item: Inbound) -> int:
    """When the rest of an album, or of what was kept for us while we were away, will have come; 0: now."""
    if not isinstance(item.what, Said):
        return 0
    if item.what.album:
        return business.clock.now() + ALBUM_MILLISECONDS
    if item.is_group or not item.at:
        return 0
    now = business.clock.now()
    is_late = LATE_FROM < now - item.at < LATE_UNTIL
    return (now // LATE_MILLISECONDS + 2) * LATE_MILLISECONDS if is_late else 0
