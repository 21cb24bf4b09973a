"""The Bot API's methods: each takes the world and a call's parameters and returns the call's result."""

from collections.abc import Callable
from typing import Any

from sandbox.telegram.methods import account, chats, editing, media, sending, topics
from sandbox.telegram.params import Params
from sandbox.telegram.world import World

Method = Callable[[World, Params], Any]

_BY_NAME: dict[str, Method] = {
    "getMe": account.get_me,
    "logOut": account.yes,
    "close": account.yes,
    "setMyCommands": account.set_my_commands,
    "getMyCommands": account.get_my_commands,
    "deleteMyCommands": account.delete_my_commands,
    "setMyName": account.yes,
    "setMyDescription": account.yes,
    "setMyShortDescription": account.yes,
    "answerCallbackQuery": account.answer_callback_query,
    "getFile": account.get_file,
    "sendMessage": sending.send_message,
    "sendMessageDraft": sending.send_message_draft,
    "sendChatAction": sending.send_chat_action,
    "sendLocation": sending.send_location,
    "sendVenue": sending.send_venue,
    "sendContact": sending.send_contact,
    "copyMessage": sending.copy_message,
    "forwardMessage": sending.forward_message,
    **{f"send{kind}": method for kind, method in media.SENDERS.items()},
    "sendMediaGroup": media.send_media_group,
    "editMessageText": editing.edit_text,
    "editMessageCaption": editing.edit_caption,
    "editMessageReplyMarkup": editing.edit_reply_markup,
    "deleteMessage": editing.delete_message,
    "deleteMessages": editing.delete_messages,
    "setMessageReaction": editing.set_reaction,
    "pinChatMessage": editing.pin,
    "unpinChatMessage": editing.unpin,
    "getChat": chats.get_chat,
    "getChatMember": chats.get_member,
    "getChatMemberCount": chats.get_member_count,
    "getChatAdministrators": chats.get_administrators,
    "leaveChat": chats.leave,
    "getForumTopicIconStickers": topics.icon_stickers,
    "createForumTopic": topics.create,
    "editForumTopic": topics.edit,
    "closeForumTopic": topics.close,
    "reopenForumTopic": topics.reopen,
    "deleteForumTopic": topics.delete,
}

METHODS = {name.lower(): (name, method) for name, method in _BY_NAME.items()}
"""By name in lower case, because Telegram does not mind the case; with the name as it is documented."""
