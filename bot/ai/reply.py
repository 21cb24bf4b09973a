"""A model's reply, taken for what it is: a text of a stranger that should be one JSON object of our form."""

import json
import re
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.ai.prompt import REASONS

LONGEST = 16_000
_FENCE = re.compile(r"\A\s*```(?:json)?\s*|\s*```\s*\Z")
_BEGUN = re.compile(
    r'\A\s*(?:```(?:json)?\s*)?\{\s*"sources"\s*:\s*\[([^\]]{0,400})\]\s*,\s*"answer"\s*:\s*"'
)
_ID = re.compile(r'"([^"\\]{1,20})"')
_END = re.compile(r"[.!?](?=\s)")


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    sources: tuple[str, ...]
    """Ids, as the model wrote them."""
    escalate: str = ""
    """One of REASONS; then there is no text."""


class Shapeless(Exception):
    """It is not of the form that was asked for."""


class _Form(BaseModel):
    model_config = ConfigDict(strict=True)
    sources: list[str] = []
    answer: str | None = None
    escalate: str | None = None


def read_reply(text: str) -> Reply:
    """Raises Shapeless. A wish to hand over wins over an answer."""
    if len(text) > LONGEST:
        raise Shapeless
    try:
        form = _Form.model_validate_json(_FENCE.sub("", text))
    except ValidationError:
        raise Shapeless from None
    sources = tuple(form.sources[:20])
    if form.escalate:
        return Reply("", sources, form.escalate if form.escalate in REASONS else REASONS[0])
    if not (form.answer or "").strip():
        raise Shapeless
    return Reply((form.answer or "").strip(), sources)


def begun(text: str) -> Reply | None:
    """The whole sentences of a reply that is still being written; None before there is one."""
    found = _BEGUN.match(text[:LONGEST])
    if found is None:
        return None
    written = re.match(r'(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*', text[found.end() : LONGEST])
    so_far = json.loads(f'"{written[0] if written else ""}"')
    ends = [end.end() for end in _END.finditer(so_far)]
    return Reply(so_far[: ends[-1]].strip(), tuple(_ID.findall(found[1]))) if ends else None
