"""What was asked and what came of it is on record; what staff answered often is proposed to the knowledge base."""

import asyncio
import json
from pathlib import Path

import pytest

from bot import learning
from bot.__main__ import main
from bot.gaps import outcomes
from bot.learning import gaps, open_proposals, propose, questions
from tests.people import Customer
from tests.shop import Shop

MICE = (
    "Do you sell beds for mice?",
    "Have you got any beds for mice",
    "beds for mice, do you sell them?",
)
ANSWER = "We do: 40 SEK a bed. Write to anna@nordmobler.example or call +47 22 33 44 55."


async def answered_by_staff(shop: Shop, customer: Customer, words: str) -> None:
    card = await shop.hands_over(customer, words)
    shop.staff.says(ANSWER, to=shop.desk, reply_to=card)
    await customer.reads(ANSWER)


async def test_what_staff_answer_often_is_proposed_once_and_decided_once(shop: Shop, channel: str) -> None:
    business = shop.running.business
    for number, words in enumerate(MICE):
        assert await propose(business) == 0
        await answered_by_staff(shop, shop.customer(channel, f"Anna {number}"), words)
    assert await propose(business) == 1
    assert await propose(business) == 1
    (proposal,) = await open_proposals(business.db)
    assert proposal.times == 3
    assert proposal.question in MICE
    assert proposal.answer == "We do: 40 SEK a bed. Write to … or call …."
    assert json.loads(proposal.sources) == ["NF-000003", "NF-000002", "NF-000001"]
    assert learning.as_article(proposal).startswith("### ")

    db, number = business.db, proposal.id
    assert await db.transaction(lambda tx: learning.accept(tx, business, number, "Stina", "faq.md"))
    assert not await db.transaction(lambda tx: learning.decline(tx, business, number, "Kalle"))
    assert await propose(business) == 1
    assert await open_proposals(business.db) == []


async def test_every_question_has_its_outcome(shop: Shop, channel: str) -> None:
    anna, berta, cilla = (shop.customer(channel, name) for name in ("Anna", "Berta", "Cilla"))
    anna.says("How long does delivery take?")
    answer = await anna.reads("working days")
    anna.reacts(answer, "👎")
    berta.says("How long does delivery take?")
    await berta.reads("working days")
    berta.says("how many days does delivery take")
    await berta.reads("working days")
    cilla.says("Which countries do you deliver to?")
    await cilla.reads("Denmark")
    cilla.says("I want a person")
    await cilla.reads("NF-")
    await shop.hands_over(shop.customer(channel), MICE[0])
    await shop.rests()
    asked = await questions(shop.running.business.db, since=0)
    found = outcomes(asked)
    assert found == {"disliked": 1, "rephrased": 1, "answered": 1, "left": 1, "escalated": 1}
    examples = [gap.example for gap in gaps(asked)]
    assert sorted(examples) == [MICE[0], "How long does delivery take?", "Which countries do you deliver to?"]


async def test_what_a_customer_takes_back_is_no_question_any_more(shop: Shop) -> None:
    anna = shop.on_whatsapp()
    said = anna.says(MICE[0])
    await anna.reads("NF-")
    anna.deletes(said)
    await shop.rests()
    assert await questions(shop.running.business.db, since=0) == []


async def test_gaps_are_printed_beside_a_running_bot(
    shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in MICE:
        await shop.hands_over(shop.telegram.add_user("Anna"), words)
    await shop.rests()
    for name, value in (shop.secrets() | dict(shop.environ)).items():
        monkeypatch.setenv(name, value)
    config = str(shop.folder / "bot.toml")

    def run(*arguments: str) -> str:
        assert main(["--config", config, "gaps", *arguments]) == 0
        return capsys.readouterr().out

    text = await asyncio.to_thread(run)
    assert "3 questions: 3 escalated" in text
    assert "3 × [en] " in text
    told = json.loads(await asyncio.to_thread(run, "--json"))
    assert told["gaps"][0]["times"] == 3
    assert set(told["gaps"][0]["examples"]) == set(MICE)


CASES = """\
{"question": "How do I clean leather?", "source": "faq.md", "language": "en"}
{"question": "Bicycles?", "source": null}
"""
ARTICLE = "# Questions\n\n## How do I clean leather?\n\nWith a damp cloth.\n\n## Where is the workshop?\n\nIn Tibro.\n"


def test_a_knowledge_base_that_got_worse_fails_its_own_cases(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, config = tmp_path / "kb", tmp_path / "bot.toml"
    folder.mkdir()
    config.write_text('[knowledge]\nfolder = "kb"\n', "utf-8")
    (folder / "questions.jsonl").write_text(CASES, "utf-8")
    (folder / "faq.md").write_text(ARTICLE, "utf-8")
    told = ["--config", str(config), "eval"]
    assert main([*told, "--ci"]) == 1
    assert "eval --record" in capsys.readouterr().err
    assert main([*told, "--record"]) == 0
    assert main([*told, "--ci"]) == 0
    assert "0 better, 0 worse, of 2 recorded" in capsys.readouterr().out
    (folder / "faq.md").write_text(ARTICLE.replace("leather", "wool").replace("damp", "dry"), "utf-8")
    assert main([*told, "--ci"]) == 1
    assert "worse: 'How do I clean leather?': right before" in capsys.readouterr().out
