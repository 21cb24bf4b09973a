"""A template as it stands in bot.toml: the words that Meta has approved, and what is filled into them."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.config_errors import unknown_word
from bot.section import Section

TEMPLATE_WORDS = ("name", "ticket", "text", "company")
"""What may be filled into a template: the customer's first name, the request's number, what is said, who we are."""
PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
LONGEST_TEMPLATE = 1024


def _body(value: str) -> str:
    places = PLACE.findall(value)
    for word in places:
        if word.isdecimal():
            raise ValueError(f"{{{{{word}}}}} must say what stands there: one of {', '.join(TEMPLATE_WORDS)}")
        if word not in TEMPLATE_WORDS:
            raise ValueError(unknown_word(word, TEMPLATE_WORDS))
    if "{{" in PLACE.sub("", value):
        raise ValueError("has {{ without a word and }} behind it")
    if len(value) > LONGEST_TEMPLATE:
        raise ValueError(f"is longer than the {LONGEST_TEMPLATE} characters that Meta takes")
    return value


class WhatsAppTemplate(Section):
    """A message that Meta has approved, for when the customer's last one is too long ago."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]
    """As Meta knows it: "sv", "en_US"."""
    body: Annotated[str, Field(min_length=1), AfterValidator(_body)]
    """As it was approved, with a word of TEMPLATE_WORDS in place of each number: "Hello {{name}}, …"."""
    purpose: Literal["reply", "alert"] = "reply"
    """What it is used for: staff's replies to customers, or our own to WHATSAPP_ADMIN_PHONE."""
