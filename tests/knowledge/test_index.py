"""Which passage a question finds, and when it had better find none."""

import pytest

from bot.knowledge.articles import Passage, passages_of
from bot.knowledge.index import Index
from bot.knowledge.threshold import Target, Trial, choose, confidence

ENGLISH = """\
# Shop
## How long does delivery take?
also: when will my furniture arrive | shipping time | delivery time for a sofa
Three to six working days.
## What does delivery cost?
also: shipping price | how much is the freight | delivery fee
495 SEK to your door.
## How long can I return something?
also: return period | change my mind | how many days to return a sofa
Within 60 days.
## Can I buy a gift card?
also: voucher as a present | do you sell gift cards
Yes, from 100 SEK.
## What are your opening hours?
also: when do you open | are you open on sunday | when does the shop close
Ten to six, every day.
## How do I clean the sofa?
also: wash the covers | stain on the fabric
Wash the covers at 40 degrees.
## I forgot my password
also: cannot log in | reset my password
Use the link on the login page.
"""
SWEDISH = """\
# Butik
## Hur lång är leveranstiden?
also: när kommer mina möbler | hur lång tid tar leveransen
Tre till sex arbetsdagar.
## Vad kostar frakten?
also: fraktkostnad | vad kostar det att få hem en soffa
495 kronor.
## Hur länge har jag öppet köp?
also: ångerrätt | returnera en soffa
60 dagar.
## Vilka öppettider har ni?
also: när öppnar butiken | har ni öppet på söndag
Tio till sex.
"""


def passages() -> list[Passage]:
    return [*passages_of(ENGLISH, "shop.md", "en"), *passages_of(SWEDISH, "shop.sv.md", "sv")]


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(passages(), Target())


def best(index: Index, question: str, language: str) -> str:
    return index.search(question, language)[0].passage.heading


@pytest.mark.parametrize(
    ("question", "language", "heading"),
    [
        ("how long does delivery take", "en", "How long does delivery take?"),
        ("what's the shipping price?", "en", "What does delivery cost?"),
        ("how many days do i have to return it", "en", "How long can I return something?"),
        ("do you have giftcards", "en", "Can I buy a gift card?"),
        ("i forgott my pasword", "en", "I forgot my password"),
        ("my sofa cover has a stain", "en", "How do I clean the sofa?"),
        ("vilka oppettider har ni", "sv", "Vilka öppettider har ni?"),
        ("leveranstid för soffor", "sv", "Hur lång är leveranstiden?"),
        ("fraktkostnaden till Umeå", "sv", "Vad kostar frakten?"),
    ],
)
def test_another_wording_finds_the_passage(index: Index, question: str, language: str, heading: str) -> None:
    assert best(index, question, language) == heading


def test_its_own_questions_are_answered(index: Index) -> None:
    for passage in passages():
        found = index.find(passage.heading, passage.language)
        assert found.answered, passage.heading
        assert found.hits[0].passage == passage


@pytest.mark.parametrize(
    "question",
    [
        "do you sell bicycles?", "what is the capital of France?", "my neighbour's dog barks all night",
        "hello", "thanks", "tack", "hej", "yes", "?", "", "👍", "I want to talk to a person", "how do you do",
        "säljer ni cyklar", "vad är huvudstaden i Frankrike",
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "sv", "fi"])
def test_what_is_not_written_down_is_not_answered(index: Index, question: str, language: str) -> None:
    assert not index.find(question, language).answered


