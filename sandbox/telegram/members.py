"""ChatMember objects with all the fields that Telegram fills in."""

from typing import Any

Json = dict[str, Any]

_ADMIN = (
    "can_manage_chat can_change_info can_delete_messages can_invite_users can_restrict_members "
    "can_pin_messages can_manage_video_chats can_post_stories can_edit_stories can_delete_stories "
    "can_manage_topics"
)
_MUTED = (
    "can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos "
    "can_send_video_notes can_send_voice_notes can_send_polls can_send_other_messages "
    "can_add_web_page_previews can_change_info can_invite_users can_pin_messages can_manage_topics "
    "can_edit_tag can_react_to_messages"
)
ADMIN_RIGHTS: Json = {
    "can_be_edited": False,
    "is_anonymous": False,
    "can_promote_members": False,
    **dict.fromkeys(_ADMIN.split(), True),
}
_RESTRICTED: Json = {"is_member": True, "until_date": 0, **dict.fromkeys(_MUTED.split(), False)}

_FIELDS: dict[str, Json] = {
    "creator": {"is_anonymous": False},
    "administrator": ADMIN_RIGHTS,
    "member": {},
    "restricted": _RESTRICTED,
    "left": {},
    "kicked": {"until_date": 0},
}


def membership(user: Json, status: str, rights: Json) -> Json:
    """A ChatMember; `rights` replaces what administrators have by default."""
    fields = _FIELDS[status]
    if status == "administrator":
        fields = {**fields, "can_manage_topics": False, **rights}
    return {"user": user, "status": status, **fields}
