"""What became of staff's reply, as a reaction of the bot's on their own message; all are of Telegram's standard ones."""

from storage.records import DeliveryState

QUEUED, ON_ITS_WAY, DELIVERED, READ, FAILED, TAKEN_BACK = "✍", "🕊", "👍", "👀", "💔", "🙈"
SIGN_OF: dict[DeliveryState, str] = {
    "queued": QUEUED,
    "sent": ON_ITS_WAY,
    "delivered": DELIVERED,
    "read": READ,
    "failed": FAILED,
}
QUEUED_AFTER_MILLISECONDS = 2_000
"""What leaves sooner need not be shown as waiting."""
