"""`ask`: what would be answered, and from which passage, without any platform."""

import sys
from collections.abc import Iterator
from time import perf_counter

import orjson

from bot.answer import Answer, Answerer, Verdict
from bot.app import library_of
from bot.clock import SystemClock
from bot.content import Content
from bot.knowledge.audience import Audience
from bot.knowledge.language import detect
from bot.knowledge.library import FolderMissing, Library
from bot.knowledge.small_talk import small_talk
from bot.settings import Settings
from bot.texts import Texts


async def ask(settings: Settings, question: str, *, as_json: bool, audience: str = "public") -> int:
    """Print what would be said to the question; "-" reads one a line and prints a JSON object a line."""
    library = loaded(settings)
    if library is None:
        return 1
    answerer = Answerer(library)
    for asked in _questions(question):
        started = perf_counter()
        language = detect(asked, settings.bot.languages, settings.bot.languages[0])
        verdict = _small_talk(settings, asked, language) or answerer.look_up(
            asked, language, Audience(audience)
        )
        seconds = perf_counter() - started
        if as_json or question == "-":
            print(_as_json(asked, verdict, seconds), flush=True)
        else:
            print(_as_text(verdict))
    return 0


def loaded(settings: Settings) -> Library | None:
    library = library_of(settings, SystemClock())
    try:
        library.load()
    except FolderMissing as error:
        print(error, file=sys.stderr)
        return None
    return library


def _questions(question: str) -> Iterator[str]:
    if question != "-":
        yield question
        return
    for line in sys.stdin.buffer:
        words = line.decode("utf-8", "replace").strip()
        if words:
            yield words


def _small_talk(settings: Settings, question: str, language: str) -> Verdict | None:
    """What is said to a greeting, or the wish for a person; None for a question."""
    talk = small_talk(question)
    if talk is None:
        return None
    if talk == "person":
        return Verdict(None, 0.0)
    text = Texts().say(language, talk, name=settings.bot.name, company=settings.bot.company)
    return Verdict(Answer(Content(text), ()), 0.0)


def _as_json(question: str, verdict: Verdict, seconds: float) -> str:
    answer = verdict.answer
    return orjson.dumps(
        {
            "question": question,
            "answer": answer.content.text if answer else None,
            "answered": answer is not None,
            "score": round(verdict.score, 4),
            "sources": [
                {"file": source.file, "heading": source.heading, "score": source.score}
                for source in verdict.sources
            ],
            "seconds": round(seconds, 6),
        }
    ).decode()


def _as_text(verdict: Verdict) -> str:
    lines = [verdict.answer.content.text if verdict.answer else "No answer: a person would be asked.", ""]
    lines += [f"  {source.score:.2f}  {source.file} # {source.heading}" for source in verdict.sources]
    return "\n".join(lines)
