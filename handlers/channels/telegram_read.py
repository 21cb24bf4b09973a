"""A Telegram update in our words: python-telegram-bot knows the types, we know what they are to us."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson
from telegram import (
    CallbackQuery,
    Chat,
    Message,
    MessageReactionUpdated,
    ReactionType,
    User,
)

from bot.update import (
    Edited,
    Inbound,
    Pressed,
    Reacted,
    RoomMoved,
    Said,
    Sender,
    Standing,
    StandingChanged,
    TopicChanged,
    Unknown,
    Unreadable,
    What,
)
from handlers.channels.telegram_content import MOST_OF_A_KIND, UNSUPPORTED, content_of, kind_of, whole, word
from handlers.channels.telegram_fields import CARRIED, ENVELOPE, SERVICE, TARGET

JsonObject = Mapping[str, Any]

MALFORMED: Final = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    OSError,
    RecursionError,
)
"""What the library raises for an update that is not as documented."""

STANDINGS: Final = {
    "creator": Standing.ADMIN,
    "administrator": Standing.ADMIN,
    "member": Standing.MEMBER,
    "left": Standing.GONE,
    "kicked": Standing.GONE,
}


def read_update(raw: bytes, account: str) -> Inbound | Unreadable:
    """Raises ValueError when it is no JSON object with an `update_id`."""
    update = orjson.loads(raw)
    if not isinstance(update, dict) or type(update.get("update_id")) is not int:
        raise ValueError("not a Telegram update: no whole number in update_id")
    key = f"update:{update['update_id']}"
    text = raw.decode()
    kind = next((field for field in update if field in READERS), "")
    if not kind:
        other = next((field for field in update if field != "update_id"), "empty")
        return Inbound("telegram", account, key, text, Unknown(word(other)[:MOST_OF_A_KIND]))
    try:
        return READERS[kind](update[kind], Inbound("telegram", account, key, text, Unknown(kind)))
    except MALFORMED as error:
        return Unreadable(key, text, word(f"{kind}: {type(error).__name__}: {error}")[:200])


def standing_of(member: JsonObject) -> Standing:
    """Of a ChatMember as JSON. Raises KeyError for a status nobody has documented."""
    if member["status"] != "restricted":
        return STANDINGS[member["status"]]
    if not member.get("is_member", False):
        return Standing.GONE
    return Standing.MEMBER if member.get("can_send_messages") else Standing.MUTED


def _message(fields: JsonObject, blank: Inbound) -> Inbound:
    """A customer must not meet silence because a kind of message has changed since the library was made."""
    try:
        return _understood(Message.de_json(_only(fields, ENVELOPE | CARRIED)), fields, blank)
    except MALFORMED:
        if "text" in fields or kind_of(fields) == UNSUPPORTED:
            raise
        return _understood(Message.de_json(_only(fields, ENVELOPE | {"caption"})), fields, blank)


def _only(fields: JsonObject, names: frozenset[str]) -> dict[str, Any]:
    """Of the message that is answered, too, only what we need: what it carries may be new or endless."""
    wanted = {name: value for name, value in fields.items() if name in names}
    if "reply_to_message" in wanted:
        wanted["reply_to_message"] = {name: wanted["reply_to_message"][name] for name in TARGET}
    return wanted


def _understood(message: Message, fields: JsonObject, blank: Inbound) -> Inbound:
    inbound = _placed(message, fields, blank)
    unfit = _unfit(message)
    if unfit:
        return replace(inbound, what=Unknown(unfit))
    service = next((field for field in fields if field in SERVICE), "")
    if service:
        return _service(service, message, inbound)
    if inbound.sender is None:
        return replace(inbound, what=Unknown("no_sender"))
    reply_to = _reply_to(message)
    said = Said(
        remote_id=str(whole(message.message_id)),
        content=content_of(message, fields),
        reply_to=reply_to,
        answers_us=bool(reply_to) and _is_ours(fields, blank.account),
        album=word(message.media_group_id),
    )
    return replace(inbound, what=said)


def _edited_message(fields: JsonObject, blank: Inbound) -> Inbound:
    inbound = _message(fields, blank)
    if not isinstance(inbound.what, Said):
        return inbound
    at = whole(fields.get("edit_date", fields["date"])) * 1000
    return replace(inbound, at=at, what=Edited(inbound.what.remote_id, inbound.what.content))


def _message_reaction(fields: JsonObject, blank: Inbound) -> Inbound:
    reaction = MessageReactionUpdated.de_json(dict(fields))
    sender = _sender(reaction.user, reaction.actor_chat, reaction.chat)
    what: What = Reacted(str(whole(reaction.message_id)), _new_emoji(reaction))
    if sender is None:
        what = Unknown("reaction_of_another_chat")
    return _at(replace(blank, what=what, sender=sender), reaction.chat, fields)


def _callback_query(fields: JsonObject, blank: Inbound) -> Inbound:
    """The message may be too old for Telegram to show: its room and id are there all the same."""
    press = CallbackQuery.de_json({**fields, "message": _only(fields.get("message") or {}, ENVELOPE) or None})
    if press.message is None or press.data is None:
        return replace(blank, sender=_person(press.from_user))
    return replace(
        blank,
        what=Pressed(word(press.data), str(whole(press.message.message_id)), word(press.id)),
        room=str(whole(press.message.chat.id)),
        sender=_person(press.from_user),
        thread=_thread(press.message) if isinstance(press.message, Message) else "",
        is_group=_is_group(press.message.chat),
    )


def _my_chat_member(fields: JsonObject, blank: Inbound) -> Inbound:
    """Without the library's ChatMember: it knows none that lacks even one of the newest rights."""
    what = StandingChanged(standing_of(fields["new_chat_member"]))
    sender = _person(User.de_json(fields["from"]))
    return _at(replace(blank, what=what, sender=sender), Chat.de_json(fields["chat"]), fields)


