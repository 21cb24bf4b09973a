"""What may be set about the desks: [desk] and [desks.NAME] of bot.toml."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot import texts
from bot.config_errors import shown
from bot.section import Language, Name, Positive, Section

Power = Literal["ban", "broadcast", "teach", "figures"]
EVERYBODY, ADMINS = "everybody", "admins"


def _who(value: str) -> str:
    if value in (EVERYBODY, ADMINS) or value.isdecimal() or (value.startswith("@") and len(value) > 1):
        return value
    raise ValueError(f'{shown(value)} is neither "{EVERYBODY}", "{ADMINS}", a Telegram id nor a @username')


Who = Annotated[str, AfterValidator(_who)]


ROLES: dict[Power, tuple[Who, ...]] = {
    "ban": (EVERYBODY,),
    "broadcast": (ADMINS,),
    "teach": (EVERYBODY,),
    "figures": (EVERYBODY,),
}


class Desk(Section):
    language: Language = texts.SOURCE
    translate: Literal["preview", "direct", "off"] = "preview"
    """What a language model translates between customer and desk: replies shown before they go, or going at once."""
    translate_seconds: Positive = 8
    """A reply waits no longer for its translation, and goes as it was written."""
    sign_replies: Literal["when_unannounced", "always", "with_name"] = "when_unannounced"
    """When what staff write reaches the customer under a mark."""
    roles: dict[Power, Annotated[tuple[Who, ...], Field(strict=False)]] = ROLES
    """Who may do it; what is not named stays as it is here."""
    member_seconds: Positive = 60
    """So long it is believed that somebody is a member, before Telegram is asked again."""
    hold_seconds: Annotated[float, Field(ge=0)] = 15
    """A reply so soon after a colleague's waits for a tap; 0: none does."""
    hold_others_details: bool = True
    """A reply with another customer's phone, e-mail or order number waits for a tap."""
    nudge_minutes: Annotated[float, Field(ge=0)] = 30
    """Whoever has a ticket and is silent for so long while its customer waits is reminded; 0: nobody is."""
    return_minutes: Annotated[float, Field(ge=0)] = 60
    """And after so long it is anybody's again; 0: never."""

    def may(self, power: Power) -> tuple[str, ...]:
        return self.roles.get(power, ROLES[power])


def _desk_name(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,23}", value) or value == "main":
        raise ValueError(f"{shown(value)} must be a short name of a-z, 0-9, - and _, and not main")
    return value


DeskName = Annotated[str, AfterValidator(_desk_name)]


class OtherDesk(Section):
    """`[desks.NAME]`: a further group of staff, for some of the requests. Conditions that are given must all hold."""

    chat_id: int
    languages: Annotated[tuple[Language, ...], Field(strict=False)] = ()
    channels: Annotated[tuple[Literal["telegram", "whatsapp"], ...], Field(strict=False)] = ()
    words: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    """Any of them in the question, large or small."""
