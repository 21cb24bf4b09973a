"""Which chat a call means, and whether the bot may do there what it wants."""

from sandbox.telegram.chat import Chat, Message, PrivateChat
from sandbox.telegram.errors import bad, forbidden, migrated
from sandbox.telegram.group import TelegramGroup, Topic
from sandbox.telegram.params import Params
from sandbox.telegram.world import World


def find_chat(world: World, params: Params, key: str = "chat_id") -> Chat:
    """Raises Refusal for a chat that is not there, or not under this id any more."""
    if not params.text(key):
        raise bad(f"{key} is empty")
    try:
        chat_id = int(params.text(key))
    except ValueError:
        raise bad("chat not found") from None
    chat = world.chats.get(chat_id)
    if chat is None:
        raise bad("chat not found")
    if isinstance(chat, TelegramGroup):
        _check_group(chat)
    return chat


def _check_group(group: TelegramGroup) -> None:
    if group.upgraded_to is not None:
        raise migrated(group.upgraded_to.id)
    if group.deleted:
        raise forbidden("the group chat was deleted")
    if group.bot_status == "kicked":
        raise forbidden(f"bot was kicked from the {group.type} chat")
    if group.bot_status == "left":
        raise forbidden(f"bot is not a member of the {group.type} chat")


def writable(world: World, params: Params, what: str = "text messages") -> Chat:
    """The chat of a call that writes `what` into it. Raises Refusal where the bot may not."""
    chat = find_chat(world, params)
    if isinstance(chat, PrivateChat):
        user = chat.user
        if user.deactivated:
            raise forbidden("user is deactivated")
        if user.has_blocked:
            raise forbidden("bot was blocked by the user")
        if not user.started:
            raise forbidden("bot can't initiate conversation with a user")
    elif isinstance(chat, TelegramGroup) and chat.bot_status == "restricted":
        raise bad(f"not enough rights to send {what} to the chat")
    return chat


def find_group(world: World, params: Params) -> TelegramGroup:
    chat = find_chat(world, params)
    if not isinstance(chat, TelegramGroup):
        raise bad("method is available only for supergroups")
    return chat


def find_message(chat: Chat, message_id: int, missing: str) -> Message:
    """Raises Refusal with "<missing> not found" as its words."""
    message = chat.messages.get(message_id)
    if message is None or message.deleted:
        raise bad(f"{missing} not found")
    return message


def asked_topic(chat: Chat, params: Params) -> Topic | None:
    """The topic that a call names, if the chat has it and it may be written in."""
    thread = params.whole("message_thread_id")
    if not thread:
        return None
    topic = chat.topics.get(thread) if isinstance(chat, TelegramGroup) and chat.forum else None
    if topic is not None and topic.deleted and topic.group.lost_topics_go_to_general:
        return None
    if topic is None or topic.deleted:
        raise bad("message thread not found")
    _check_open(topic)
    return topic


def _check_open(topic: Topic) -> None:
    refused = topic.group.closed_topics_refuse_admins or not topic.group.bot_can_manage_topics
    if topic.closed and refused:
        raise bad("TOPIC_CLOSED")


def asked_reply(chat: Chat, params: Params, topic: Topic | None) -> Message | None:
    """The message that a call answers, unless it is gone and the call can do without it."""
    wish = params.json("reply_parameters") or {}
    reply_id = int(wish.get("message_id") or params.whole("reply_to_message_id"))
    if not reply_id or chat.forgot(reply_id):
        return None
    message = chat.messages.get(reply_id)
    elsewhere = topic is not None and message is not None and topic.id not in (message.topic, message.id)
    if message is None or message.deleted or elsewhere:
        if wish.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply"):
            return None
        raise bad("message to be replied not found")
    return message


def spot(chat: Chat, params: Params) -> tuple[Topic | None, Message | None]:
    """Topic and answered message; an answer to a message in a topic goes into that topic."""
    topic = asked_topic(chat, params)
    reply_to = asked_reply(chat, params, topic)
    if topic is None and reply_to is not None and reply_to.topic and isinstance(chat, TelegramGroup):
        topic = chat.topics[reply_to.topic]
        _check_open(topic)
    return topic, reply_to
