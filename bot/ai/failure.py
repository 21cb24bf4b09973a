"""Why there is no text from the model."""

from bot.ai.breaker import Trouble


class NoReply(Exception):
    """`reason` is a sentence for staff, without secrets and without anybody's words."""

    def __init__(self, reason: str, trouble: Trouble) -> None:
        super().__init__(reason)
        self.reason, self.trouble = reason, trouble
