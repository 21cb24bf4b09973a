"""What a message means beside its words, how it sounds, and how a passage is cut to what a chat can carry."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content import Content, Entity, Style
from bot.grouping import grouped
from bot.knowledge.render import render
from bot.knowledge.tongues import foreign
from bot.manners import FOLDER, hear, read
from bot.mind import NOTHING, Mind
from bot.recording import Record, bears, from_json, to_json, with_mark
from bot.split import units
from bot.understanding import chosen, questions_in, rest_of
from bot.wording import MOST, after, cut_title, headed, narrowed, short

SPOKEN = ("en", "sv", "nb")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("and to Norway?", "to Norway?"),
        ("ok, and to Denmark", "to Denmark"),
        ("Och till Norge?", "till Norge?"),
        ("hva med senger?", "senger?"),
        ("to Umeå?", "to Umeå?"),
        ("And what does it cost?", "what does it cost?"),
        ("How long does delivery take?", None),
        ("and I would like to know how long the delivery of a sofa to Norway takes", None),
        ("", None),
        ("and", None),
    ],
)
def test_the_rest_of_a_question_is_told_from_a_whole_one(text: str, rest: str | None) -> None:
    found = rest_of(text)
    assert (found.words if found else None) == rest


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("How long does delivery take? And what does it cost?", 2),
        ("Hi! I live in Oslo. How long does it take? What does it cost? Thanks.", 2),
        ("What?? Really?!", 0),
        ("How long does delivery take?", 0),
        ("Is it kl. 9? Or kl. 10?", 2),
        ("a? b? c? d? e?", 0),
    ],
)
def test_several_questions_are_told_apart(text: str, count: int) -> None:
    assert len(questions_in(text)) == count


@pytest.mark.parametrize(
    ("text", "at"),
    [("1", 0), ("2.", 1), ("nr 2", 1), ("2️⃣", 1), ("den andra", 1), ("the first one", 0), ("what does it cost", 1),
     ("How long does it", 0), ("3", None), ("both", None), ("12", None)],
)  # fmt: skip
def test_a_choice_is_known_by_its_number_or_its_words(text: str, at: int | None) -> None:
    assert chosen(text, ["How long does it take?", "What does it cost?"]) == at


def test_no_phrase_of_anger_or_trouble_is_how_our_own_articles_ask() -> None:
    """Else customers who ask what is written down would be met as if they had sworn."""
    kept = {"dålig service", "dårlig service"}  # how a complaint is found; whoever says so may be met kindly
    folder = Path(__file__).parent.parent / "knowledge-base"
    asked = [
        phrasing.strip()
        for path in folder.glob("*.md")
        for line in path.read_text("utf-8").splitlines()
        if line.startswith(("also:", "#"))
        for phrasing in line.partition(":")[2].split("|")
    ]
    assert [one for one in asked if hear(one).signs and one not in kept] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_each_phrase_of_a_language_is_heard(path: Path) -> None:
    for phrase in read(path):
        assert phrase.sign in hear(f"well {' '.join(phrase.words)} then")


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("Where the hell is my order???", {"angry"}),
        ("DU ÄR EN IDIOT", {"insult"}),
        ("HVOR LENGE MÅ JEG VENTE PÅ SOFAEN MIN!!!", {"angry"}),
        ("I WROTE IN CAPITALS BY MISTAKE", set()),
        ("How long does delivery take?", set()),
        ("Jag förstår inte, vad menar du?", {"confused"}),
    ],
)
def test_how_a_message_sounds(text: str, signs: set[str]) -> None:
    assert hear(text).signs == signs


def test_a_file_of_phrases_that_lacks_a_kind_is_named(tmp_path: Path) -> None:
    (tmp_path / "fi.toml").write_text('angry = "vihainen"\n', "utf-8")
    with pytest.raises(ValueError, match=r"fi\.toml: confused"):
        read(tmp_path / "fi.toml")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Missä tilaukseni on ja milloin se tulee?", "fi"),
        ("Wie lange dauert die Lieferung?", "de"),
        ("Где мой заказ?", "ru"),
        ("Combien coûte la livraison?", "fr"),
        ("How long does delivery take?", ""),
        ("Hvor er bestillingen min?", ""),
        ("Var är min beställning?", ""),
        ("ok", ""),
        ("😀😀", ""),
    ],
)
def test_a_language_that_we_do_not_speak_is_noticed(text: str, code: str) -> None:
    assert foreign(text, SPOKEN) == code
    assert not code or foreign(text, (*SPOKEN, code)) != code


PASSAGE = render(
    "Delivery takes **3 days** in Sweden. In Norway it takes 5 days. Sofas take 6 weeks.\n\n"
    "| To | Parcel |\n|---|---|\n| Sweden | 79 SEK |\n| Norway | 99 NOK |"
)


def test_only_what_is_asked_about_is_said_again() -> None:
    told = narrowed(PASSAGE, ("norway",), "en")
    assert told.text.splitlines() == ["In Norway it takes 5 days.", "Norway", "Parcel: 99 NOK"]
    assert narrowed(PASSAGE, ("elephants",), "en") == PASSAGE


def test_a_long_passage_is_said_from_where_it_says_most() -> None:
    long = render(
        f"{'This says nothing of it. ' * 40}\n\nDelivery to Norway takes 5 days. {'More of it here. ' * 60}"
    )
    told = short(long, "delivery Norway", "en")
    assert told.text.startswith("Delivery to Norway takes 5 days.")
    assert told.text.endswith(". …")
    assert units(told.text) <= MOST + 2


@given(st.text(max_size=3000), st.integers(20, 400))
def test_whatever_is_cut_is_the_passages_own_words(text: str, most: int) -> None:
    told = short(Content(text), "", "en", most).text
    assert told.removesuffix(" …").strip() in text


@given(st.text(min_size=1, max_size=60), st.integers(5, 30))
def test_a_title_fits_its_button(title: str, most: int) -> None:
    assert units(cut_title(title, most)) <= most


def test_what_stands_before_moves_what_is_bold() -> None:
    bold = (Entity(Style.BOLD, 0, 2),)
    led = after("🎉 Hi", Content("hi there", bold))
    assert (led.text, led.entities) == ("🎉 Hi\n\nhi there", (Entity(Style.BOLD, 7, 2),))
    assert headed(Content("hi", bold), "🎉").entities == (Entity(Style.BOLD, 0, 2), Entity(Style.BOLD, 3, 2))


def test_questions_alike_are_one_group() -> None:
    asked = ["Do you sell beds for mice?", "any beds for mice", "What are your opening hours?", "mice beds?"]
    assert [len(group) for group in grouped(asked, str, "en")] == [3, 1]


def test_a_record_comes_back_as_it_went() -> None:
    record = Record(
        "answered", (1, 2), "sv", 1.2, (("faq.md", "Var?", 0.9),), "passage", about="Var är Norge?"
    )
    assert from_json(to_json(record)) == record
    assert from_json(to_json(Record("escalated", why="asked"), (7,))) == Record(
        "escalated", (7,), why="asked"
    )
    assert [
        from_json(text) for text in ("", "[]", "{", '{"asked": [1]}', '{"asked": "x", "outcome": 1}')
    ] == [None] * 5


def test_marks_stand_beside_each_other() -> None:
    verdict = with_mark(with_mark("0 more", "disliked"), "liked", instead_of=("liked", "disliked"))
    assert verdict == "0 more liked"
    assert bears(verdict, "0")
    assert not bears(verdict, "1")
    assert with_mark(verdict, "", instead_of=("liked", "disliked")) == "0 more"


def test_what_is_kept_in_mind_is_forgotten_after_a_day() -> None:
    mind = Mind(upset=1, missed=1, offered=True)
    assert Mind.read(mind.written(1000), 2000) == mind
    assert Mind.read(mind.written(1000), 1000 + 24 * 3_600_000) == NOTHING
    assert [Mind.read(text, 0) for text in ("", "[]", "{}", "nonsense", '{"upset": "x"}')] == [NOTHING] * 5
    assert NOTHING.written(5) == ""
