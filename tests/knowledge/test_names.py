"""Places and numbers are left out of a question, and nothing else is."""

import pytest

from bot.knowledge.names import names_in, without_names

NAMES = {"oslo"}


def is_known(word: str) -> bool:
    return word != "umeå"


@pytest.mark.parametrize(
    ("question", "language", "left"),
    [
        ("How long does delivery to Umeå take?", "en", "How long does delivery to take?"),
        ("hur lång tid tar det till umeå", "sv", "hur lång tid tar det till"),
        ("hur lång tid tar det till umeå, tack!", "sv", "hur lång tid tar det till , tack!"),
        ("er butikken i oslo åpen", "nb", "er butikken i åpen"),
        ("can I return it after 20 days", "en", "can I return it after days"),
        ("is it far from New York", "en", "is it far from York"),
    ],
)
def test_a_place_or_a_number_is_left_out(question: str, language: str, left: str) -> None:
    told = without_names(question, language, NAMES, is_known)
    assert told is not None
    assert told.split() == left.split()


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("do you sell bicycles", "en"),
        ("I moved house", "en"),
        ("i want to fly to the moon", "en"),
        ("Do you sell Volvos?", "en"),
        ("DO YOU DELIVER TO SHOPS", "en"),
        ("toimitatteko Helsinkiin", "fi"),
    ],
)
def test_nothing_else_is(question: str, language: str) -> None:
    assert without_names(question, language, NAMES, is_known) is None


def test_a_name_is_written_with_a_capital_alone() -> None:
    assert names_in(["We deliver to Oslo. Parcels too.", "The Club is in Malmö; a club is free."]) == {
        "oslo",
        "malmö",
    }
