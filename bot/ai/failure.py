"""Why there is no text from the model."""

from bot.ai.breaker import Trouble


class NoReply(Exception):
    """`reason` is a sentence for staff, without secrets and without anybody's words. `again`: asked in another
    way the same server may answer. `free`: it was refused before anything was paid for."""

    def __init__(self, reason: str, trouble: Trouble, *, again: bool = False, free: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.trouble, self.again, self.free = reason, trouble, again, free
