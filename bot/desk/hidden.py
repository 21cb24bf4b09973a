"""Characters that nobody sees and that make a text read otherwise than it is: staff are told that they are there."""

import re

HIDDEN = re.compile(
    "[\u061c\u200b\u202a-\u202e\u2060-\u2069\ufeff\U000e0100-\U000e01ef]"  # turned around, or of no width
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]"  # a second text; behind a flag it is Wales'
)
"""Not what scripts and emoji need: joiners, the marks of writing from the right, the sign for colour."""


def hides(*texts: str) -> bool:
    return any(HIDDEN.search(text) for text in texts)
