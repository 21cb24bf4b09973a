"""What lies about in a folder: what of it is an article, and what is passed over with a reason."""

import os
import socket
from pathlib import Path

import pytest

from bot.knowledge import folder as folders
from bot.knowledge.folder import look


def files(folder: Path) -> list[str]:
    return sorted(look(folder).files)


def reasons(folder: Path) -> dict[str, str]:
    return {one.file: one.reason for one in look(folder).skipped}


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("# A\n\nb")


def test_articles_of_every_kind_are_seen_and_others_are_not(tmp_path: Path) -> None:
    articles = ["a.md", "b.markdown", "c.HTML", "d.htm", "e.docx", "sub/f.sv.pdf", "sub/f.sv.pdf.meta"]
    put(tmp_path, *articles, "picture.png", "notes.txt", ".hidden.md", "~$e.docx", ".git/a.md", "#a.md#")
    assert (files(tmp_path), reasons(tmp_path)) == (articles, {})


def test_what_may_be_taken_for_an_article_is_told_of(tmp_path: Path) -> None:
    put(tmp_path, "a.doc", "b.odt", "c.xlsx")
    assert set(reasons(tmp_path)) == {"a.doc", "b.odt", "c.xlsx"}
    assert reasons(tmp_path)["a.doc"] == "cannot be read; save it as PDF, DOCX, HTML or Markdown"


def test_links_that_go_in_circles_are_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "sub/a.md")
    (tmp_path / "sub" / "round").symlink_to(tmp_path)
    (tmp_path / "self.md").symlink_to(tmp_path / "self.md")
    assert files(tmp_path) == ["self.md", "sub/a.md"]
    assert "is a link to a folder" in reasons(tmp_path)["sub/round"]


@pytest.mark.skipif(os.name == "nt", reason="its names are always text")
def test_a_name_that_cannot_be_shown_is_told_without_its_signs(tmp_path: Path) -> None:
    put(tmp_path, "a\n\x1b[31mok: b.md")
    with open(os.fsencode(tmp_path) + b"/caf\xe9.md", "w") as file:
        file.write("# A\n\nb")
    assert files(tmp_path) == []
    assert set(reasons(tmp_path)) == {"a\ufffd\ufffd[31mok: b.md", "caf\ufffd.md"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every folder")
def test_a_folder_that_cannot_be_opened_is_told_of(tmp_path: Path) -> None:
    put(tmp_path, "sub/a.md", "b.md")
    (tmp_path / "sub").chmod(0)
    assert (files(tmp_path), reasons(tmp_path)) == (["b.md"], {"sub": "cannot be opened: Permission denied"})


def test_a_crowd_of_files_is_looked_through_no_further_than_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MOST_ENTRIES", 20)
    monkeypatch.setattr(folders, "MOST_ARTICLES", 5)
    put(tmp_path, *(f"{number:02}.md" for number in range(30)))
    assert files(tmp_path) == ["00.md", "01.md", "02.md", "03.md", "04.md"]
    assert reasons(tmp_path)["05.md"] == "is one of more than 5 files"
    assert "more than 20 files" in reasons(tmp_path)["."]


def test_a_deep_hole_has_a_bottom(tmp_path: Path) -> None:
    put(tmp_path, "/".join("x" * 30) + "/a.md")
    assert files(tmp_path) == []
    assert list(reasons(tmp_path).values()) == ["lies more than 16 folders deep"]


def test_a_socket_and_a_pipe_are_seen_without_waiting_for_them(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "b.md"))
        assert files(tmp_path) == ["a.md", "b.md"]
