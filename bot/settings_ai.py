"""What may be set of the language models: who is asked, with which key, and what it may cost."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from bot import environment
from bot.section import Address, Name, Positive, Price, Section

OPENAI_KEY = "OPENAI_API_KEY"
NO_KEY = SecretStr("none")
"""For servers that want none; the library does."""


def _variable(value: str) -> str:
    """Says nothing of the value itself: who writes the key here by mistake must not read it in a log."""
    if value and not re.fullmatch(r"[A-Z][A-Z0-9_]*", value):
        raise ValueError('is not the name of an environment variable, as "OPENAI_API_KEY"')
    if value in environment.NAMES and value != OPENAI_KEY:
        raise ValueError("is another service's secret: give the provider's key a name of its own")
    return value


def _named_once(values: "tuple[Provider, ...]") -> "tuple[Provider, ...]":
    names = [provider.name for provider in values]
    if len(set(names)) < len(names):
        raise ValueError("two providers have the same name")
    return values


class Provider(Section):
    """One server and one model of it; the chain asks them in their order."""

    name: Name
    """As staff read it in /status and in the log."""
    base_url: Address
    model: Name
    key: Annotated[str, AfterValidator(_variable)] = ""
    """The environment variable that holds its key; empty for a server that wants none."""
    timeout_seconds: Positive = 6
    price_in: Price = 0.0
    """For a million tokens that it reads, in any money, the same for all providers."""
    price_out: Price = 0.0
    """For a million tokens that it writes."""


class Ai(Section):
    base_url: Address = "https://api.openai.com/v1"
    model: Name = "gpt-4o-mini"
    timeout_seconds: Positive = 12
    """For a whole question, whichever providers are asked."""
    price_in: Price = 0.0
    price_out: Price = 0.0
    providers: Annotated[tuple[Provider, ...], Field(strict=False), AfterValidator(_named_once)] = ()
    """With one or more of them, base_url, model and prices above are not used."""
    earlier_tokens: Annotated[int, Field(ge=0)] = 500
    pseudonyms: bool = True
    drafts: bool = True
    contact_day_tokens: Annotated[int, Field(ge=0)] = 200_000
    day_tokens: Annotated[int, Field(ge=0)] = 5_000_000
    month_tokens: Annotated[int, Field(ge=0)] = 0
    contact_day_cost: Price = 0.0
    day_cost: Price = 0.0
    month_cost: Price = 0.0
    """0: no limit, here and in the five above."""
    cached_answers: Annotated[int, Field(ge=0)] = 1_000


@dataclass(frozen=True, slots=True)
class Link:
    """A provider that can be asked, with its key."""

    provider: Provider
    key: SecretStr
    organization: str = ""


def links(ai: Ai, keys: Mapping[str, SecretStr], organization: str) -> tuple[Link, ...]:
    """The language models that can be asked, in their order; without `ai.providers` the one in [ai]."""
    if not ai.providers:
        one = Provider(
            name=ai.model,
            base_url=ai.base_url,
            model=ai.model,
            key=OPENAI_KEY,
            timeout_seconds=ai.timeout_seconds,
            price_in=ai.price_in,
            price_out=ai.price_out,
        )
        return (Link(one, keys[OPENAI_KEY], organization),) if keys[OPENAI_KEY] else ()
    return tuple(
        Link(one, keys.get(one.key, NO_KEY), organization if one.key == OPENAI_KEY else "")
        for one in ai.providers
        if not one.key or keys.get(one.key)
    )
