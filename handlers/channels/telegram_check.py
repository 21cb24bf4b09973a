"""What `check` asks Telegram, and what to do about each answer."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from bot.channel import Finding, SendLater, SendRefused, SendUnsure

Ask = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""Calls a method of the Bot API. Raises SendLater, SendRefused, SendUnsure."""

PRIVACY: Final = {
    True: "Privacy mode is off: the bot sees all messages of its groups.",
    False: "Privacy mode is on: the bot sees the staff's messages only where it is an administrator. "
    "Make it one in the desk's group, or send /setprivacy to @BotFather and add the bot anew.",
}
REFUSED: Final = (
    "Telegram refuses the token: copy it anew from @BotFather (/mybots, API Token) into TELEGRAM_BOT_TOKEN."
)
NO_ADDRESS: Final = (
    'telegram.delivery is "webhook", but server.public_url is not an https:// address: '
    'set it, or set telegram.delivery to "polling".'
)
UNSIGNED: Final = (
    'telegram.delivery is "webhook", but TELEGRAM_WEBHOOK_SECRET is not set, or too easy to guess: '
    "it takes 32 to 256 random characters of A-Z, a-z, 0-9, _ and - (openssl rand -hex 32)."
)
SECRET: Final = re.compile(r"(?!.*changeme)[A-Za-z0-9_-]{32,256}", re.IGNORECASE | re.ASCII)


async def findings(ask: Ask, api_url: str) -> list[Finding]:
    """Who we are and what we may read; only the first line where Telegram does not answer."""
    try:
        me = await ask("getMe", {})
        name, number = me["username"], me["id"]
    except SendLater as error:
        if error.whole_channel:
            return [Finding("Telegram token", ok=False, sentence=REFUSED, stops=True)]
        return [_unreachable(api_url, error)]
    except (SendRefused, SendUnsure, LookupError, TypeError) as error:
        return [_unreachable(api_url, error)]
    sees_all = bool(me.get("can_read_all_group_messages"))
    return [
        Finding("Telegram token", ok=True, sentence=f"The token is valid: the bot is @{name} ({number})."),
        Finding("Telegram privacy mode", ok=True, sentence=PRIVACY[sees_all]),
    ]


async def webhook_findings(ask: Ask, address: str, *, polling: bool) -> list[Finding]:
    """`address` is where Telegram should post."""
    try:
        webhook = await ask("getWebhookInfo", {})
        url, pending = str(webhook["url"]), int(webhook.get("pending_update_count", 0))
    except (SendLater, SendRefused, SendUnsure, LookupError, TypeError, ValueError):
        return []
    found = [_polling(url) if polling else _webhook(url, address)]
    trouble = webhook.get("last_error_message")
    if trouble and not polling:
        found.append(_trouble(str(trouble), pending))
    return found


def settings_findings(address: str, secret: str) -> list[Finding]:
    """What must be set for a webhook, before anybody is asked."""
    wrong = [NO_ADDRESS] if not address.startswith("https://") else []
    wrong += [] if SECRET.fullmatch(secret) else [UNSIGNED]
    return [Finding("Telegram webhook", ok=False, sentence=sentence, stops=True) for sentence in wrong]


def _unreachable(api_url: str, error: Exception) -> Finding:
    sentence = (
        f"{api_url} does not answer as it should ({error}): check the network and telegram.api_url. "
        "The bot keeps trying."
    )
    return Finding("Telegram", ok=False, sentence=sentence)


def _polling(url: str) -> Finding:
    if not url:
        return Finding("Telegram delivery", ok=True, sentence="Long polling; no webhook is set.")
    sentence = f"Long polling; the webhook {url} that is set now is removed when the bot starts."
    return Finding("Telegram delivery", ok=True, sentence=sentence)


def _webhook(url: str, address: str) -> Finding:
    if url == address:
        return Finding("Telegram delivery", ok=True, sentence=f"The webhook is set: {url}.")
    now = f"{url} is set now" if url else "none is set now"
    return Finding(
        "Telegram delivery", ok=True, sentence=f"The webhook becomes {address} at the start; {now}."
    )


def _trouble(message: str, pending: int) -> Finding:
    sentence = (
        f"Telegram's last delivery failed ({message}); {pending} updates wait. "
        "Check that server.public_url reaches this bot from outside, with a valid certificate."
    )
    return Finding("Telegram delivery", ok=False, sentence=sentence)
