"""Methods about the bot itself, its buttons' presses and its files."""

from typing import Any

from sandbox.telegram.errors import OLD_QUERY, bad
from sandbox.telegram.files import DOWNLOAD_MAX
from sandbox.telegram.params import Params
from sandbox.telegram.world import World

Json = dict[str, Any]
SCOPES = (
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
)
PRESS_LIFE = 150


def get_me(world: World, params: Params) -> Json:
    return {
        **world.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
    }


def yes(world: World, params: Params) -> bool:
    return True


def set_my_commands(world: World, params: Params) -> bool:
    commands = params.json("commands", [])
    for command in commands:
        name, words = str(command.get("command", "")), str(command.get("description", ""))
        if not 1 <= len(name) <= 32 or not name.replace("_", "").isalnum() or name != name.lower():
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(words) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    world.menus[_whose_menu(params)] = commands
    return True


def get_my_commands(world: World, params: Params) -> list[Json]:
    return world.menus.get(_whose_menu(params), [])


def delete_my_commands(world: World, params: Params) -> bool:
    world.menus.pop(_whose_menu(params), None)
    return True


def _whose_menu(params: Params) -> tuple[str, str]:
    """The scope, a chat by its id, and the language; as `World.menus` has it."""
    scope = params.json("scope") or {"type": "default"}
    if scope.get("type") not in SCOPES:
        raise bad('can\'t parse BotCommandScope: Field "type" must be one of the scopes')
    where = str(scope.get("chat_id", "")) if scope["type"] == "chat" else scope["type"]
    return where, params.text("language_code")


def answer_callback_query(world: World, params: Params) -> bool:
    """A press can be answered once, and not for long."""
    press = world.open_presses.pop(params.text("callback_query_id"), None)
    if press is None or world.clock() - press.at > PRESS_LIFE:
        raise bad(OLD_QUERY)
    text = params.text("text")
    if len(text) > 200:
        raise bad("MESSAGE_TOO_LONG")
    press.answered, press.text, press.alert = True, text, params.flag("show_alert")
    return True


def get_file(world: World, params: Params) -> Json:
    file = world.files.by_id.get(params.text("file_id"))
    if file is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if file.size > DOWNLOAD_MAX:
        raise bad("file is too big")
    return {
        "file_id": file.id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": file.path,
    }
