"""How the emulated model translates: nobody could read it, but what it was given can be told from it."""

import json
import re
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Translate = Callable[[Json], str]


def asked(body: Json) -> Json:
    """What is to be translated, from which language and into which; empty for other requests."""
    for message in body["messages"]:
        try:
            given = json.loads(message["content"])
        except ValueError:
            continue
        if isinstance(given, dict) and isinstance(given.get("translate"), dict):
            return dict(given["translate"])
    return {}


def _in_form(text: str) -> str:
    return json.dumps({"sources": ["t1"], "answer": text, "escalate": None}, ensure_ascii=False)


def translated(body: Json) -> str:
    """The same words behind the language that they are said to be in."""
    given = asked(body)
    return _in_form(f"«{given['into']}» {given['text']}")


def losing(*details: str, times: int = 1_000_000) -> Translate:
    """A translator that leaves these out, so many times."""
    left = times

    def translate(body: Json) -> str:
        nonlocal left
        text = translated(body)
        if left > 0:
            left -= 1
            for detail in details:
                text = re.sub(rf" ?{re.escape(detail)}", "", text)
        return text

    return translate
