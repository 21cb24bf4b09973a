"""What people in the sandbox can do: one function an act, and a table of them for the page."""

from collections.abc import Callable
from typing import Any

from sandbox.play import TROUBLES, Play
from sandbox.telegram import Message, TelegramGroup, TelegramUser, Topic
from sandbox.whatsapp import PhoneMessage, WhatsAppCustomer
from sandbox.wishes import ActRefused, caption, emoji, file, number, one_of, switch, words

Json = dict[str, Any]
Act = Callable[[Play, Json], None]

LONGEST_NAME = 40
PLACE = (59.3326, 18.0649)
PLACE_NAME, PLACE_ADDRESS = "Sergels torg", "Stockholm"
CARD_PHONE, CARD_NAME = "46701740699", "Karin Berg"


# Customers on Telegram


def _user(play: Play, wish: Json) -> TelegramUser:
    user = play.telegram.users.get(number(wish, "user"))
    if user is None or user is play.staff:
        raise ActRefused("user: nobody here has that id")
    return user


def _in_chat(play: Play, wish: Json, key: str = "message") -> Message:
    message = _user(play, wish).chat.messages.get(number(wish, key))
    if message is None or message.deleted:
        raise ActRefused(f"{key}: is not there any more")
    return message


def _chat_reply(play: Play, wish: Json) -> Message | None:
    return _in_chat(play, wish, "reply_to") if wish.get("reply_to") else None


def telegram_say(play: Play, wish: Json) -> None:
    _user(play, wish).says(words(wish), reply_to=_chat_reply(play, wish))


def telegram_send(play: Play, wish: Json) -> None:
    kind, sent = file(wish)
    _user(play, wish).sends(kind, caption=caption(wish), reply_to=_chat_reply(play, wish), **sent)


def telegram_place(play: Play, wish: Json) -> None:
    _user(play, wish).shares_venue(*PLACE, PLACE_NAME, PLACE_ADDRESS)


def telegram_contact(play: Play, wish: Json) -> None:
    _user(play, wish).shares_contact(f"+{CARD_PHONE}", CARD_NAME)


def telegram_edit(play: Play, wish: Json) -> None:
    message = _in_chat(play, wish)
    if message.from_bot:
        raise ActRefused("message: only one's own can be edited")
    _user(play, wish).edits(message, words(wish))


def telegram_react(play: Play, wish: Json) -> None:
    _user(play, wish).reacts(_in_chat(play, wish), emoji(wish))


def telegram_press(play: Play, wish: Json) -> None:
    message = _in_chat(play, wish)
    _user(play, wish).presses(message, one_of(wish, "button", [one.code for one in message.buttons]))


def telegram_block(play: Play, wish: Json) -> None:
    user = _user(play, wish)
    if switch(wish) != user.has_blocked:
        (user.unblocks if user.has_blocked else user.blocks)()


def telegram_be(play: Play, wish: Json) -> None:
    """Go by another name or language."""
    user = _user(play, wish)
    user.name = words(wish, "name", LONGEST_NAME)
    user.language = one_of(wish, "language", play.languages)
    play.telegram.pulse.beat()


def telegram_meet(play: Play, wish: Json) -> None:
    play.meet_on_telegram(words(wish, "name", LONGEST_NAME), one_of(wish, "language", play.languages))


# Customers on WhatsApp


def _customer(play: Play, wish: Json) -> WhatsAppCustomer:
    found = next((one for one in play.whatsapp.customers if one.key == wish.get("user")), None)
    if found is None:
        raise ActRefused("user: nobody here has that id")
    return found


def _on_phone(play: Play, wish: Json, key: str = "message") -> PhoneMessage:
    messages = _customer(play, wish).messages
    found = next((message for message in messages if message.id == wish.get(key)), None)
    if found is None or found.deleted:
        raise ActRefused(f"{key}: is not there any more")
    return found


def _phone_reply(play: Play, wish: Json) -> PhoneMessage | None:
    return _on_phone(play, wish, "reply_to") if wish.get("reply_to") else None


def _own(message: PhoneMessage) -> PhoneMessage:
    if message.by != "customer":
        raise ActRefused("message: only one's own")
    return message


def whatsapp_say(play: Play, wish: Json) -> None:
    _customer(play, wish).says(words(wish), reply_to=_phone_reply(play, wish))


def whatsapp_send(play: Play, wish: Json) -> None:
    kind, sent = file(wish)
    if kind != "document":
        sent["name"] = ""
    _customer(play, wish).sends(kind, caption=caption(wish), reply_to=_phone_reply(play, wish), **sent)


