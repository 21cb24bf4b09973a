"""Front matter: what an article says about itself, and what nobody may be shown when that is not clear."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.knowledge.articles import Unreadable
from bot.knowledge.audience import Audience
from bot.knowledge.documents.reader import DocumentReader
from bot.knowledge.front import FOREVER, Front, FrontMistake, read_front, split_front
from bot.knowledge.reading import Article, Manner, Unsafe, open_source, read_source

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MANNER = Manner(("en", "sv", "nb"), STOCKHOLM)


def front(*lines: str) -> Front:
    return read_front(list(lines), STOCKHOLM)


def mistake(*lines: str) -> FrontMistake:
    with pytest.raises(FrontMistake) as refusal:
        front(*lines)
    return refusal.value


def article(folder: Path, text: str, name: str = "a.md", beside: str | None = None) -> Article:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    if beside is not None:
        path.with_name(f"{path.name}.meta").write_text(beside, "utf-8")
    with DocumentReader() as reader:
        return read_source(open_source(folder, name, beside=beside is not None), MANNER, reader)


def milliseconds(year: int, month: int, day: int, hour: int) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp() * 1000)


def test_an_article_tells_its_language_readers_names_and_time() -> None:
    told = front(
        "title: 'Opening hours'",
        "language: sv  # ours",
        "audience: customers",
        "aliases: [hours, when open]",
        "valid-from: 2026-12-01",
        "valid-until: 2026-12-24",
    )
    assert (told.title, told.language, told.audience) == ("Opening hours", "sv", Audience.CUSTOMERS)
    assert told.aliases == ("hours", "when open")
    assert told.valid_from == milliseconds(2026, 11, 30, 23)
    assert told.valid_until == milliseconds(2026, 12, 24, 23)


def test_a_list_may_stand_on_lines_of_its_own_or_between_bars() -> None:
    assert front("aliases:", "  - one", '- "two: 2"').aliases == ("one", "two: 2")
    assert front("aliases: one | two").aliases == ("one", "two")


def test_a_time_of_day_is_meant_where_the_business_is() -> None:
    told = front("valid_from: 2026-07-01 09:00", "valid_until: 2026-07-01T12:00+00:00")
    assert told.valid_from == milliseconds(2026, 7, 1, 7)
    assert told.valid_until == milliseconds(2026, 7, 1, 12)


def test_what_other_programs_write_there_is_passed_over() -> None:
    told = front(
        "date: 2026-01-01",
        "tags:",
        "  - a",
        "nested:",
        "  deep: yes",
        "My own key: 5",
        "# words",
        "",
        "title: A",
    )
    assert told == Front(title="A", unknown=(("date", 2), ("tags", 3), ("nested", 5), ("My own key", 7)))


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["language: swedish"], 'line 2: language: "swedish" is no language code, as "sv"'),
        (["valid-until: 24/12"], 'line 2: valid-until: "24/12" is no date, as 2026-12-24'),
        (["valid-until: 2026-02-30"], '"2026-02-30" is no date'),
        (["valid-from: 9999-12-31 23:59:59+99:00"], "is no date"),
        (["title:"], "line 2: title: wants one value"),
        (["title: A", "title: B"], "line 3: title stands there twice"),
        (
            ["valid-from: 2026-02-01", "valid-until: 2026-01-01"],
            "ends its validity (valid-until) before it begins",
        ),
        (["valid-till: 2026-02-01"], '"valid-till" is no key of front matter (did you mean "valid-until"?)'),
    ],
)
def test_a_mistake_is_told_with_its_line(lines: list[str], why: str) -> None:
    told = mistake(*lines)
    assert why in str(told)
    assert not told.unsafe


@pytest.mark.parametrize(
    "lines",
    [
        ["audience: stafff"],
        ["audiance: staff"],
        ["Audiences: staff"],
        ["audience:"],
        ["audience: staff", "audience: public"],
        ["audience staff"],
        ["audience: [staff, public]"],
    ],
)
def test_a_mistake_that_may_have_meant_fewer_readers_is_unsafe(lines: list[str]) -> None:
    assert mistake(*lines).unsafe


def test_front_matter_ends_at_its_second_fence() -> None:
    assert split_front("---\ntitle: A\n---\n# B\n") == (["title: A"], "# B\n", 3)
    assert split_front("---\ntitle: A\n...\n# B") == (["title: A"], "# B", 3)
    assert split_front("# A\n---\nb: c\n---\n") == ([], "# A\n---\nb: c\n---\n", 0)


def test_a_line_across_the_page_is_no_front_matter() -> None:
    assert split_front("---\n\nWords.\n") == ([], "---\n\nWords.\n", 0)


def test_front_matter_without_an_end_is_unsafe() -> None:
    with pytest.raises(FrontMistake, match='has no end: a line of "---"') as refusal:
        split_front("---\naudience: staff\n\n# Secret\n")
    assert refusal.value.unsafe


def test_lines_are_counted_from_the_top_of_the_file(tmp_path: Path) -> None:
    found = article(tmp_path, "---\ntitle: A\n---\nbefore\n\n# B\n\nafter\n")
    assert [(passage.heading, passage.line) for passage in found.passages] == [("A", 4), ("B", 6)]


def test_another_name_of_a_short_article_is_another_way_of_asking(tmp_path: Path) -> None:
    [lone] = article(tmp_path, "---\naliases: [hours]\n---\n# Open?\nalso: when\n\nAt ten.").passages
    both = article(tmp_path, "---\naliases: [shop]\n---\n# A\n\nb\n\n# C\n\nd").passages
    assert lone.questions == ("Open?", "when", "hours")
    assert [(passage.questions, passage.aliases) for passage in both] == [
        (("A",), ("shop",)),
        (("C",), ("shop",)),
    ]


def test_the_front_matter_goes_before_the_files_name(tmp_path: Path) -> None:
    [passage] = article(tmp_path, "---\nlang: no\n---\n# A\n\nb", "a.sv.md").passages
    assert passage.language == "nb"


@pytest.mark.parametrize(
    ("name", "said", "audience"),
    [
        ("a.md", "", Audience.PUBLIC),
        ("a.md", "audience: staff", Audience.STAFF),
        ("Staff/a.md", "", Audience.STAFF),
        ("staff/a.md", "audience: public", Audience.STAFF),
        ("customers/a.md", "", Audience.CUSTOMERS),
        ("customers/a.md", "audience: staff", Audience.STAFF),
    ],
)
def test_of_folder_and_front_matter_the_narrower_holds(
    tmp_path: Path, name: str, said: str, audience: Audience
) -> None:
    [passage] = article(tmp_path, f"---\ntitle: x\n{said}\n---\n# A\n\nb", name).passages
    assert passage.audience is audience


def test_a_link_to_a_private_article_is_private(tmp_path: Path) -> None:
    article(tmp_path, "# A\n\nb", "staff/a.md")
    (tmp_path / "b.md").symlink_to(tmp_path / "staff" / "a.md")
    with DocumentReader() as reader:
        [passage] = read_source(open_source(tmp_path, "b.md"), MANNER, reader).passages
    assert passage.audience is Audience.STAFF


def test_a_heading_may_have_a_time_of_its_own_within_that_of_its_article(tmp_path: Path) -> None:
    text = (
        "---\nvalid-until: 2026-12-31\n---\n# Hours\n\nAt ten.\n\n## At Christmas\nvalid-from: 2026-12-20\n"
        "also: xmas\nvalid-until: 2027-12-31\n\nAt noon."
    )
    always, christmas = article(tmp_path, text).passages
    assert (always.valid_from, always.valid_until) == (0, milliseconds(2026, 12, 31, 23))
    assert (christmas.valid_from, christmas.valid_until) == (
        milliseconds(2026, 12, 19, 23),
        always.valid_until,
    )
    assert (christmas.questions, christmas.body) == (("At Christmas", "xmas"), "At noon.")


def test_a_passage_whose_time_cannot_be_told_is_left_out(tmp_path: Path) -> None:
    found = article(tmp_path, "# A\n\nb\n\n## C\nvalid-until: soon\n\nd")
    assert [passage.heading for passage in found.passages] == ["A"]
    assert found.left_out == (
        'holds a passage whose time nobody can tell (line 5): "soon" is no date, as 2026-12-24,'
        " and no time, as 2026-12-24 15:00",
    )


def test_a_page_has_its_front_matter_in_a_file_beside_it(tmp_path: Path) -> None:
    [passage] = article(
        tmp_path, "<h1>A</h1><p>b", "a.html", "audience: staff\nvalid-until: 2026-12-24\n"
    ).passages
    assert (passage.audience, passage.valid_until, passage.line) == (
        Audience.STAFF, milliseconds(2026, 12, 24, 23), 0,
    )  # fmt: skip
    assert passage.valid_until < FOREVER


@pytest.mark.parametrize("beside", ["audience: stafff", "\0"])
def test_what_stands_beside_a_page_and_cannot_be_read_hides_it(tmp_path: Path, beside: str) -> None:
    with pytest.raises(Unsafe, match=r"a\.html\.meta"):
        article(tmp_path, "<h1>A</h1><p>b", "a.html", beside)


def test_a_passage_nobody_could_send_is_left_out(tmp_path: Path) -> None:
    found = article(tmp_path, f"# A\n\nb\n\n# C\n\n{'d ' * 6_001}")
    assert ([passage.heading for passage in found.passages], len(found.left_out)) == (["A"], 1)
    assert found.left_out[0].startswith("holds more than 12,000 characters beneath one heading (line 5)")


def test_an_article_of_endless_headings_is_none(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="more than 5,000 passages"):
        article(tmp_path, "# A\nb\n" * 5_001)
