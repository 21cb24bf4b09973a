"""The payload files are worth nothing if they are not what the platforms send: libraries must read them."""

import json
from pathlib import Path
from typing import Any

import pytest
from telegram import Bot, Message, Update

HERE = Path(__file__).parent
BOT = Bot("5000000001:none")
NEWER_THAN_THE_LIBRARY = {
    *("rich_message", "community_chat_added", "community_chat_removed", "hologram_2030"),
    *("ephemeral_message_id", "receiver_user", "subscription", "update_type_2030"),
}
NEVER_TOLD = {"_effective_attachment", "guest_bot_caller_chat"}


def read(folder: str, *files: str) -> dict[str, Any]:
    wanted = files or tuple(path.stem for path in sorted((HERE / folder).glob("*.json")))
    return {
        f"{file}:{name}": payload
        for file in wanted
        for name, payload in json.loads((HERE / folder / f"{file}.json").read_text("utf-8")).items()
    }


TELEGRAM = read("telegram")
WHATSAPP = read("whatsapp")


@pytest.mark.parametrize("name", TELEGRAM)
def test_telegrams_library_finds_every_field(name: str) -> None:
    payload = TELEGRAM[name]
    update = Update.de_json(payload, BOT)
    for key, content in payload.items():
        if key in NEWER_THAN_THE_LIBRARY:
            continue
        found = getattr(update, key)
        assert found is not None, key
        if isinstance(found, Message):
            attributes = {"from_user" if field == "from" else field for field in content}
            missing = {a for a in attributes - NEWER_THAN_THE_LIBRARY if getattr(found, a) is None}
            assert not missing


def test_there_is_an_update_of_every_type_and_a_message_with_every_field() -> None:
    assert set(Update.ALL_TYPES) <= {name.split(":")[1] for name in read("telegram", "updates")}
    told = {
        field for payload in TELEGRAM.values() for message in payload.values() for field in _fields(message)
    }
    assert {*Message.__slots__} - NEVER_TOLD - {"from_user"} <= told


def _fields(message: Any) -> set[str]:
    return set(message) if isinstance(message, dict) else set()


def test_update_ids_are_unique() -> None:
    ids = [payload["update_id"] for payload in TELEGRAM.values()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", [name for name in WHATSAPP if not name.startswith("odd:")])
def test_a_whatsapp_post_has_metas_outline(name: str) -> None:
    payload = WHATSAPP[name]
    assert payload["object"] == "whatsapp_business_account"
    for entry in payload["entry"]:
        assert entry["id"]
        for change in entry["changes"]:
            assert set(change) == {"value", "field"}
            if change["field"] == "messages":
                assert change["value"]["messaging_product"] == "whatsapp"
                assert change["value"]["metadata"]["phone_number_id"] == "106540352242922"


@pytest.mark.parametrize("name", read("whatsapp", "messages"))
def test_a_whatsapp_message_carries_the_part_that_its_type_names(name: str) -> None:
    (entry,) = WHATSAPP[name]["entry"]
    (message,) = entry["changes"][0]["value"]["messages"]
    assert {"id", "timestamp", "from", "from_user_id"} <= set(message)
    bare = {"ephemeral", "request_welcome", "unknown", "unsupported", "interactive"}
    assert message["type"] in message or message["type"] in bare
