"""What each channel can carry, tried out and written down: docs/channels.md is this test's own words."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.telegram.chat import Message
from sandbox.telegram.files import TINY_PNG
from sandbox.telegram.user import TelegramUser
from sandbox.whatsapp.phone import MP4, OGG, PDF, WEBP
from tests.people import Customer, Read
from tests.shop import REPOSITORY, Shop

PAGE = REPOSITORY / "docs" / "channels.md"
BEGIN, END = "<!-- produced: begin -->\n", "<!-- produced: end -->\n"
WRITE = "SVAR_WRITE_DOCS"
"""Set it, and the page is written anew instead of compared."""
CHANNELS = ("telegram", "whatsapp")
FILES = {
    "picture": ("photo", TINY_PNG),
    "video": ("video", MP4),
    "round video": ("video_note", MP4),
    "animation": ("animation", MP4),
    "voice": ("voice", OGG),
    "audio": ("audio", OGG),
    "document": ("document", PDF),
    "sticker": ("sticker", WEBP),
}
ONLY_ON_TELEGRAM = ("round video",)
NAMES = {
    "photo": "picture",
    "image": "picture",
    "video_note": "round video",
    "contacts": "contact",
    "venue": "place with its name",
}
STYLES = (
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "code",
    "pre",
    "blockquote",
    "text_link",
)
WORD = "word"


class Trial:
    """One customer on one channel with an open request, and the staff."""

    def __init__(self, shop: Shop, channel: str) -> None:
        self.shop, self.channel = shop, channel
        self.customer: Customer = shop.customer(channel, f"Anna on {channel}")
        self.card: Message

    async def begin(self) -> "Trial":
        self.card = await self.shop.hands_over(self.customer)
        await self.shop.rests()
        return self

    def received(self) -> list[Read]:
        if isinstance(self.customer, TelegramUser):
            return [one for one in self.customer.chat.shown() if one.from_bot]
        return list(self.customer.received)  # type: ignore[attr-defined]

    async def to_customer(self, act: Callable[[], object]) -> list[Read]:
        """What the customer gets of it."""
        before = len(self.received())
        act()
        await self.shop.rests()
        return self.received()[before:]

    async def to_desk(self, act: Callable[[], object]) -> list[Message]:
        before = len(self.shop.desk.shown())
        act()
        await self.shop.rests(timeout=20)
        return [one for one in self.shop.desk.shown()[before:] if one.from_bot]

    async def answered(self, words: str) -> tuple[Message, Any]:
        mine = self.shop.staff.says(words, to=self.shop.desk, reply_to=self.card)
        got = await self.customer.reads(words)
        await self.shop.rests()
        return mine, got


def kind_of(message: Read) -> str:
    kind = message.kind if isinstance(message, Message) else message.type
    if kind == "audio" and not isinstance(message, Message) and message.part.get("voice"):
        return "voice"
    return NAMES.get(kind, kind)


def seen(messages: list[Any]) -> str:
    if not messages:
        return "no"
    kinds = [kind_of(message) for message in messages]
    if isinstance(messages[0], Message) and messages[0].album:
        return "an album"
    return kinds[0] if len(kinds) == 1 else f"{len(kinds)} messages, in order"


async def files(trial: Trial, kind: str) -> tuple[str, str]:
    known, content = FILES[kind]
    there = "–"
    if kind not in ONLY_ON_TELEGRAM or trial.channel == "telegram":
        there = seen(await trial.to_desk(lambda: trial.customer.sends(known, content)))
    here = await trial.to_customer(lambda: trial.shop.staff.sends(known, content, reply_to=trial.card))
    return there, seen(here)


async def albums(trial: Trial) -> tuple[str, str]:
    two = [("photo", TINY_PNG), ("photo", TINY_PNG)]
    there = await trial.to_desk(lambda: trial.customer.sends_album(two))  # type: ignore[attr-defined]
    here = await trial.to_customer(lambda: trial.shop.staff.sends_album(two, reply_to=trial.card))
    return seen(there), seen(here)


async def places(trial: Trial) -> tuple[str, str]:
    there = await trial.to_desk(lambda: trial.customer.shares_location(59.3, 18.0))
    here = await trial.to_customer(lambda: trial.shop.staff.shares_location(59.3, 18.0, reply_to=trial.card))
    return seen(there), seen(here)


async def cards(trial: Trial) -> tuple[str, str]:
    there = await trial.to_desk(lambda: trial.customer.shares_contact("46705550000", "Berit"))
    here = await trial.to_customer(
        lambda: trial.shop.staff.shares_contact("46705550000", "Berit", reply_to=trial.card)
    )
    return seen(there), seen(here)


async def polls(trial: Trial) -> tuple[str, str]:
    customer = trial.customer
    if isinstance(customer, TelegramUser):
        there = await trial.to_desk(lambda: customer.asks_poll("Which?", ["A", "B"]))
    else:
        there = await trial.to_desk(lambda: customer.sends_unsupported())  # type: ignore[attr-defined]
    here = await trial.to_customer(
        lambda: trial.shop.staff.asks_poll("Which?", ["A", "B"], reply_to=trial.card)
    )
    told = "its kind alone" if "cannot be shown here" in there[-1].text else "its words"
    return told, "its words" if here and "Which?" in here[0].text else "no"


async def quotes(trial: Trial) -> tuple[str, str]:
    mine, ours = await trial.answered("Small or large?")
    (copy,) = await trial.to_desk(lambda: trial.customer.says("Large", reply_to=ours))
    asked = trial.received()[-1]
    (got,) = await trial.to_customer(lambda: trial.shop.staff.says("Good", to=trial.shop.desk, reply_to=copy))
    assert asked is not got
    return yes(copy.reply_to == mine.id), yes(bool(got.reply_to))


async def edits(trial: Trial) -> tuple[str, str]:
    said = trial.customer.says(f"Olso by {trial.channel}")
    copy = await trial.shop.copy(f"Olso by {trial.channel}")
    trial.customer.edits(said, "Oslo")
    await trial.shop.rests()
    mine, ours = await trial.answered("At nein")
    trial.shop.staff.edits(mine, "At nine")
    await trial.shop.rests()
    note = trial.shop.desk.shown()[-1]
    offered = any("correction" in button.text for button in note.buttons)
    return yes("Oslo" in copy.text), "yes" if ours.text == "At nine" else "a correction" if offered else "no"


async def taking_back(trial: Trial) -> tuple[str, str]:
    there = "the platform does not tell"
    if trial.channel == "whatsapp":
        said = trial.customer.says("My card is 4111")
        await trial.shop.copy("4111")
        notes = await trial.to_desk(lambda: trial.customer.deletes(said))  # type: ignore[attr-defined]
        there = "marked" if "took this message back" in notes[-1].text else "no"
    mine, ours = await trial.answered("The wrong price")
    trial.shop.staff.says("/delete", to=trial.shop.desk, reply_to=mine)
    await trial.shop.rests()
    return there, "yes, 48 hours long" if getattr(ours, "deleted", False) else "only before it leaves"


async def reactions(trial: Trial) -> tuple[str, str]:
    said = trial.customer.says(f"Painted by {trial.channel}")
    copy = await trial.shop.copy(f"Painted by {trial.channel}")
    _, ours = await trial.answered("How nice")
    notes = await trial.to_desk(lambda: trial.customer.reacts(ours, "❤"))
    trial.shop.staff.reacts(copy, "❤")
    await trial.shop.rests()
    return yes("reacted with ❤" in notes[-1].text, "a line of the bot's"), yes("❤" in str(said.reactions))


async def fates(trial: Trial) -> tuple[str, str]:
    """How far staff see their reply come."""
    customer = trial.customer
    if not isinstance(customer, TelegramUser):
        customer.opens()  # type: ignore[attr-defined]
    mine, _ = await trial.answered("Here")
    await trial.shop.rests()
    far = {"👍": "delivered", "👀": "read"}[trial.shop.sign_on(mine)]
    return "–", far


async def styles(trial: Trial, style: str) -> tuple[str, str]:
    mark: dict[str, object] = {"type": style, "offset": 0, "length": len(WORD)}
    mark |= {"url": "https://nordmobler.example/"} if style == "text_link" else {}
    (got,) = await trial.to_customer(
        lambda: trial.shop.staff.says(WORD, to=trial.shop.desk, reply_to=trial.card, entities=[mark])
    )
    if isinstance(got, Message):
        return "–", yes(bool(got.entities))
    quoted = f"`` {got.text} ``" if "`" in got.text else f"`{got.text}`"
    return "–", quoted if got.text != WORD else "as plain words"


def yes(is_so: bool, how: str = "yes") -> str:
    return how if is_so else "no"


Row = Callable[[Trial], Awaitable[tuple[str, str]]]
ROWS: dict[str, Row] = {
    **{kind: lambda trial, kind=kind: files(trial, kind) for kind in FILES},  # type: ignore[misc]
    "album": albums,
    "location": places,
    "contact": cards,
    "poll": polls,
    "quote": quotes,
    "edit": edits,
    "taken back": taking_back,
    "reaction": reactions,
    "how far it came": fates,
    **{style.replace("_", " "): lambda trial, style=style: styles(trial, style) for style in STYLES},  # type: ignore[misc]
}


async def table(shop: Shop) -> str:
    trials = [await Trial(shop, channel).begin() for channel in CHANNELS]
    lines = [
        "| what | from a customer on Telegram | … on WhatsApp | to a customer on Telegram | … on WhatsApp |",
        "|---|---|---|---|---|",
    ]
    for name, row in ROWS.items():
        (there, here), (there_too, here_too) = [await row(trial) for trial in trials]
        lines.append(f"| {name} | {there} | {there_too} | {here} | {here_too} |")
    return "\n".join([*lines, "", *limits(shop)]) + "\n"


def limits(shop: Shop) -> list[str]:
    lines = ["| limit | Telegram | WhatsApp |", "|---|---|---|"]
    known = [shop.running.business.channels[channel].limits for channel in CHANNELS]
    for name, what in (
        ("text", "characters in one message; more is cut where a reader would"),
        ("caption", "characters under a file; more follows it as a message"),
        ("album", "files in one album"),
        ("buttons", "buttons"),
        ("window_hours", "hours for free replies after the customer's last message; 0: always"),
    ):
        lines.append(f"| {what} | {getattr(known[0], name):,} | {getattr(known[1], name):,} |")
    return lines


async def test_the_page_says_what_each_channel_carries(shop: Shop) -> None:
    produced = await table(shop)
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    written, _, after = rest.partition(END)
    if os.environ.get(WRITE):
        PAGE.write_text(f"{before}{BEGIN}{produced}{END}{after}", "utf-8")
    else:
        assert written == produced, f"{WRITE}=1 writes the page anew"
