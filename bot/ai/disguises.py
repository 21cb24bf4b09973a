"""What a text says when it is written backwards, in base64 or by another trick of those who hide words from a filter."""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator

_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){16,}")
_SPACED = re.compile(r"\b(?:\w[ .·_-]){3,}\w\b")
_LOOKALIKES = str.maketrans("аеорсухіѕԁԛԝ0134579@$", "aeopcyxisdqw" + "oleastgas")


def plain_forms(text: str) -> Iterator[str]:
    """The text itself, and what it may have been before somebody hid it."""
    yield text
    yield text[::-1]
    yield codecs.encode(text, "rot13")
    yield text.casefold().translate(_LOOKALIKES)
    spaced = _SPACED.sub(lambda found: re.sub(r"[ .·_-]", "", found[0]), text.replace("  ", " \0 "))
    if spaced != text:
        yield spaced
    for found in _ENCODED.findall(text):
        yield _decoded(found)
    for found in _HEX.findall(text):
        yield bytes.fromhex(re.sub(r"[ :]", "", found)).decode(errors="replace")


def _decoded(written: str) -> str:
    clean = written.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(clean + "=" * (-len(clean) % 4)).decode(errors="replace")
    except binascii.Error:
        return ""
