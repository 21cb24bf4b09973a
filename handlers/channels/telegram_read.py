"""A Telegram update in our words, read from its JSON: what Telegram adds to it next cannot break us."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import orjson

from bot.content import Content
from bot.update import (
    Edited,
    Inbound,
    MemberChanged,
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
from handlers.channels.telegram_content import (
    MOST_OF_A_KIND,
    UNSUPPORTED,
    Fields,
    content_of,
    kind_of,
    whole,
    word,
)
from handlers.channels.telegram_fields import SERVICE

MALFORMED: Final = (LookupError, TypeError, ValueError, AttributeError, RecursionError)
"""What reading raises for an update that is not as documented."""

EARLIEST, LATEST = -62_135_596_800, 253_402_300_799
"""The moments that have a date, in seconds since 1970."""

STANDINGS: Final = {
    "creator": Standing.ADMIN,
    "administrator": Standing.ADMIN,
    "member": Standing.MEMBER,
    "left": Standing.GONE,
    "kicked": Standing.GONE,
}


@dataclass(frozen=True, slots=True)
class Post:
    """An update before it is understood."""

    account: str
    key: str
    raw: str

    def tells(
        self,
        what: What,
        room: str = "",
        at: int = 0,
        sender: Sender | None = None,
        thread: str = "",
        is_group: bool = False,  # noqa: FBT001, FBT002 - as Inbound has it
    ) -> Inbound:
        return Inbound("telegram", self.account, self.key, self.raw, what, room, at, sender, thread, is_group)


def read_update(raw: bytes, account: str) -> Inbound | Unreadable:
    """Raises ValueError when it is no JSON object with an `update_id`."""
    update = orjson.loads(raw)
    if not isinstance(update, dict) or type(update.get("update_id")) is not int:
        raise ValueError("not a Telegram update: no whole number in update_id")
    post = Post(account, f"update:{update['update_id']}", raw.decode())
    for kind in update:
        if kind in READERS:
            break
    else:
        other = next((field for field in update if field != "update_id"), "empty")
        return post.tells(Unknown(word(other)[:MOST_OF_A_KIND]))
    try:
        return READERS[kind](update[kind], post)
    except MALFORMED as error:
        return Unreadable(post.key, post.raw, word(f"{kind}: {type(error).__name__}: {error}")[:200])


def standing_of(member: Fields) -> Standing:
    """Of a ChatMember as JSON. Raises KeyError for a status nobody has documented."""
    if member["status"] != "restricted":
        return STANDINGS[member["status"]]
    if not member.get("is_member", False):
        return Standing.GONE
    return Standing.MEMBER if member.get("can_send_messages") else Standing.MUTED


def _message(message: Fields, post: Post) -> Inbound:
    chat = message["chat"]
    room, at, thread, is_group = _id(chat["id"]), _moment(message["date"]), _thread(message), _is_group(chat)
    sender = _sender(message.get("from"), message.get("sender_chat"), chat, message.get("author_signature"))
    unfit = _unfit(message, chat)
    if not unfit and not SERVICE.isdisjoint(message):
        return _service(message, post.tells(Unknown(""), room, at, sender, thread, is_group))
    if unfit or sender is None:
        return post.tells(Unknown(unfit or "no_sender"), room, at, sender, thread, is_group)
    reply_to = _reply_to(message, chat)
    said = Said(
        remote_id=_id(message["message_id"]),
        content=_content(message),
        reply_to=reply_to,
        answers_us=bool(reply_to) and _wrote(post.account, message["reply_to_message"]),
        album=word(message.get("media_group_id")),
        forwarded="forward_origin" in message,
    )
    return post.tells(said, room, at, sender, thread, is_group)


def _content(message: Fields) -> Content:
    """A customer must not meet silence because a kind of message has changed since this was written."""
    try:
        return content_of(message)
    except MALFORMED:
        kind = kind_of(message)
        if "text" in message or kind == UNSUPPORTED:
            raise
        return Content(word(message.get("caption")), unreadable=kind)


def _edited_message(message: Fields, post: Post) -> Inbound:
    inbound = _message(message, post)
    if not isinstance(inbound.what, Said):
        return inbound
    at = _moment(message.get("edit_date", message["date"]))
    return replace(inbound, at=at, what=Edited(inbound.what.remote_id, inbound.what.content))


def _message_reaction(reaction: Fields, post: Post) -> Inbound:
    chat = reaction["chat"]
    sender = _sender(reaction.get("user"), reaction.get("actor_chat"), chat)
    what: What = Reacted(_id(reaction["message_id"]), _new_emoji(reaction))
    if sender is None:
        what = Unknown("reaction_of_another_chat")
    at = _moment(reaction["date"])
    return post.tells(what, _id(chat["id"]), at, sender, is_group=_is_group(chat))


def _callback_query(press: Fields, post: Post) -> Inbound:
    """The message may be too old for Telegram to show: its room and id are there all the same."""
    message, sender = press.get("message"), _person(press["from"])
    if not message or press.get("data") is None:
        return post.tells(Unknown("callback_query"), sender=sender)
    chat = message["chat"]
    pressed = Pressed(word(press["data"]), _id(message["message_id"]), word(press["id"]))
    return post.tells(
        pressed, _id(chat["id"]), sender=sender, thread=_thread(message), is_group=_is_group(chat)
    )


def _my_chat_member(change: Fields, post: Post) -> Inbound:
    chat, sender = change["chat"], _person(change["from"])
    what = StandingChanged(standing_of(change["new_chat_member"]))
    return post.tells(what, _id(chat["id"]), _moment(change["date"]), sender, is_group=_is_group(chat))


def _chat_member(change: Fields, post: Post) -> Inbound:
    chat, member = change["chat"], change["new_chat_member"]
    what = MemberChanged(_person(member["user"]), standing_of(member))
    return post.tells(
        what, _id(chat["id"]), _moment(change["date"]), _person(change["from"]), is_group=_is_group(chat)
    )


READERS: Final[Mapping[str, Callable[[Fields, Post], Inbound]]] = {
    "message": _message,
    "edited_message": _edited_message,
    "message_reaction": _message_reaction,
    "callback_query": _callback_query,
    "my_chat_member": _my_chat_member,
    "chat_member": _chat_member,
}


def _id(value: object) -> str:
    return str(whole(value))


def _moment(value: object) -> int:
    """Seconds as milliseconds."""
    if not EARLIEST <= whole(value) <= LATEST:
        raise ValueError("a moment without a date")
    return whole(value) * 1000


def _is_group(chat: Fields) -> bool:
    return word(chat["type"]) != "private"


def _unfit(message: Fields, chat: Fields) -> str:
    """The kind of a message that is nobody's word to us, though it comes as one."""
    if message.get("business_connection_id") is not None:
        return "business_message"
    if message.get("is_automatic_forward"):
        return "automatic_forward"
    if chat["type"] == "channel":
        return "channel_post"
    voice = message.get("sender_chat")
    return "another_chats_voice" if voice is not None and voice["id"] != chat["id"] else ""


