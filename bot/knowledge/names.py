"""Words of a question that only say where or how many: "to Umeå" must not hide what is asked about Umeå."""

import re

_TOWARDS = r"to|till?|te|från|fra|from|in|i|near|nära|nær"
_NAMED = re.compile(rf"\b((?i:{_TOWARDS}|på|on|at)\s+)(?:[A-ZÅÄÖÆØ][\w'’-]+\s*){{1,2}}")
_LAST = re.compile(rf"\b((?:{_TOWARDS})\s+)[\w'’-]{{3,}}([\s?!.…]*)$", re.IGNORECASE)
_NUMBER = re.compile(r"\b\d+\b")


def without_names(question: str) -> str | None:
    """The question less its places and numbers; None where it has none."""
    told = _LAST.sub(r"\1\2", question)
    if not question.isupper():
        told = _NAMED.sub(r"\1", told)
    told = _NUMBER.sub(" ", told)
    return told if told != question else None
