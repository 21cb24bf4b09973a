"""What Meta answers when it does not do what was asked: a table of its error codes, and the body's shape."""

import secrets
from dataclasses import dataclass
from typing import Any

HREF = "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"


@dataclass(frozen=True, slots=True)
class Code:
    http: int
    title: str
    details: str = ""


CODES: dict[int, Code] = {
    0: Code(401, "Authentication error", "We were unable to authenticate the app user."),
    1: Code(400, "API unknown", "Invalid request or possible server error."),
    2: Code(503, "API service", "Temporary due to downtime or due to being overloaded."),
    3: Code(500, "API method", "Capability or permissions issue."),
    4: Code(400, "API too many calls", "The app has reached its API call rate limit."),
    10: Code(403, "Permission denied", "Permission is either not granted or has been removed."),
    33: Code(400, "Parameter value is not valid", "The business phone number has been deleted."),
    100: Code(400, "Invalid parameter"),
    104: Code(401, "An access token is required to request this resource."),
    190: Code(401, "Invalid OAuth access token - Cannot parse access token"),
    200: Code(403, "API permission", "Permission is either not granted or has been removed."),
    368: Code(403, "Temporarily blocked for policies violations", "The account has been restricted."),
    2500: Code(400, "Unknown path components"),
    80007: Code(400, "Rate limit issues", "The WhatsApp Business Account has reached its rate limit."),
    130429: Code(
        400, "Rate limit hit", "Too many messages were sent from this phone number in a short period of time."
    ),
    130472: Code(400, "User's number is part of an experiment", "Message was not sent: an experiment."),
    130497: Code(403, "Account restricted", "Restricted from messaging users in this country."),
    131000: Code(500, "Something went wrong", "Message failed to send due to an unknown error."),
    131005: Code(403, "Access denied", "Permission is either not granted or has been removed."),
    131008: Code(400, "Required parameter is missing"),
    131009: Code(400, "Parameter value is not valid"),
    131016: Code(500, "Service unavailable", "A service is temporarily unavailable."),
    131021: Code(400, "Recipient cannot be sender", "Sender and recipient phone number is the same."),
    131026: Code(400, "Message undeliverable", "Message undeliverable."),
    131030: Code(400, "Recipient phone number not in allowed list", "Add the number to the recipient list."),
    131031: Code(403, "Account has been locked", "The account has been restricted or disabled."),
    131037: Code(400, "Display name approval needed", "The number's display name is not approved."),
    131042: Code(
        400, "Business eligibility payment issue", "There was an error related to your payment method."
    ),
    131045: Code(500, "Incorrect certificate", "Message failed due to a phone number registration error."),
    131047: Code(
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied.",
    ),
    131048: Code(
        400, "Spam rate limit hit", "There are restrictions on how many messages this number may send."
    ),
    131049: Code(400, "Meta chose not to deliver", "Not delivered to maintain healthy ecosystem engagement."),
    131050: Code(400, "User stopped marketing", "The recipient chose to stop receiving marketing messages."),
    131051: Code(400, "Unsupported message type", "Message type is currently not supported."),
    131052: Code(400, "Media download error", "Unable to download the media sent by the user."),
    131053: Code(400, "Media upload error", "Unable to upload the media used in the message."),
    131056: Code(
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Too many messages sent from this phone number to the same phone number in a short period of time.",
    ),
    131057: Code(500, "Account in maintenance mode", "The account is in maintenance mode."),
    131062: Code(400, "Business-scoped user id not supported", "This message cannot be sent to a BSUID."),
    132000: Code(400, "Template param count mismatch", "The number of parameters does not match."),
    132001: Code(404, "Template does not exist", "Template name does not exist in the translation."),
    132005: Code(400, "Template hydrated text too long", "The translated text is too long."),
    132012: Code(400, "Template parameter format mismatch", "Parameter format does not match."),
    132018: Code(400, "There's an issue with the parameters in your template message"),
    132015: Code(400, "Template is paused", "Template is paused due to low quality."),
    132016: Code(400, "Template is disabled", "Template has been paused too many times."),
    133016: Code(400, "Account register deregister rate limit exceeded", "Too many attempts."),
    135000: Code(400, "Generic user error", "Message failed to send because of an unknown error."),
}

OBJECT_GONE = 33
"""The subcode of 100 for an id that is not there, or not ours."""


class Refused(Exception):
    """The call is not done; `answer` is the JSON body that says why, `status` its HTTP status."""

    def __init__(self, code: int, details: str = "", *, subcode: int | None = None, title: str = "") -> None:
        known = CODES.get(code, Code(400, "Unknown error"))
        self.code, self.status = code, known.http
        self.title, self.details = title or known.title, details or known.details
        self.subcode = subcode
        super().__init__(f"({code}) {self.title}: {self.details}")

    @property
    def answer(self) -> dict[str, Any]:
        missing = self.subcode == OBJECT_GONE
        error: dict[str, Any] = {
            "message": self.title if missing or self.code in (104, 190) else f"(#{self.code}) {self.title}",
            "type": "GraphMethodException" if missing else "OAuthException",
            "code": self.code,
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        elif self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        return {"error": error | {"fbtrace_id": "A" + secrets.token_urlsafe(16)}}

    @property
    def in_status(self) -> dict[str, Any]:
        """The same refusal as an item of a failed status's `errors`."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details},
            "href": HREF,
        }


def no_such_object(verb: str, object_id: str) -> Refused:
    return Refused(
        100,
        subcode=OBJECT_GONE,
        title=f"Unsupported {verb.lower()} request. Object with ID '{object_id}' does not exist, cannot be "
        "loaded due to missing permissions, or does not support this operation.",
    )
