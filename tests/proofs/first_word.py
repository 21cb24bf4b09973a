"""How long a customer waits for the first words and for the whole answer of a slow model; and what is answered without one.

python -m tests.proofs.first_word --questions 10"""

import argparse
import asyncio
import json
import logging
import statistics
import sys
import tempfile
import time
from pathlib import Path

from sandbox.faults import Fault
from sandbox.openai import API_KEY, MODEL, OpenAIEmulator
from tests.people import received, texts_of
from tests.shop import REPOSITORY, Shop

THINKS = 2.0
QUESTION = "How long does delivery take?"
CASES = REPOSITORY / "tests/cases/questions.jsonl"


async def waits(folder: Path, questions: int, *, drafts: bool) -> tuple[list[float], list[float]]:
    """Seconds until something of the answer could be read, and until it was there."""
    first: list[float] = []
    whole: list[float] = []
    async with OpenAIEmulator() as model:
        if not drafts:
            model.faults.always("chat", Fault.slow(THINKS))
        ai = (
            f'base_url = "{model.url}"\nmodel = "{MODEL}"\ncached_answers = 0\ndrafts = {str(drafts).lower()}'
        )
        async with Shop(folder, tables={"ai": ai}, environ={"OPENAI_API_KEY": API_KEY}) as shop:
            for number in range(questions):
                customer = shop.telegram.add_user(f"Anna {number}")
                seen: list[float] = []

                def look(chat=customer.chat, seen=seen) -> None:  # type: ignore[no-untyped-def]
                    if chat.drafts:
                        seen.append(time.monotonic())

                shop.telegram.on_change(look)
                model.pace = THINKS / 45  # about as many words as its reply has
                began = time.monotonic()
                customer.says(QUESTION)
                await customer.reads("working days")
                whole.append(time.monotonic() - began)
                first.append((seen[0] if seen else time.monotonic()) - began)
    return first, whole


async def answered(folder: Path, *, model_down: bool) -> int:
    """How many of our own questions are answered at once."""
    questions = [json.loads(line)["question"] for line in CASES.read_text("utf-8").splitlines()][::4]
    async with OpenAIEmulator() as model:
        model.faults.always("chat", Fault.status(503))
        ai = {"ai": f'base_url = "{model.url}"\nmodel = "{MODEL}"'} if model_down else {}
        environ = {"OPENAI_API_KEY": API_KEY} if model_down else {}
        async with Shop(folder, tables=ai, environ=environ) as shop:
            customers = [shop.telegram.add_user(f"Anna {number}") for number in range(len(questions))]
            for customer, question in zip(customers, questions, strict=True):
                customer.says(question)
            await shop.rests()
            return sum(not any("NF-" in text for text in texts_of(received(one))) for one in customers)


async def measure(questions: int) -> list[str]:
    rows = []
    with tempfile.TemporaryDirectory(prefix="svar-words-") as folder:
        for drafts in (True, False):
            first, whole = await waits(Path(folder) / str(drafts), questions, drafts=drafts)
            rows.append(
                f"drafts {'on ' if drafts else 'off'}: first words after {statistics.median(first):.1f} s,"
                f" the whole answer after {statistics.median(whole):.1f} s (median of {questions})"
            )
        down = await answered(Path(folder) / "down", model_down=True)
        without = await answered(Path(folder) / "without", model_down=False)
        rows.append(f"answered with the model wholly down: {down}, without any: {without}")
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=10)
    logging.disable(logging.CRITICAL)
    sys.stdout.write("\n".join([*asyncio.run(measure(parser.parse_args().questions)), ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
