"""Did you mean one of these? Two or three passages to choose from, by a tap, a number or the words."""

from collections.abc import Sequence

from bot.business import Business
from bot.content import Button, Content
from bot.recording import Choice
from bot.wording import cut_title

PICK = "pick:"
"""A button's id is this and the choice's number; what it stands for is on record with the message that has it."""
MORE_BUTTON = "more"
"""The button beneath an answer that is only a part of its passage."""
MOST, LONGEST_TITLE = 3, 150


def offer(
    business: Business, channel: str, language: str, choices: Sequence[Choice], person: Button
) -> Content:
    """The question back, its titles in full; a person is the last button where the channel has room for one."""
    titles = [
        f"{number}. {cut_title(choice.heading, LONGEST_TITLE)}"
        for number, choice in enumerate(choices[:MOST], 1)
    ]
    limits = business.channels[channel].limits
    buttons = [
        Button(f"{PICK}{number}", cut_title(title, limits.button_title))
        for number, title in enumerate(titles, 1)
    ][: limits.buttons]
    if len(buttons) < limits.buttons:
        buttons.append(person)
    text = "\n".join(
        [business.say(language, "did_you_mean"), *titles, "", business.say(language, "choose_one")]
    )
    return Content(text, buttons=tuple(buttons))


def number_of(button: str) -> int | None:
    """Which choice a tapped button stands for, from 0; None for another button."""
    number = button.removeprefix(PICK)
    return int(number) - 1 if number != button and number.isdecimal() and 0 < int(number) <= MOST else None
