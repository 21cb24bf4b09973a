"""What the sections of bot.toml are made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot import texts
from bot.config_errors import unknown_word


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


Name = Annotated[str, Field(min_length=1)]
Language = Annotated[str, AfterValidator(_language)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
