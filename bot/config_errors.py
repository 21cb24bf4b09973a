"""What is wrong with the settings, in words that say where it is and what to do."""

import datetime
import difflib
import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from pydantic_core import ErrorDetails

Known = Mapping[str, Collection[str]]
"""The keys of each section; under "" the sections themselves."""

PROVIDERS = "[ai.providers]"
"""What its fields are known under."""

_LONGEST_SHOWN = 60


class ConfigError(Exception):
    """The settings cannot be used; `problems` has a line for each mistake."""

    def __init__(self, problems: Collection[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def nearest(word: str, among: Collection[str], likeness: float = 0.6) -> str:
    """The word that was probably meant, or an empty string."""
    by_lower = {known.lower(): known for known in among}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=likeness)
    return by_lower[found[0]] if found else ""


def did_you_mean(word: str, among: Collection[str]) -> str:
    meant = nearest(word, among)
    return f' (did you mean "{meant}"?)' if meant else ""


def unknown_word(word: str, allowed: Collection[str]) -> str:
    """`"webhok" is neither "webhook" nor "polling" (did you mean "webhook"?)`"""
    names = [f'"{name}"' for name in allowed]
    if len(names) == 1:
        verdict = f"is not {names[0]}"
    elif len(names) == 2:
        verdict = f"is neither {names[0]} nor {names[1]}"
    else:
        verdict = f"is none of {', '.join(names)}"
    return f'"{word}" {verdict}{did_you_mean(word, allowed)}'


def shown(value: object) -> str:
    """A value as it stands in the file, cut short; an address' user and password are left out."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    if "://" in text and "@" in text:
        return "the address"
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),  # before int: a bool is one
    (str, "text"),
    (int, "a whole number"),
    (float, "a number"),
    (list, "a list"),
    (dict, "a section"),
    ((datetime.date, datetime.time), "a date or time"),
)

_WANTED = {
    "string_type": "text in quotes",
    "path_type": "text in quotes",
    "literal_error": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list in [ ]",
    "model_type": "a section",
    "model_attributes_type": "a section",
}


def _wrong_kind(error: ErrorDetails) -> str:
    is_ = next((words for kind, words in _KINDS if isinstance(error["input"], kind)), "something else")
    return f"{shown(error['input'])} is {is_} where {_WANTED[error['type']]} is wanted"


def _wrong_word(error: ErrorDetails) -> str:
    if not isinstance(error["input"], str):
        return _wrong_kind(error)
    allowed = error["ctx"]["expected"].replace(" or ", ", ").split(", ")
    return unknown_word(error["input"], [name.strip("'") for name in allowed])


def _bound(words: str, limit: str) -> Callable[[ErrorDetails], str]:
    return lambda error: (
        f"{shown(error['input'])} is out of range: it must be {words} {error['ctx'][limit]:g}"
    )


def _pattern(error: ErrorDetails) -> str:
    return f"{shown(error['input'])} does not have the form of a {error['loc'][-1]}"


_SENTENCES: dict[str, Callable[[ErrorDetails], str]] = {
    **dict.fromkeys(_WANTED, _wrong_kind),
    "literal_error": _wrong_word,
    "greater_than": _bound("more than", "gt"),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than": _bound("less than", "lt"),
    "less_than_equal": _bound("at most", "le"),
    "finite_number": lambda _: "must be a finite number",
    "missing": lambda error: f"lacks {error['loc'][-1]}",
    "string_pattern_mismatch": _pattern,
    "string_too_short": lambda _: "must not be empty",
    "too_short": lambda _: "must not be empty",
    "value_error": lambda error: str(error["ctx"]["error"]),
}


def explain(error: ErrorDetails, known: Known, secrets: Collection[str]) -> tuple[str, str]:
    """One finding of pydantic's on bot.toml: the setting ("telegram.delivery") and what is wrong with it."""
    place = [str(part) for part in error["loc"]]
    which = ""
    if place[:2] == ["ai", "providers"] and len(place) > 3:
        which, place = f"number {int(place[2]) + 1}: {place[3]}: ", [PROVIDERS, *place[3:]]
    if error["type"] == "extra_forbidden":
        setting = "ai.providers" if which else ".".join(place)
        return setting, which + _unknown_key(place, error["input"], known, secrets)
    sentence = which + _SENTENCES.get(error["type"], _as_pydantic_says)(error)
    return "ai.providers" if which else ".".join(place[:2]), sentence


def _as_pydantic_says(error: ErrorDetails) -> str:
    return error["msg"]


def _unknown_key(place: list[str], value: Any, known: Known, secrets: Collection[str]) -> str:
    key, section = place[-1], place[0] if len(place) > 1 else ""
    homes = [name for name, keys in known.items() if name and key in keys]
    if not section and isinstance(value, dict):
        return f"there is no such section{did_you_mean(key, known[''])}"
    if not section:
        return f"stands outside every section{_belongs(homes)}"
    if any(word in key.lower() for word in ("token", "secret", "key", "password")):
        meant = nearest(f"{section}_{key}", secrets) or "see .env.example"
        return f"secrets do not stand here but in .env or the environment ({meant})"
    close = did_you_mean(key, known[section])
    return f"there is no such setting{close or _belongs(homes)}"


def _belongs(homes: list[str]) -> str:
    return f" (it belongs in {' or '.join(f'[{home}]' for home in homes)})" if homes else ""
