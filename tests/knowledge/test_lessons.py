"""What staff teach is in the file wholly or not at all, reads back as it was written, and can be taken out again."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.articles import Passage, passages_of
from bot.knowledge.generalise import generalise
from bot.knowledge.learning import CASES, CannotUndo, Lesson, NotWritten, commit, undo, write
from bot.knowledge.render import render

LESSON = Lesson("Do you sell bicycles?", "No, only *beds*.\nSorry!", "learned.md", "What we learned")


def read_article(path: Path) -> list[Passage]:
    return passages_of(path.read_text("utf-8"), path.name, "en")


def test_a_lesson_reads_back_as_it_was_written(tmp_path: Path) -> None:
    write(tmp_path, LESSON)
    (passage,) = read_article(tmp_path / "learned.md")
    assert passage.headings == ("What we learned", "Do you sell bicycles?")
    assert render(passage.body).text == "No, only *beds*.\nSorry!"
    assert json.loads((tmp_path / CASES).read_text("utf-8")) == {
        "question": "Do you sell bicycles?",
        "source": "learned.md#Do you sell bicycles?",
    }


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs", "Cf")), min_size=3)
)
def test_no_words_become_markdown(answer: str) -> None:
    lesson = Lesson("A question", answer, "learned.md")
    found = passages_of(lesson.section, "learned.md", "en")
    assert [passage.heading for passage in found] == ["A question"]


@pytest.mark.parametrize(
    "answer",
    ["# not a heading", "also: not a phrasing", "1. one\n2. two", "a\n---\nb", "a\n===\nb", "```\ncode", "> quote",
     "snake_case and *stars*", "https://shop.example/a_b_c?x=1&y=2", "<b>bold</b>", "- a list", "| a | b |"],
)  # fmt: skip
def test_signs_that_mean_something_in_markdown_stay_signs(answer: str) -> None:
    (passage,) = passages_of(Lesson("A question", answer, "learned.md").section, "learned.md", "en")
    assert passage.heading == "A question"
    wanted = answer.replace("also:", "also –")
    assert "".join(render(passage.body).text.split()) == "".join(wanted.split()).replace("1.", "1.")


def test_the_same_question_again_replaces_its_answer_and_no_other(tmp_path: Path) -> None:
    other = Lesson("And horses?", "No horses.", "learned.md")
    for lesson in (LESSON, other, Lesson("Do you sell bicycles?", "Yes, since May.", "learned.md")):
        write(tmp_path, lesson)
    bodies = {p.heading: p.body for p in read_article(tmp_path / "learned.md")}
    assert bodies == {"Do you sell bicycles?": "Yes, since May.", "And horses?": "No horses."}
    assert len((tmp_path / CASES).read_text("utf-8").splitlines()) == 2


def test_undone_is_as_if_it_had_not_been(tmp_path: Path) -> None:
    (tmp_path / "learned.md").write_text("# Title\n\n## Old\n\nThere.\n", "utf-8")
    (tmp_path / "learned.md").chmod(0o640)
    write(tmp_path, LESSON)
    assert (tmp_path / "learned.md").stat().st_mode & 0o777 == 0o640
    undo(tmp_path, LESSON)
    assert (tmp_path / "learned.md").read_text("utf-8") == "# Title\n\n## Old\n\nThere.\n"
    assert not (tmp_path / CASES).exists()
    write(tmp_path, Lesson("New?", "New.", "fresh.md", "Fresh"))
    undo(tmp_path, Lesson("New?", "New.", "fresh.md", "Fresh"))
    assert not (tmp_path / "fresh.md").exists()


def test_what_somebody_changed_since_is_not_taken_out(tmp_path: Path) -> None:
    write(tmp_path, LESSON)
    path = tmp_path / "learned.md"
    path.write_text(path.read_text("utf-8").replace("Sorry", "So sorry"), "utf-8")
    with pytest.raises(CannotUndo):
        undo(tmp_path, LESSON)


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/self").exists(), reason="no way to refuse root")
def test_a_file_system_that_refuses_leaves_the_files_as_they_were(tmp_path: Path) -> None:
    write(tmp_path, Lesson("Old?", "Old.", "learned.md"))
    before = (tmp_path / "learned.md").read_bytes()
    (tmp_path / CASES).unlink()
    (tmp_path / CASES).mkdir()  # nothing can be put in its place, whoever we are
    with pytest.raises(NotWritten, match=r"cases\.jsonl: "):
        write(tmp_path, LESSON)
    assert (tmp_path / "learned.md").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [CASES, "learned.md"]


def test_where_the_folder_is_in_a_repository_it_is_committed_alone(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(tmp_path), *words], check=True, capture_output=True, text=True
        ).stdout

    assert not commit(tmp_path, ["learned.md"], "No repository", "Stina")
    git("init", "--quiet")
    (tmp_path / "other.md").write_text("unfinished", "utf-8")
    write(tmp_path, LESSON)
    assert commit(tmp_path, ["learned.md", CASES], "Answer", "Stina <Svensson>")
    assert git("log", "--format=%an %s", "--name-only").split("\n")[0] == "Stina Svensson Answer"
    assert git("status", "--porcelain").strip() == "?? other.md"
    undo(tmp_path, LESSON)
    assert commit(tmp_path, ["learned.md", CASES], "Take back", "Stina")
    assert git("ls-files") == ""


@pytest.mark.parametrize(
    ("question", "reply", "asked", "told"),
    [
        ("Hi! Do you deliver to Åland?", "Hi Anna, yes we do, within a week.\n\nBest regards\nStina",
         "Do you deliver to Åland?", "Yes we do, within a week."),
        ("Hej, jag har order 10234. Kan man ändra färgen på order 10234?", "Ja, fram till dagen innan leverans.\nMvh Stina",
         "Kan man ändra färgen på order?", "Ja, fram till dagen innan leverans."),
        ("Do you sell bicycles for elephants", "We do not, sorry", "Do you sell bicycles for elephants", "We do not, sorry"),
    ],
)  # fmt: skip
def test_what_is_one_customers_own_is_left_out(question: str, reply: str, asked: str, told: str) -> None:
    pair = generalise(question, reply, "Anna Karlsson")
    assert pair is not None
    assert (pair.question, pair.answer) == (asked, told)


@pytest.mark.parametrize("reply", ["Which one do you mean?", "ok", "🙂", "Can you send us a picture of it?"])
def test_a_reply_that_asks_back_or_says_nothing_teaches_nothing(reply: str) -> None:
    assert generalise("Do you sell bicycles?", reply, "Anna") is None


@pytest.mark.parametrize(
    "reply",
    [
        "Your parcel is RR123456789SE, Anna",
        "It comes on Monday, Anna.",
        "Call Kalle at +46 70 123 45 67",
        "Write to anna@example.org",
    ],
)
def test_what_may_be_one_customers_only_is_marked(reply: str) -> None:
    pair = generalise("Where is my parcel?", reply, "Anna Karlsson")
    assert pair is not None
    assert pair.personal
