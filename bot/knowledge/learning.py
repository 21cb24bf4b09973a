"""What staff teach: a question and its answer written into the knowledge base, wholly or not at all, and taken out again."""

import contextlib
import json
import os
import re
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CASES = "cases.jsonl"
"""Questions whose right source is known, as `python -m bot eval` reads them."""
GIT_SECONDS = 20
_MARKS = re.compile(r"([\\`*\[\]<>|~]|(?<!\w)_|_(?!\w))")
_LINE_MARKS = re.compile(r"^([ \t]*\d{0,9})([#+=-]|(?<=\d)[.)])", re.MULTILINE)
_NOTE = re.compile(r"^(\s*(?:also|valid-from|valid-until)):", re.IGNORECASE)


class NotWritten(Exception):
    """The file system refuses; the message says why. The files are as they were."""


class CannotUndo(Exception):
    """What was written is not there any more as it was written."""


@dataclass(frozen=True, slots=True)
class Lesson:
    question: str
    answer: str
    """Words as a person wrote them, no Markdown."""
    file: str
    """Relative to the knowledge base's folder."""
    title: str = ""
    """Of the file, when it is new."""

    @property
    def section(self) -> str:
        return f"## {heading_of(self.question)}\n\n{markdown_of(self.answer)}\n"

    @property
    def case(self) -> str:
        source = f"{self.file}#{self.question.strip()}"
        return json.dumps({"question": self.question.strip(), "source": source}, ensure_ascii=False)


def file_for(language: str, languages: Sequence[str]) -> str:
    """Where lessons of a language are kept."""
    return "learned.md" if language == languages[0] else f"learned.{language}.md"


def heading_of(question: str) -> str:
    return _MARKS.sub(r"\\\1", " ".join(question.split())).rstrip("#").strip()


def markdown_of(text: str) -> str:
    """Markdown that says exactly these words, each on its line."""
    text = _NOTE.sub(r"\1 –", text.strip().replace("\r\n", "\n"))
    escaped = _LINE_MARKS.sub(r"\1\\\2", _MARKS.sub(r"\\\1", text))
    return re.sub(r"(?<=[^\n])\n(?=[^\n])", "\\\\\n", escaped)


def write(folder: Path, lesson: Lesson) -> None:
    """Put it into its file, in the place of a section of the same heading if there is one, and its case beside.

    Raises NotWritten."""
    path, cases = folder / lesson.file, folder / CASES
    before = _read(path)
    text = before or (f"# {lesson.title}\n" if lesson.title else "")
    kept = _without(text, f"## {heading_of(lesson.question)}")
    _replace(path, f"{kept.rstrip()}\n\n{lesson.section}".lstrip())
    try:
        lines = [line for line in (_read(cases) or "").splitlines() if line.strip() and line != lesson.case]
        _replace(cases, "\n".join([*lines, lesson.case]) + "\n")
    except NotWritten:
        if before is None:
            path.unlink(missing_ok=True)
        else:
            _replace(path, before)
        raise


def undo(folder: Path, lesson: Lesson) -> None:
    """Take it out again. Raises CannotUndo where somebody has changed it since, and NotWritten."""
    path, cases = folder / lesson.file, folder / CASES
    text = _read(path) or ""
    if text.count(lesson.section) != 1:
        raise CannotUndo(lesson.file)
    rest = text.replace(lesson.section, "").rstrip()
    if rest == f"# {lesson.title}" or not rest:
        _remove(path)
    else:
        _replace(path, rest + "\n")
    lines = [line for line in (_read(cases) or "").splitlines() if line.strip() and line != lesson.case]
    if lines:
        _replace(cases, "\n".join(lines) + "\n")
    else:
        _remove(cases)


def commit(folder: Path, files: Sequence[str], message: str, author: str) -> bool:
    """Commit these files where the folder is in a git repository; whether that was done. Raises nothing."""
    clean = re.sub(r"[<>\n\r]", "", author).strip() or "staff"
    identity = ["-c", f"user.name={clean}", "-c", "user.email=desk@localhost"]
    try:
        if _git(folder, "rev-parse", "--is-inside-work-tree").strip() != "true":
            return False
        _git(folder, "add", "--all", "--", *files)
        _git(folder, *identity, "commit", "--quiet", "--no-verify", "-m", message, "--only", "--", *files)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _git(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    done = subprocess.run(  # noqa: S603 - git with arguments of ours, no shell
        ["git", "-C", str(folder), *arguments],  # noqa: S607 - wherever git is installed
        check=True,
        capture_output=True,
        text=True,
        timeout=GIT_SECONDS,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout


def _without(text: str, heading: str) -> str:
    """The text without the section of that heading."""
    section = re.compile(rf"^{re.escape(heading)}[ \t]*\n.*?(?=^#{{1,2}} |\Z)", re.MULTILINE | re.DOTALL)
    return section.sub("", text)


def _read(path: Path) -> str | None:
    """None where there is no such file. Raises NotWritten."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise NotWritten(f"{path.name}: {getattr(error, 'strerror', None) or 'is not UTF-8'}") from None


def _replace(path: Path, text: str) -> None:
    """Write it beside and put it in the file's place, synced: nobody ever reads half of it. Raises NotWritten."""
    beside = ""
    try:
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
        descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        os.chmod(beside, mode)
        os.replace(beside, path)
        _sync_folder(path.parent)
    except OSError as error:
        if beside:
            with contextlib.suppress(OSError):
                os.unlink(beside)
        raise NotWritten(f"{path.name}: {error.strerror or error}") from None


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(f"{path.name}: {error.strerror or error}") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
