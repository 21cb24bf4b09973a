"""What Meta posts to a webhook, built as it documents it, down to how the bytes are escaped and signed."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.whatsapp.errors import HREF

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Business:
    """The account that customers write to."""

    account_id: str
    phone_number_id: str
    display_phone_number: str
    name: str


def wamid(of: str = "") -> str:
    """A message id of the form that Meta's have: base64 of a number and something random."""
    seed = b"\x1d\x18" + of.encode()[:20] + secrets.token_bytes(18)
    return "wamid." + base64.b64encode(seed).decode()


def to_bytes(payload: object) -> bytes:
    """JSON as Meta writes it: everything but ASCII escaped in small hex digits, and each slash too."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()


def signature(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def change(business: Business, value: Mapping[str, Any]) -> Json:
    """One entry of the field `messages`."""
    metadata = {
        "display_phone_number": business.display_phone_number,
        "phone_number_id": business.phone_number_id,
    }
    told: Json = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    return {"id": business.account_id, "changes": [{"value": told, "field": "messages"}]}


def account_change(business: Business, field: str, value: Mapping[str, Any], at: int) -> Json:
    """One entry of a field about the account rather than a message, as `message_template_status_update`."""
    return {"id": business.account_id, "time": at, "changes": [{"value": dict(value), "field": field}]}


def post(entries: Sequence[Json]) -> Json:
    return {"object": "whatsapp_business_account", "entry": list(entries)}


def joined(values: Sequence[Mapping[str, Any]]) -> Json:
    """Several messages' or statuses' values as one: a batch. Each contact is named once."""
    whole: Json = {}
    for value in values:
        for key, items in value.items():
            kept = whole.setdefault(key, [])
            kept.extend(item for item in items if key != "contacts" or item not in kept)
    return whole


def failure(code: int, title: str, details: str) -> Json:
    return {"code": code, "title": title, "message": title, "error_data": {"details": details}, "href": HREF}


def status(
    message_id: str,
    what: str,
    at: int,
    *,
    phone: str = "",
    user_id: str = "",
    tracker: str = "",
    category: str = "service",
    errors: Sequence[Json] = (),
) -> Json:
    told: Json = {"id": message_id, "status": what, "timestamp": str(at)}
    told |= {"recipient_id": phone} if phone else {}
    told |= {"recipient_user_id": user_id} if user_id else {}
    told |= {"biz_opaque_callback_data": tracker} if tracker else {}
    if errors:
        return told | {"errors": list(errors)}
    conversation: Json = {"id": hashlib.md5(phone.encode() + user_id.encode()).hexdigest()}  # noqa: S324
    if what == "sent":
        conversation["expiration_timestamp"] = str(at + 86_400)
    conversation["origin"] = {"type": category}
    pricing = {"billable": True, "pricing_model": "PMP", "category": category, "type": "regular"}
    return told | {"conversation": conversation, "pricing": pricing}


def media_part(media_id: str, mime: str, content: bytes, url: str, **more: object) -> Json:
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    part: Json = {key: value for key, value in more.items() if value not in ("", None)}
    return part | {"mime_type": mime, "sha256": digest, "id": media_id, "url": url}


def visiting_card(name: str, phones: Iterable[str]) -> Json:
    first, _, last = name.partition(" ")
    names = {"first_name": first, "last_name": last, "formatted_name": name}
    numbers = [{"phone": f"+{phone}", "wa_id": phone, "type": "CELL"} for phone in phones]
    return {"name": {key: value for key, value in names.items() if value}, "phones": numbers}


def order_part(items: Sequence[tuple[str, int, float, str]], text: str = "") -> Json:
    """`items` are (article, quantity, price, currency)."""
    products = [
        {"product_retailer_id": article, "quantity": quantity, "item_price": price, "currency": currency}
        for article, quantity, price, currency in items
    ]
    return {"catalog_id": "354160437058781", "text": text, "product_items": products}