def whatsapp_place(play: Play, wish: Json) -> None:
    _customer(play, wish).shares_location(*PLACE, PLACE_NAME, PLACE_ADDRESS)


def whatsapp_contact(play: Play, wish: Json) -> None:
    _customer(play, wish).shares_contact(CARD_PHONE, CARD_NAME)


def whatsapp_edit(play: Play, wish: Json) -> None:
    _customer(play, wish).edits(_own(_on_phone(play, wish)), words(wish))


def whatsapp_withdraw(play: Play, wish: Json) -> None:
    _customer(play, wish).deletes(_own(_on_phone(play, wish)))


def whatsapp_react(play: Play, wish: Json) -> None:
    _customer(play, wish).reacts(_on_phone(play, wish), emoji(wish))


def whatsapp_press(play: Play, wish: Json) -> None:
    message = _on_phone(play, wish)
    button = one_of(wish, "button", [code for code, _ in message.buttons])
    _customer(play, wish).presses(message, button)


def whatsapp_block(play: Play, wish: Json) -> None:
    customer = _customer(play, wish)
    (customer.blocks if switch(wish) else customer.unblocks)()
    play.whatsapp.pulse.beat()


def whatsapp_look(play: Play, wish: Json) -> None:
    """Open the chat, so that what arrives is read at once, or put the phone away."""
    customer = _customer(play, wish)
    (customer.opens if switch(wish) else customer.closes)()
    play.whatsapp.pulse.beat()


def whatsapp_be(play: Play, wish: Json) -> None:
    _customer(play, wish).name = words(wish, "name", LONGEST_NAME)
    play.whatsapp.pulse.beat()


def whatsapp_meet(play: Play, wish: Json) -> None:
    play.meet_on_whatsapp(words(wish, "name", LONGEST_NAME))


# Staff


def _at_desk(play: Play, wish: Json, key: str = "message") -> Message:
    message = play.group.messages.get(number(wish, key))
    if message is None or message.deleted:
        raise ActRefused(f"{key}: is not there any more")
    return message


def _where(play: Play, wish: Json) -> dict[str, Any]:
    """The group, the topic in it and what is answered, as an emulated person takes them."""
    topic: Topic | None = play.group.topics.get(number(wish, "topic")) if wish.get("topic") else None
    answered = _at_desk(play, wish, "reply_to") if wish.get("reply_to") else None
    group: TelegramGroup = play.group
    return {"to": group, "topic": topic, "reply_to": answered}


def staff_say(play: Play, wish: Json) -> None:
    play.staff.says(words(wish), **_where(play, wish))


def staff_send(play: Play, wish: Json) -> None:
    kind, sent = file(wish)
    play.staff.sends(kind, caption=caption(wish), **sent, **_where(play, wish))


def staff_edit(play: Play, wish: Json) -> None:
    message = _at_desk(play, wish)
    if message.from_bot:
        raise ActRefused("message: only one's own can be edited")
    play.staff.edits(message, words(wish))


def staff_react(play: Play, wish: Json) -> None:
    play.staff.reacts(_at_desk(play, wish), emoji(wish))


def staff_press(play: Play, wish: Json) -> None:
    message = _at_desk(play, wish)
    play.staff.presses(message, one_of(wish, "button", [one.code for one in message.buttons]))


def staff_topics(play: Play, wish: Json) -> None:
    if switch(wish) != play.group.forum:
        play.switch_topics(on=switch(wish))


# The stage itself


def stage_trouble(play: Play, wish: Json) -> None:
    play.make_trouble(one_of(wish, "platform", play.trouble), one_of(wish, "kind", TROUBLES))


def stage_later(play: Play, wish: Json) -> None:
    play.let_pass(hours=24)


ACTS: dict[str, Act] = {
    act.__name__.replace("_", "/"): act
    for act in (
        *(telegram_say, telegram_send, telegram_place, telegram_contact, telegram_edit, telegram_react),
        *(telegram_press, telegram_block, telegram_be, telegram_meet),
        *(whatsapp_say, whatsapp_send, whatsapp_place, whatsapp_contact, whatsapp_edit, whatsapp_withdraw),
        *(whatsapp_react, whatsapp_press, whatsapp_block, whatsapp_look, whatsapp_be, whatsapp_meet),
        *(staff_say, staff_send, staff_edit, staff_react, staff_press, staff_topics),
        *(stage_trouble, stage_later),
    )
}
"""By the address behind /do/ that the page posts to."""