def _service(message: Fields, inbound: Inbound) -> Inbound:
    """A move is told in the old room and in the new one; whichever comes first may count."""
    kind = next(field for field in message if field in SERVICE)
    if kind == "migrate_to_chat_id":
        return replace(inbound, what=RoomMoved(_id(message[kind])))
    if kind == "migrate_from_chat_id":
        return replace(inbound, room=_id(message[kind]), what=RoomMoved(inbound.room))
    if kind in ("forum_topic_closed", "forum_topic_reopened"):
        thread = message.get("message_thread_id")
        what = TopicChanged(closed=kind == "forum_topic_closed")
        return replace(inbound, thread="" if thread is None else _id(thread), what=what)
    return replace(inbound, what=Unknown(kind))


def _sender(user: Fields | None, voice: Fields | None, room: Fields, title: object = None) -> Sender | None:
    """An anonymous administrator is the room itself; the user named beside it is the same for all rooms."""
    if voice is None:
        return None if user is None else _person(user)
    if voice["id"] != room["id"]:
        return None
    return Sender(_id(voice["id"]), word(title) or word(voice.get("title")), is_anonymous=True)


def _person(user: Fields) -> Sender:
    return Sender(
        id=_id(user["id"]),
        name=f"{word(user['first_name'])} {word(user.get('last_name'))}".strip(),
        username=word(user.get("username")),
        language=word(user.get("language_code")),
        is_bot=bool(user["is_bot"]),
    )


def _thread(message: Fields) -> str:
    """Outside topics Telegram numbers threads of replies in the same field; those are none."""
    return _id(message["message_thread_id"]) if message.get("is_topic_message") else ""


def _reply_to(message: Fields, chat: Fields) -> str:
    """In a topic every ordinary message "replies" to the message that opened the topic."""
    target = message.get("reply_to_message")
    if target is None or target["chat"]["id"] != chat["id"]:
        return ""
    opened_the_topic = target["message_id"] == message.get("message_thread_id")
    return "" if opened_the_topic and message.get("is_topic_message") else _id(target["message_id"])


def _wrote(account: str, message: Fields) -> bool:
    author = message.get("from")
    return isinstance(author, dict) and str(author.get("id")) == account


def _new_emoji(reaction: Fields) -> str:
    old = [_emoji(one) for one in reaction.get("old_reaction") or ()]
    new = [_emoji(one) for one in reaction.get("new_reaction") or ()]
    return next((one for one in new if one not in old), new[-1] if new else "")


def _emoji(reaction: Fields) -> str:
    """A custom emoji is a picture of its own; the sparkles stand for it."""
    return word(reaction.get("emoji")) or ("⭐" if reaction["type"] == "paid" else "✨")
