"""Where a message stands: in which topic, and as an answer to what."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.telegram.chat import Chat, Message
    from sandbox.telegram.group import Topic

Json = dict[str, Any]


def bare_message(chat: "Chat", author: Json) -> Json:
    """What every message begins with, under the chat's next id."""
    return {
        "message_id": chat.next_id(),
        "from": author,
        "chat": chat.as_json,
        "date": int(chat.world.clock()),
    }


def placed(chat: "Chat", topic: "Topic | None", reply_to: "Message | None") -> Json:
    """In a topic everything answers at least its root; in General a thread is not a topic."""
    if topic is not None:
        answered = reply_to or topic.root
        return {
            "message_thread_id": topic.id,
            "is_topic_message": True,
            "reply_to_message": answered.bare,
        }
    if reply_to is None:
        return {}
    fields: Json = {"reply_to_message": reply_to.bare}
    if chat.type == "supergroup":
        fields["message_thread_id"] = reply_to.raw.get("message_thread_id", reply_to.id)
    return fields
