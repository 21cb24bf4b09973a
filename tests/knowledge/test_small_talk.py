"""Messages that ask nothing, told from questions that only begin politely."""

import pytest

from bot.knowledge.small_talk import small_talk

SAID = {
    "greeting": [
        "hi", "Hello!", "HEJ", "hej hej", "hei hei 😊👋", "Good morning", "God kväll!", "hi there", "hallå?",
        "Heisann", "👋", "hi, how are you?",
    ],
    "thanks": [
        "thanks", "Thank you so much!!", "Tack så mycket för hjälpen", "tusen takk", "takk for hjelpen 🙏",
        "ok thanks", "👍", "bye", "hej då", "ha det bra", "ok", "perfect, thanks!", "takk, ha en fin dag!",
        "okej tack hej då",
    ],
    "person": [
        "I want to talk to a person", "can i speak to a human please", "human", "Agent!!",
        "hi, can I talk to a real person?", "kan jag få prata med en människa", "customer service",
        "jag vill prata med någon på kundtjänst", "Jag vill prata med en riktig människa, inte en bot",
        "kan jeg få snakke med et menneske", "jeg vil snakke med noen", "snakke med kundeservice",
        "connect me to an agent", "I need a human", "kundtjänst", "can I talk to someone about my order",
        "et menneske takk",
    ],
    "identity": [
        "are you a bot?", "är du en robot?", "er du et menneske?", "Am I talking to a human?", "hej, vem är du?",
        "er dette en bot?",
    ],
}  # fmt: skip

QUESTIONS = [
    "hi, how much is delivery?", "thanks but when does it arrive", "hej vad kostar frakten",
    "how do i contact customer service", "hur kontaktar jag kundtjänst", "hvordan kontakter jeg kundeservice",
    "I want a sofa", "can I talk about my refund", "are you open", "is there a human sized chair", "good sofa?",
    "what are your hours", "can i get a gift card", "kan jag få en faktura", "vill ha pengarna tillbaka",
    "is customer service open today", "someone", "yes", "12", "?", "", " ",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SAID.items() for text in texts])
def test_small_talk_is_told_by_kind(kind: str, text: str) -> None:
    assert small_talk(text) == kind


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_question_is_never_swallowed(text: str) -> None:
    assert small_talk(text) is None


def test_a_long_message_costs_nothing() -> None:
    assert small_talk("hej tack ok " * 10_000) is None