def test_scores_lie_between_none_and_all_and_fall(index: Index) -> None:
    scores = [hit.score for hit in index.search("how long does delivery take", "en", limit=5)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert len(scores) == 5


def test_the_same_question_in_another_language_finds_its_own_passage(index: Index) -> None:
    assert index.search("vad kostar frakten", "sv")[0].passage.language == "sv"


def test_a_mistaken_language_still_finds_the_answer(index: Index) -> None:
    found = index.find("hur länge har jag öppet köp", "en")
    assert found.answered
    assert found.hits[0].passage.language == "sv"


def test_a_greeting_before_the_question_changes_nothing(index: Index) -> None:
    plain = index.find("what does delivery cost", "en")
    assert index.find("Hi! What does delivery cost please", "en").score == pytest.approx(plain.score)


def test_a_question_among_other_sentences_is_answered(index: Index) -> None:
    told = "Hello! I bought a sofa last week but my wife hates it. How long can I return something? Best, Ida"
    assert index.find(told, "en").hits[0].passage.heading == "How long can I return something?"
    assert index.find(told, "en").answered


def test_several_questions_at_once_are_left_to_a_person(index: Index) -> None:
    told = "I need a sofa for my mother. How long does delivery take? And do you rent out bicycles in Oslo?"
    assert not index.find(told, "en").answered


def test_a_word_that_several_passages_share_is_asked_back(index: Index) -> None:
    found = index.find("delivery", "en")
    assert (found.zone, found.answered) == ("clarify", False)
    assert {hit.passage.heading for hit in found.choices} >= {
        "How long does delivery take?",
        "What does delivery cost?",
    }


@pytest.mark.parametrize("question", ["do you sell bicycles?", "my neighbour's dog barks all night", "hello"])
def test_what_is_far_from_everything_is_not_asked_back(index: Index, question: str) -> None:
    found = index.find(question, "en")
    assert (found.zone, found.choices) == ("none", ())


@pytest.mark.parametrize(("question", "language"), [("🛋️ stain", "en"), ("how long for a 🛋️", "en")])
def test_a_picture_of_a_thing_is_its_word(index: Index, question: str, language: str) -> None:
    plain = index.search(question.replace("🛋️", "couch"), language)
    assert index.search(question, language)[0].passage == plain[0].passage


@pytest.mark.parametrize("sign", ["👍", "😀", "🙏", "❤️", "🎉"])
def test_a_face_or_a_hand_changes_nothing(index: Index, sign: str) -> None:
    plain, with_it = (
        index.find(text, "en") for text in ("what does delivery cost", f"what does delivery cost {sign}")
    )
    assert with_it.score == pytest.approx(plain.score)


def test_small_words_alone_find_nothing(index: Index) -> None:
    assert index.search("what is it and how", "en") == []


def test_a_word_written_together_is_the_two_it_is_made_of(index: Index) -> None:
    assert index.search("giftcards", "en")[0].score > 0.8 * index.search("gift cards", "en")[0].score


def test_a_misspelt_word_still_counts(index: Index) -> None:
    misspelt, right = (index.search(word, "en")[0].score for word in ("pasword", "password"))
    assert 0.4 * right < misspelt < right


def test_a_passage_is_less_sure_when_another_is_nearly_as_good() -> None:
    assert confidence([0.1, 0.8, 0.7]) < confidence([0.1, 0.8, 0.2]) == pytest.approx(1.4)


def test_a_very_long_message_is_searched_too(index: Index) -> None:
    assert not index.find("lorem ipsum dolor " * 20_000, "en").answered


def test_an_empty_index_answers_nothing() -> None:
    index = Index.build([])
    assert (index.search("anything", "en"), index.find("anything", "en").answered) == ([], False)


def test_a_single_passage_answers_its_question_and_no_other() -> None:
    index = Index.build(passages_of("# Hours\nalso: when do you open\n\nTen to six.", "a.md", "en"))
    assert not index.find("do you sell bicycles", "en").answered


def test_headings_without_words_break_nothing() -> None:
    index = Index.build(passages_of("# ???\n\nYes.\n\n# 👍\n\nNo.", "a.md", "en"))
    assert not index.find("what", "en").answered


def test_a_fixed_threshold_is_kept() -> None:
    assert Index.build(passages(), threshold=0.3).threshold == 0.3


def test_unchanged_languages_are_not_read_again(index: Index) -> None:
    added = passages_of("# Nytt\n\nHej.", "new.sv.md", "sv")
    again = Index.build([*passages(), *added], previous=index)
    assert again._shelves["en"] is index._shelves["en"]
    assert again._shelves["sv"] is not index._shelves["sv"]


def trials(*pairs: tuple[float, bool]) -> list[Trial]:
    return [Trial(confidence, right) for confidence, right in pairs]


def test_the_threshold_is_the_lowest_that_keeps_wrong_answers_rare() -> None:
    inside = trials((1.5, True), (1.2, True), (0.9, True), (0.8, True))
    outside = trials((0.85, False), (0.3, False))
    chosen = choose(inside, outside, Target(wrong=0.02, unanswerable=0.4))
    assert (chosen.value, chosen.expected_wrong) == (0.9, 0)
    assert chosen.expected_answered == pytest.approx(0.45)


def test_nothing_is_sure_where_the_surest_is_wrong() -> None:
    chosen = choose(trials((0.9, True)), trials((1.5, False)), Target())
    assert chosen.value == float("inf")
    assert chosen.expected_answered == 0
