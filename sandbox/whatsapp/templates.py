"""Messages that Meta approved beforehand, and what it takes into their places."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.whatsapp.errors import Refused
from sandbox.whatsapp.payloads import Json
from sandbox.whatsapp.rules import length

Status = Literal["APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED"]
BODY_MAX = 1024
PLACE = re.compile(r"\{\{(\d+)\}\}")
NOT_IN_A_PLACE = re.compile(r"[\n\t]| {5}")


@dataclass(frozen=True, slots=True)
class Template:
    """`text` has {{1}}, {{2}} … for what is filled in."""

    name: str
    language: str
    text: str
    category: str = "utility"
    status: Status = "APPROVED"

    @property
    def places(self) -> int:
        return len(set(PLACE.findall(self.text)))

    def described(self) -> Json:
        return {
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category.upper(),
            "components": [{"type": "BODY", "text": self.text}],
        }

    def filled(self, part: Mapping[str, Any]) -> str:
        """The text with its parameters. Raises Refused where they do not fit."""
        given = list(_given(part))
        if len(given) != self.places:
            raise Refused(132000, f"body: number of localizable_params ({len(given)}) is not {self.places}")
        text = PLACE.sub(lambda place: given[int(place[1]) - 1], self.text)
        if length(text) > BODY_MAX:
            raise Refused(132005, f"body: the text is longer than {BODY_MAX} characters")
        return text


def _given(part: Mapping[str, Any]) -> Iterator[str]:
    for component in part.get("components") or ():
        if component.get("type") != "body":
            raise Refused(132012, f"{component.get('type')}: the template has no such component")
        for parameter in component.get("parameters") or ():
            yield _text(parameter)


def _text(parameter: Mapping[str, Any]) -> str:
    value = parameter.get("text")
    if parameter.get("type") != "text" or not isinstance(value, str):
        raise Refused(132012, "body: parameters must be of the type text")
    if not value.strip():
        raise Refused(131008, "Parameter of type text is missing text value")
    if NOT_IN_A_PLACE.search(value):
        raise Refused(
            132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
        )
    return value