READERS: Final[Mapping[str, Callable[[JsonObject, Inbound], Inbound]]] = {
    "message": _message,
    "edited_message": _edited_message,
    "message_reaction": _message_reaction,
    "callback_query": _callback_query,
    "my_chat_member": _my_chat_member,
}


def _placed(message: Message, fields: JsonObject, blank: Inbound) -> Inbound:
    sender = _sender(message.from_user, message.sender_chat, message.chat, word(message.author_signature))
    return _at(replace(blank, sender=sender, thread=_thread(message)), message.chat, fields)


def _at(inbound: Inbound, chat: Chat, fields: JsonObject) -> Inbound:
    at = whole(fields["date"]) * 1000
    return replace(inbound, room=str(whole(chat.id)), is_group=_is_group(chat), at=at)


def _is_group(chat: Chat) -> bool:
    return word(chat.type) != "private"


def _unfit(message: Message) -> str:
    """The kind of a message that is nobody's word to us, though it comes as one."""
    if message.business_connection_id is not None:
        return "business_message"
    if message.is_automatic_forward:
        return "automatic_forward"
    if message.chat.type == "channel":
        return "channel_post"
    if message.sender_chat is not None and message.sender_chat.id != message.chat.id:
        return "another_chats_voice"
    return ""


def _service(kind: str, message: Message, inbound: Inbound) -> Inbound:
    """A move is told in the old room and in the new one; whichever comes first may count."""
    if kind == "migrate_to_chat_id":
        return replace(inbound, what=RoomMoved(str(whole(message.migrate_to_chat_id))))
    if kind == "migrate_from_chat_id":
        return replace(inbound, room=str(whole(message.migrate_from_chat_id)), what=RoomMoved(inbound.room))
    if kind in ("forum_topic_closed", "forum_topic_reopened"):
        thread = "" if message.message_thread_id is None else str(whole(message.message_thread_id))
        return replace(inbound, thread=thread, what=TopicChanged(closed=kind == "forum_topic_closed"))
    return replace(inbound, what=Unknown(kind))


def _sender(user: User | None, voice: Chat | None, room: Chat, title: str = "") -> Sender | None:
    """An anonymous administrator is the room itself; the user named beside it is the same for all rooms."""
    if voice is not None and voice.id == room.id:
        return Sender(str(whole(voice.id)), title or word(voice.title), is_anonymous=True)
    return _person(user) if user is not None and voice is None else None


def _person(user: User) -> Sender:
    return Sender(
        id=str(whole(user.id)),
        name=f"{word(user.first_name)} {word(user.last_name)}".strip(),
        username=word(user.username),
        language=word(user.language_code),
        is_bot=bool(user.is_bot),
    )


def _thread(message: Message) -> str:
    """Outside topics Telegram numbers threads of replies in the same field; those are none."""
    return str(whole(message.message_thread_id)) if message.is_topic_message else ""


def _reply_to(message: Message) -> str:
    """In a topic every ordinary message "replies" to the message that opened the topic."""
    target = message.reply_to_message
    if target is None or target.chat.id != message.chat.id:
        return ""
    if message.is_topic_message and target.message_id == message.message_thread_id:
        return ""
    return str(whole(target.message_id))


def _is_ours(fields: JsonObject, account: str) -> bool:
    author = (fields.get("reply_to_message") or {}).get("from")
    return isinstance(author, dict) and str(author.get("id")) == account


def _new_emoji(reaction: MessageReactionUpdated) -> str:
    old = {_emoji(one) for one in reaction.old_reaction}
    new = [_emoji(one) for one in reaction.new_reaction]
    return next((one for one in new if one not in old), new[-1] if new else "")


def _emoji(reaction: ReactionType) -> str:
    """A custom emoji is a picture of its own; the sparkles stand for it."""
    return word(getattr(reaction, "emoji", None)) or ("⭐" if reaction.type == "paid" else "✨")
