"""What the sections of bot.toml are made of."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot import texts
from bot.config_errors import shown, unknown_word


class Section(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        str_strip_whitespace=True,
        validate_default=True,
    )


def _language(value: str) -> str:
    if value not in texts.languages():
        raise ValueError(unknown_word(value, texts.languages()))
    return value


def _address(value: str) -> str:
    """An http(s) address without its last slash."""
    if not _is_address(value):
        raise ValueError(f"{shown(value)} is not an address that starts with https://")
    return value.rstrip("/")


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not parts.query
        )
    except ValueError:  # half an IPv6 address, a port that is none
        return False


def address_or_none(value: str) -> str:
    return _address(value) if value else value


Name = Annotated[str, Field(min_length=1)]
Language = Annotated[str, AfterValidator(_language)]
Address = Annotated[str, AfterValidator(_address)]
Positive = Annotated[float, Field(gt=0)]
Price = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
