"""What is filled into a template fits it, however long or odd it is, and how it reads is what is sent."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.split import units
from bot.template_settings import LONGEST_TEMPLATE, WhatsAppTemplate
from bot.templates import filled

ANSWER = WhatsAppTemplate(
    name="answer", language="en", body="Hello {{name}}, about {{ticket}}: {{text}}\n\nBest, {{company}}"
)


@given(st.text(), st.text())
def test_whatever_is_said_fits_and_reads_as_it_is_sent(name: str, text: str) -> None:
    said = filled(ANSWER, {"name": name, "ticket": "NF-000001", "text": text * 50, "company": "Shop"})
    assert said.template is not None
    assert units(said.text) <= LONGEST_TEMPLATE
    assert all(value.strip() and not re.search(r"[\n\t]| {5}", value) for value in said.template.parameters)
    first, ticket, words, company = said.template.parameters
    assert said.text == f"Hello {first}, about {ticket}: {words}\n\nBest, {company}"


def test_a_short_text_is_whole_and_a_long_one_is_cut_at_a_word() -> None:
    values = {"name": "Anna", "ticket": "NF-000001", "company": "Shop"}
    whole = filled(ANSWER, values | {"text": "We have\nthem."})
    assert "about NF-000001: We have them.\n\nBest" in whole.text
    cut = filled(ANSWER, values | {"text": "elephants " * 200})
    assert "elephants…\n\nBest, Shop" in cut.text


def test_a_word_that_stands_twice_is_filled_in_once() -> None:
    template = WhatsAppTemplate(name="a", language="en", body="{{name}}: {{text}} Bye {{name}}.")
    said = filled(template, {"name": "Anna", "text": "yes"})
    assert said.text == "Anna: yes Bye Anna."
    assert said.template is not None
    assert said.template.parameters == ("Anna", "yes")
