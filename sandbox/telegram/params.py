"""A call's parameters, however they were posted: a query, a form, JSON or multipart with files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import BodyPartReader, web

from sandbox.telegram.errors import Refusal, bad

Json = dict[str, Any]
UPLOAD_MAX = 50 * 1024 * 1024
MISSING = object()


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a multipart call."""

    name: str
    mime: str
    content: bytes = field(repr=False)


class Params(Mapping[str, Any]):
    """Reads like the posted values; the methods read a value as what Telegram takes it for."""

    __slots__ = ("values_",)

    def __init__(self, values: Json) -> None:
        self.values_ = values

    def __getitem__(self, key: str) -> Any:
        return self.values_[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)

    def __repr__(self) -> str:
        return repr(self.values_)

    def text(self, key: str, default: str = "") -> str:
        value = self.values_.get(key)
        if value is None:
            return default
        return value if isinstance(value, str) else str(value)

    def whole(self, key: str, default: int = 0) -> int:
        """An integer; raises Refusal when it is none."""
        value = self.values_.get(key)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad(f'parameter "{key}" must be an integer') from None

    def number(self, key: str) -> float:
        try:
            return float(self.values_.get(key, ""))
        except (TypeError, ValueError):
            raise bad(f"{key} is empty") from None

    def flag(self, key: str) -> bool:
        value = self.values_.get(key)
        return value is True or str(value).lower() in {"true", "yes", "1"}

    def json(self, key: str, default: Any = None) -> Any:
        """An object or a list, posted as itself or as a string of JSON; raises Refusal when unreadable."""
        value = self.values_.get(key)
        if value is None or value == "":
            return default
        if not isinstance(value, str):
            return value
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            raise bad(f"can't parse {key.replace('_', ' ')} JSON object") from None


async def read(request: web.BaseRequest) -> Params:
    """All that a call carries. Raises Refusal when it cannot be read."""
    values: Json = dict(request.query) if request.query_string else {}
    if request.method == "POST":
        try:
            await _read_body(request, values)
        except UnicodeDecodeError:
            raise bad("strings must be encoded in UTF-8") from None
        except (orjson.JSONDecodeError, ValueError):
            raise bad("object expected as a request body") from None
    return Params(values)


async def _read_body(request: web.BaseRequest, values: Json) -> None:
    kind = request.content_type
    if kind == "multipart/form-data":
        await _read_multipart(request, values)
    elif kind == "application/json":
        posted = orjson.loads(await request.read() or b"{}")
        if not isinstance(posted, dict):
            raise ValueError(kind)
        values.update(posted)
    else:
        body = (await request.read()).decode()
        values.update(parse_qsl(body, keep_blank_values=True, errors="strict"))


async def _read_multipart(request: web.BaseRequest, values: Json) -> None:
    total = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        content = bytes(await part.read(decode=False))
        total += len(content)
        if total > UPLOAD_MAX:
            raise Refusal(413, "Request Entity Too Large")
        if part.filename is None:
            values[part.name] = content.decode()
        else:
            values[part.name] = Upload(part.filename, part.headers.get("Content-Type", ""), content)
