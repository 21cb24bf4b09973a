"""What Telegram takes beside texts: reactions, keyboards and paces, as tables and checks."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.errors import bad, too_many

Json = dict[str, Any]

_EMOJI = (
    "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 "
    "🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ "
    "🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡"
)
_ACTIONS = (
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker "
    "find_location record_video_note upload_video_note"
)
_BUTTONS = (
    "callback_data url web_app login_url switch_inline_query switch_inline_query_current_chat "
    "switch_inline_query_chosen_chat copy_text callback_game pay"
)
REACTIONS = frozenset(_EMOJI.split())
"""Without variation selectors, which Telegram overlooks."""
ACTIONS, BUTTON_KINDS = frozenset(_ACTIONS.split()), frozenset(_BUTTONS.split())
OTHER_MARKUPS = frozenset(("keyboard", "remove_keyboard", "force_reply"))


def check_reactions(given: Any) -> tuple[str, ...]:
    """The emoji of a list of ReactionType. Raises Refusal for more than one or one that is not standard."""
    if not isinstance(given, list):
        raise bad("can't parse reaction: expected an Array of ReactionType")
    emoji = tuple(str(one.get("emoji", "")) for one in given if isinstance(one, dict))
    if len(emoji) > 1 or len(emoji) != len(given):
        raise bad("REACTIONS_TOO_MANY")
    if any(one.replace("\ufe0f", "") not in REACTIONS for one in emoji):
        raise bad("REACTION_INVALID")
    return emoji


def check_markup(markup: Any) -> Json | None:
    """The markup as the message shows it: an inline keyboard, or None. Raises Refusal."""
    if markup is None or markup == {}:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        if not OTHER_MARKUPS & markup.keys():
            raise bad("object expected as reply markup")
        return None
    for row in rows:
        for button in row:
            _check_button(button)
    if sum(len(row) for row in rows) > 100:
        raise bad("REPLY_MARKUP_TOO_LONG")
    rows = [row for row in rows if row]
    return {"inline_keyboard": rows} if rows else None


def _check_button(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not BUTTON_KINDS & button.keys():
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if not button["text"].strip():
        raise bad("BUTTON_TEXT_INVALID")
    code = button.get("callback_data")
    if code is not None and not 1 <= len(str(code).encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and "." not in str(url) and "://" not in str(url):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


@dataclass(slots=True)
class Limits:
    """Telegram's pace, off unless given to the emulator. A chat may burst, then has its rate."""

    overall_per_second: int = 30
    chat_per_second: float = 1
    chat_burst: int = 3
    group_per_minute: int = 20
    _overall: "deque[float]" = field(default_factory=deque)
    _chats: dict[int, float] = field(default_factory=dict)
    _groups: dict[int, "deque[float]"] = field(default_factory=dict)

    def take(self, chat_id: int, now: float, messages: int = 1) -> None:
        """Count messages to a chat at `now` (seconds). Raises Refusal 429 when they are too many."""
        waits = [_window(self._overall, now, 1, self.overall_per_second, messages)]
        group = self._groups.setdefault(chat_id, deque()) if chat_id < 0 else None
        if group is not None:
            waits.append(_window(group, now, 60, self.group_per_minute, messages))
        due = max(self._chats.get(chat_id, 0.0), now)
        waits.append(due - now - (self.chat_burst - 1) / self.chat_per_second)
        if max(waits) > 0:
            raise too_many(max(1, math.ceil(max(waits))))
        self._overall.extend([now] * messages)
        if group is not None:
            group.extend([now] * messages)
        self._chats[chat_id] = due + messages / self.chat_per_second


def _window(past: "deque[float]", now: float, span: float, most: int, messages: int) -> float:
    """Seconds until `messages` more fit into a span that takes `most`; 0 when they do."""
    while past and past[0] <= now - span:
        past.popleft()
    if not past or len(past) + messages <= most:
        return 0.0
    return past[min(len(past) + messages - most, len(past)) - 1] + span - now
