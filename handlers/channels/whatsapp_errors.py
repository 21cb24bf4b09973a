"""What Meta's error codes and a broken connection mean for us: one table, for answers and for statuses."""

import re
from enum import StrEnum

from bot.channel import SendLater, SendRefused, SendUnsure
from bot.update import Reason
from handlers.channels.wire import Failure, NeverLeft

Decision = SendLater | SendRefused | SendUnsure


class Refused(Failure):
    """Meta answered no: with its own code, or with nothing but the status, which stands for one then."""

    def __init__(self, status: int, code: int, words: object, *, transient: bool = False) -> None:
        super().__init__(f"HTTP {status}" if code == status else described(code, words))
        self.status, self.code, self.transient = status, code, transient


class Purpose(StrEnum):
    """What a call was for: a repeated message reaches a person twice, a repeated look harms nobody."""

    MESSAGE = "message"
    REACTION = "reaction"
    UPLOAD = "upload"
    FETCH = "fetch"
    LOOK = "look"


REFUSED: dict[int, Reason] = {
    131047: Reason.WINDOW_CLOSED,
    131026: Reason.UNREACHABLE,  # not on WhatsApp, old app, terms not accepted
    131030: Reason.UNREACHABLE,  # a test number writes only to its allow-list
    131021: Reason.UNREACHABLE,  # that is our own number
    131062: Reason.UNREACHABLE,  # a user id where Meta insists on a phone number
    130472: Reason.UNREACHABLE,  # part of Meta's experiment: gets nothing for now
    137000: Reason.UNREACHABLE,  # another person took over the number
    131049: Reason.BLOCKED,  # Meta holds back marketing for this person
    131050: Reason.BLOCKED,  # the person stopped marketing from us
    368: Reason.ACCOUNT,
    130497: Reason.ACCOUNT,  # not allowed to write to this country
    131031: Reason.ACCOUNT,
    131037: Reason.ACCOUNT,  # the display name is not approved
    131042: Reason.ACCOUNT,  # billing
    131045: Reason.ACCOUNT,  # the number's certificate
    133010: Reason.ACCOUNT,  # the number is not registered
    131051: Reason.MEDIA_REFUSED,
    131053: Reason.MEDIA_REFUSED,
    131052: Reason.MEDIA_GONE,
    33: Reason.MALFORMED,
    100: Reason.MALFORMED,
    131008: Reason.MALFORMED,
    131009: Reason.MALFORMED,
    131055: Reason.MALFORMED,
    135000: Reason.MALFORMED,
}

LATER: dict[int, tuple[float | None, bool]] = {
    # code: (seconds, the whole channel waits)
    131056: (6.0, False),  # one message per 6 s to one person
    130429: (5.0, True),  # the number's messages per second
    4: (60.0, True),
    80007: (60.0, True),
    131048: (300.0, True),  # too much of ours was reported as spam
    131064: (300.0, True),
    131057: (300.0, True),  # the account is being moved
    133016: (300.0, True),
    **dict.fromkeys(
        (0, 3, 10, 190, 131005, *range(200, 300)), (60.0, True)
    ),  # credentials: they may be mended
}

CREDENTIALS = frozenset((0, 3, 10, 190, 131005, *range(200, 300)))

TRANSIENT = frozenset((1, 2, 131000, 131016, 133000, 133004, 133015))

MALFORMED_MEANS: dict[Purpose, Reason] = {
    Purpose.REACTION: Reason.TARGET_GONE,
    Purpose.UPLOAD: Reason.MEDIA_REFUSED,
    Purpose.FETCH: Reason.MEDIA_GONE,
    Purpose.LOOK: Reason.CREDENTIALS,
}

MOST_OF_A_DETAIL = 200
LIKE_A_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,}")


def translated(failure: Failure, purpose: Purpose) -> Decision:
    """The decision for whoever called."""
    if isinstance(failure, Refused):
        return _answered(failure, purpose)
    if isinstance(failure, NeverLeft):
        return SendLater(None, failure.message)
    return _unknown(failure.message, purpose)


def described(code: object, sentence: object) -> str:
    """Meta's code with its sentence, for staff and logs. It may name our token: what looks like one goes."""
    words = LIKE_A_TOKEN.sub("…", sentence) if isinstance(sentence, str) else ""
    return f"{code if isinstance(code, int) else '?'} {words}".strip()[:MOST_OF_A_DETAIL]


def reason_of(code: int) -> Reason | None:
    """Why a message failed after it was taken; None where the code only says "not now"."""
    if 132000 <= code < 133000:
        return Reason.TEMPLATE
    return Reason.CREDENTIALS if code in CREDENTIALS else REFUSED.get(code)


def _answered(refused: Refused, purpose: Purpose) -> Decision:
    status, detail = refused.status, refused.message
    if refused.code in LATER:
        seconds, whole_channel = LATER[refused.code]
        return SendLater(seconds, detail, whole_channel=whole_channel)
    if refused.code in TRANSIENT or refused.transient or status >= 500:
        return _unknown(detail, purpose, answered=True) if status >= 500 else SendLater(None, detail)
    reason = reason_of(refused.code)
    return _of_status(status, detail, purpose) if reason is None else _refused(reason, detail, purpose)


def _of_status(status: int, detail: str, purpose: Purpose) -> Decision:
    if status in (408, 429):
        return SendLater(None, detail)
    if status in (401, 403):
        return SendLater(60, detail, whole_channel=True)
    return _refused(Reason.MALFORMED, detail, purpose)


def _refused(reason: Reason, detail: str, purpose: Purpose) -> SendRefused:
    return SendRefused(MALFORMED_MEANS.get(purpose, reason) if reason == Reason.MALFORMED else reason, detail)


def _unknown(detail: str, purpose: Purpose, *, answered: bool = False) -> Decision:
    if purpose == Purpose.MESSAGE:
        return SendUnsure(detail, answered=answered)
    return SendLater(None, detail)
