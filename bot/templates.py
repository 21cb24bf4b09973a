"""Templates that a platform approved beforehand: filled with what is to be said, as far as it fits."""

from collections.abc import Mapping, Sequence

from bot.business import Business
from bot.content import Content, Template
from bot.split import units
from bot.template_settings import LONGEST_TEMPLATE, PLACE, WhatsAppTemplate
from storage.records import Contact, Ticket

LONGEST_WORD = 60
"""Of all that is filled in but the text itself."""
MOST_OFFERED = 4


def for_reply(business: Business, contact: Contact) -> Sequence[WhatsAppTemplate]:
    """Those of the contact's channel that may carry a reply: in their language, or else all there are."""
    known = [one for one in _of(business, contact.channel) if one.purpose == "reply"]
    theirs = [one for one in known if business.texts.nearest(one.language) == contact.language]
    return (theirs or known)[:MOST_OFFERED]


def for_alert(business: Business, channel: str) -> WhatsAppTemplate | None:
    """In the desk's language, or else the first."""
    known = [one for one in _of(business, channel) if one.purpose == "alert"]
    ours = [one for one in known if business.texts.nearest(one.language) == business.settings.desk.language]
    return next(iter(ours or known), None)


def _of(business: Business, channel: str) -> tuple[WhatsAppTemplate, ...]:
    return business.settings.whatsapp.templates if channel == "whatsapp" else ()


def values_for(business: Business, contact: Contact, ticket: Ticket | None, text: str) -> dict[str, str]:
    first_name = next(iter(contact.name.split()), "")
    return {
        "name": first_name or business.say(contact.language, "template_nameless"),
        "ticket": ticket.number if ticket else "–",
        "company": business.settings.bot.company,
        "text": text,
    }


def filled(template: WhatsAppTemplate, values: Mapping[str, str]) -> Content:
    """What goes out, and how it reads. Meta takes no line breaks in what is filled in, nor an empty text."""
    words = list(dict.fromkeys(PLACE.findall(template.body)))
    flat = {word: _cut(" ".join(values[word].split()) or "–", LONGEST_WORD) for word in words}
    if "text" in flat:
        spare = LONGEST_TEMPLATE - units(_read(template.body, flat | {"text": ""}))
        flat["text"] = _cut(
            " ".join(values["text"].split()) or "–", spare // PLACE.findall(template.body).count("text")
        )
    told = Template(template.name, template.language, tuple(flat.values()))
    return Content(text=_read(template.body, flat), template=told)


def carries_text(template: WhatsAppTemplate) -> bool:
    return "text" in PLACE.findall(template.body)


def _read(body: str, values: Mapping[str, str]) -> str:
    return PLACE.sub(lambda place: values[place[1]], body)


def _cut(text: str, most: int) -> str:
    """At a word's end, and it can be seen that something is missing."""
    if units(text) <= most:
        return text
    short = text[: max(most - 1, 0)]
    while units(short) >= most and short:
        short = short[:-1]
    whole, space, _ = short.rpartition(" ")
    return (whole if space and len(whole) > len(short) // 2 else short).rstrip() + "…"
