"""The same question about the same passages has the same answer: it is paid for once."""

import hashlib
from collections import OrderedDict

from bot.ai.prompt import Prompt
from bot.answer import Wording

Key = bytes


def key_of(asked: Prompt, *, sure: bool) -> Key | None:
    """Of all that the model would be told, word by word, so a passage that was changed has no old answers; None for
    what rests on a customer's own facts, which are never kept."""
    if any(source.id[0] == "f" for source in asked.sources):
        return None
    words = " ".join(asked.material.casefold().split())
    return hashlib.blake2b(f"{asked.rules}\0{words}\0{sure}".encode(), digest_size=16).digest()


class Cache:
    """The answers that were used last, in memory: nobody's words lie on a disk for it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[Key, Wording] = OrderedDict()

    def find(self, key: Key | None) -> Wording | None:
        if key is None or key not in self._known:
            return None
        self._known.move_to_end(key)
        return self._known[key]

    def keep(self, key: Key | None, wording: Wording) -> None:
        if key is None or not self._most:
            return
        self._known[key] = wording
        if len(self._known) > self._most:
            self._known.popitem(last=False)
