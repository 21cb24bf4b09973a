"""What a language model's server says when it refuses, and the odd things it says when it does not."""

import asyncio
import json
from enum import StrEnum
from typing import Any

from aiohttp import web

from sandbox.faults import Fault, pause

Json = dict[str, Any]

REFUSALS: dict[int, tuple[str, str, str]] = {  # type, code, message
    400: ("invalid_request_error", "invalid_value", "Invalid request."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided: sk-sand*****789."),
    402: ("insufficient_credits", "payment_required", "Payment required."),
    403: ("invalid_request_error", "model_access_denied", "This key has no access to the model."),
    404: ("invalid_request_error", "model_not_found", "The model does not exist or you have no access."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached for requests."),
    500: ("server_error", "internal_error", "The server had an error."),
    503: ("server_error", "overloaded", "The engine is currently overloaded."),
}


def error(message: str, kind: str, code: str | None, param: str | None = None) -> bytes:
    return json.dumps({"error": {"message": message, "type": kind, "param": param, "code": code}}).encode()


QUOTA = Fault.status(
    429, body=error("You exceeded your current quota.", "insufficient_quota", "insufficient_quota")
)
"""What OpenAI says when the account is empty; nothing but the code tells it from too many requests."""
SHOUTED_RATE_LIMIT = Fault.status(429, body=error("INSUFFICIENT QUOTA", "too_many_requests", None))
"""What another provider says of a mere rate limit."""
FILTERED_QUESTION = Fault.status(400, body=error("Filtered.", "invalid_request_error", "content_filter"))


class Quirk(StrEnum):
    """A 200 that holds no usable answer."""

    NO_CHOICES = "no_choices"
    NULL = "null"
    EMPTY = "empty"
    BLANK = "blank"
    LENGTH = "length"
    FILTERED = "filtered"
    REFUSAL = "refusal"
    TOOL_CALL = "tool_call"
    WRONG_SHAPE = "wrong_shape"
    ERROR_INSIDE = "error_inside"
    DEEP = "deep"
    NOT_JSON = "not_json"
    BROKEN_UTF8 = "broken_utf8"
    HTML = "html"
    HUGE = "huge"
    PACKED = "packed"
    DRIP = "drip"

    STREAM_ENDS = "stream_ends"  # these five only befall a streamed answer, in its middle
    STREAM_RESETS = "stream_resets"
    STREAM_HANGS = "stream_hangs"
    STREAM_BAD_LINE = "stream_bad_line"
    STREAM_REPEATS = "stream_repeats"


MESSAGES: dict[Quirk, tuple[Json, str]] = {  # message, finish_reason
    Quirk.NULL: ({"content": None}, "stop"),
    Quirk.EMPTY: ({"content": ""}, "stop"),
    Quirk.BLANK: ({"content": " \n\t "}, "stop"),
    Quirk.LENGTH: ({"content": "Delivery takes"}, "length"),
    Quirk.FILTERED: ({"content": ""}, "content_filter"),
    Quirk.REFUSAL: ({"content": None, "refusal": "I will not."}, "stop"),
    Quirk.TOOL_CALL: (
        {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "pay"}}]},
        "tool_calls",
    ),
}
BODIES: dict[Quirk, tuple[bytes, str]] = {  # body, content type
    Quirk.WRONG_SHAPE: (b'{"choices": "none", "object": 7}', "application/json"),
    Quirk.ERROR_INSIDE: (error("Provider returned error", "provider_error", None), "application/json"),
    Quirk.DEEP: (b'{"choices":' + b"[" * 100_000, "application/json"),
    Quirk.NOT_JSON: (b'{"choices": [{"mess', "application/json"),
    Quirk.BROKEN_UTF8: (b'{"choices": [{"message": {"content": "caf\xc3"}}]}', "application/json"),
    Quirk.HTML: (b"<html><body>Sign in to the hotel's network</body></html>", "text/html"),
}


async def _ends(request: web.Request, response: web.StreamResponse, closing: asyncio.Event) -> None:
    await response.write_eof()


async def _resets(request: web.Request, response: web.StreamResponse, closing: asyncio.Event) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _hangs(request: web.Request, response: web.StreamResponse, closing: asyncio.Event) -> None:
    await pause(3600, closing)


async def _bad_line(request: web.Request, response: web.StreamResponse, closing: asyncio.Event) -> None:
    await response.write(b'data: {"choices": [{"delta": {"content": "caf\xc3\n\n')


async def _repeats(request: web.Request, response: web.StreamResponse, closing: asyncio.Event) -> None:
    line = {"choices": [{"index": 0, "delta": {"content": " again"}, "finish_reason": None}]}
    await response.write(f"data: {json.dumps(line)}\n\ndata: {json.dumps(line)}\n\n: a comment\n\n".encode())


STREAMED = {
    Quirk.STREAM_ENDS: _ends,
    Quirk.STREAM_RESETS: _resets,
    Quirk.STREAM_HANGS: _hangs,
    Quirk.STREAM_BAD_LINE: _bad_line,
    Quirk.STREAM_REPEATS: _repeats,
}
