"""Which questions are the same: seldom enough that one answer to all of them is never wrong for one."""

import pytest

from bot.likeness import asks_the_same, is_for_everybody

SAME = [
    ("en", "Do you sell bicycles for elephants?", "hello, do you sell a bicycle for elephants please"),
    ("en", "Is the Oslo shop open on Easter Sunday?", "Hi! is the oslo shop open on easter sunday??"),
    ("sv", "Säljer ni cyklar för elefanter?", "Hej! säljer ni cyklar för elefanter, tack"),
    ("nb", "Selger dere sykler for elefanter?", "Hei, selger dere sykler for elefanter takk"),
]
OTHERS = [
    ("en", "Do you sell bicycles for elephants?", "Do you sell bicycles for giraffes?"),
    ("en", "Do you sell bicycles for elephants?", "Do you rent bicycles for elephants?"),
    ("en", "Is the Oslo shop open on Sunday?", "Is the Bergen shop open on Sunday?"),
    ("en", "Does the train go from Oslo to Bergen?", "Does the train go from Bergen to Oslo?"),
    ("en", "Is the sofa 120 cm wide?", "Is the sofa 140 cm wide?"),
    ("en", "Is there 20 % off the sofa?", "Is there 20 € off the sofa?"),
    ("en", "Can I wash the cover?", "Can't I wash the cover?"),
    ("en", "When do you deliver sofas?", "Why do you deliver sofas?"),
    ("en", "Is Hansen at work today?", "Is Hanssen at work today?"),
    ("en", "Do you open in the morning tomorrow?", "Do you open in the evening tomorrow?"),
    ("sv", "Kan man tvätta klädseln?", "Kan man inte tvätta klädseln?"),
]
PERSONAL = [
    ("en", "Where is my delivery of the sofa?"),
    ("en", "I have not received the invoice for the sofa"),
    ("en", "Have I paid for the lamp already?"),
    ("sv", "När kommer min soffa till Malmö?"),
    ("sv", "Har jag betalat fakturan för soffan?"),
    ("nb", "Når kommer sofaen vår til Bergen?"),
    ("nb", "Jeg har ikke fått fakturaen for sofaen"),
    ("en", "And in blue?"),
    ("en", "Hello??"),
]


@pytest.mark.parametrize(("language", "first", "second"), SAME)
def test_greetings_case_and_inflection_make_no_other_question(language: str, first: str, second: str) -> None:
    assert asks_the_same(first, second, language)
    assert is_for_everybody(first, language)


@pytest.mark.parametrize(("language", "first", "second"), OTHERS)
def test_another_word_name_number_or_order_is_another_question(
    language: str, first: str, second: str
) -> None:
    assert not asks_the_same(first, second, language)


@pytest.mark.parametrize(("language", "question"), PERSONAL)
def test_what_is_the_askers_own_or_says_too_little_is_shared_with_nobody(
    language: str, question: str
) -> None:
    assert not is_for_everybody(question, language)
