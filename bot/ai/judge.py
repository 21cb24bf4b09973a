"""May this be said? Every check of a model's answer, in the order of what they cost."""

import unicodedata
from dataclasses import dataclass

from bot.ai.commitments import broken_promises
from bot.ai.grounding import unsupported
from bot.ai.nearness import misplaced
from bot.ai.prompt import Prompt, Source, quotes_rules
from bot.ai.reply import Reply
from bot.ai.wording import says_nothing, strays

ANSWER_LENGTH = 1500
_KEPT = "\n\u200d"  # the second one holds emoji together
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})


@dataclass(frozen=True, slots=True)
class Verdict:
    text: str = ""
    used: tuple[int, ...] = ()
    """The passages it rests on, by their places."""
    fault: str = ""
    """Why it may not be said, in none of its words, for the log and for staff; empty: it may."""
    remark: str = ""
    """The same for the model, with the details that no source holds."""


def judge(reply: Reply, asked: Prompt, *, sure: bool) -> Verdict:
    """The answer as it may be said: placeholders filled in, and only with what its own sources hold."""
    text = visible(asked.pseudonyms.show(reply.text[: 2 * ANSWER_LENGTH]))
    cited = [source for source in asked.sources if source.id in reply.sources]
    fault, details = _fault(text, cited, asked, sure=sure)
    if fault:
        return Verdict(fault=fault, remark=f"{fault}{': ' if details else ''}{'; '.join(details[:8])}")
    used = tuple(n for n, source in enumerate(s for s in asked.sources if s.id[0] == "p") if source in cited)
    return Verdict(text, used)


def _fault(text: str, cited: list[Source], asked: Prompt, *, sure: bool) -> tuple[str, list[str]]:
    if len(text) > ANSWER_LENGTH:
        return "it was too long to be one", []
    if says_nothing(text) or not text:
        return "it says nothing", []
    if not cited:
        return "it named no source", []
    if quotes_rules(text):
        return "it told the model's instructions", []
    told = [(source.text, source.language) for source in cited]
    if missing := unsupported(text, told, asked.language, asked.said):
        return f"it held details that its sources do not hold ({len(missing)})", missing
    done = {source.done for source in cited if source.done}
    if promised := broken_promises(text, [source.text for source in cited], done):
        return "it said that something was done or promised it", promised
    if elsewhere := misplaced(text, told, asked.said[-1], asked.language):
        return "it used figures of something else", elsewhere
    return strays(text, told, asked.said[-1], asked.language, sure=sure), []


def visible(text: str) -> str:
    """Without what cannot be seen: it could hide words from us, or turn what is read around."""
    kept = (
        sign for sign in text.replace("\t", " ") if sign in _KEPT or unicodedata.category(sign) not in _UNSEEN
    )
    return "".join(kept).strip()
