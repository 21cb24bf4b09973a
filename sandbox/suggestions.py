"""What a newcomer may ask with one tap: three questions that the knowledge base answers, and one it does not."""

from typing import TypedDict


class Suggestion(TypedDict):
    text: str
    known: bool
    """Whether knowledge-base/ answers it; else a person is asked."""


def _of(unknown: str, *known: str) -> list[Suggestion]:
    answered = [Suggestion(text=text, known=True) for text in known]
    return [*answered, Suggestion(text=unknown, known=False)]


SUGGESTIONS: dict[str, list[Suggestion]] = {
    "en": _of(
        "Does Oskar still work in the workshop?",
        "How long does delivery take?",
        "Can I get fabric samples?",
        "How do I look after oiled wood?",
    ),
    "sv": _of(
        "Jobbar Oskar kvar i snickeriet?",
        "Hur lång är leveranstiden?",
        "Kan jag få tygprover?",
        "Hur sköter jag oljat trä?",
    ),
    "nb": _of(
        "Jobber Oskar fortsatt på verkstedet?",
        "Hvor lang er leveringstiden?",
        "Kan jeg få stoffprøver?",
        "Hvordan steller jeg oljet tre?",
    ),
}
