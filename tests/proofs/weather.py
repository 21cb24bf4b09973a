"""Everything that the platforms and the model can do to us, an episode each."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.faults import EVERY, WEBHOOK, Fault, Faults, Rude
from sandbox.openai import OpenAIEmulator
from sandbox.telegram.group import Topic
from sandbox.telegram.user import TelegramUser
from sandbox.whatsapp.customer import WhatsAppCustomer
from tests.crash.load import Load
from tests.shop import Shop

PAGE = b"<html><head><title>Bad day</title></head><body>nginx</body></html>"
LONGEST_PAUSE = 10_072.0
"""What Telegram has been seen to ask for."""
PICTURE = b"\xff\xd8\xff\xe0 a picture"


@dataclass(slots=True)
class Sky:
    shop: Shop
    load: Load
    model: OpenAIEmulator
    dice: random.Random

    def clear(self) -> None:
        """As on a good day, on which webhooks come twice and answers to them get lost all the same."""
        for at, faults in enumerate((self.shop.telegram.faults, self.shop.whatsapp.faults)):
            faults.calm()
            faults.random(
                self.dice.randrange(10**6) + at, 0.05, [Rude.DUPLICATE, Rude.UNHEARD], names=[WEBHOOK]
            )
        self.model.faults.calm()

    @property
    def telegram(self) -> Faults:
        return self.shop.telegram.faults

    @property
    def whatsapp(self) -> Faults:
        return self.shop.whatsapp.faults

    def sometimes(self, faults: Faults, share: float, *kinds: Fault | Rude, names: tuple[str, ...]) -> None:
        faults.random(self.dice.randrange(10**6), share, kinds, names=names)

    def at_desk(self, call: Any) -> bool:
        return str(call.get("chat_id")) == str(self.shop.desk.id)

    def topics(self) -> list[Topic]:
        return [topic for topic in self.shop.desk.topics.values() if not topic.deleted]

    def somebody(self, kind: type[TelegramUser] | type[WhatsAppCustomer]) -> Any:
        return self.dice.choice([one for one in self.load.customers if isinstance(one, kind)])


Work = Callable[[Sky], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Episode:
    """`deaf`: nobody at the desk can be reached meanwhile. `when` says to which kind of shop it can happen."""

    work: Work
    seconds: float
    deaf: bool = False
    when: Callable[[Shop], bool] = lambda shop: True


def scripted(act: Callable[[Sky], object]) -> Work:
    """What is over when the script is cleared."""

    @asynccontextmanager
    async def work(sky: Sky) -> AsyncIterator[None]:
        act(sky)
        yield
        sky.clear()

    return work


@asynccontextmanager
async def unreachable(sky: Sky) -> AsyncIterator[None]:
    port = int(sky.shop.telegram.url.rpartition(":")[2])
    await sky.shop.telegram.stop()
    yield
    await sky.shop.telegram.start(port)


@asynccontextmanager
async def put_out(sky: Sky) -> AsyncIterator[None]:
    desk = sky.shop.desk
    desk.remove_bot(sky.shop.staff)
    yield
    desk.add_bot(sky.shop.staff, admin=True)


@asynccontextmanager
async def demoted(sky: Sky) -> AsyncIterator[None]:
    sky.shop.desk.mute_bot(sky.shop.staff)
    yield
    sky.shop.desk.promote_bot(sky.shop.staff)


@asynccontextmanager
async def upgraded(sky: Sky) -> AsyncIterator[None]:
    sky.shop.desk = sky.shop.desk.upgrade(sky.shop.staff)
    sky.load.look_from_here()
    yield


@asynccontextmanager
async def whatsapp_token_revoked(sky: Sky) -> AsyncIterator[None]:
    token, sky.shop.whatsapp.access_token = sky.shop.whatsapp.access_token, "another"
    yield
    sky.shop.whatsapp.access_token = token


@asynccontextmanager
async def odd_statuses(sky: Sky) -> AsyncIterator[None]:
    habits = sky.shop.whatsapp.habits
    habits.doubled, habits.order, habits.together = (
        True,
        ("read", "delivered", "sent"),
        sky.dice.random() < 0.5,
    )
    sky.sometimes(sky.whatsapp, 0.4, Fault.reorder(5), Fault.delay(20), names=(WEBHOOK,))
    yield
    habits.doubled, habits.order, habits.together = False, ("sent", "delivered"), False
    sky.clear()


@asynccontextmanager
async def told_late(sky: Sky) -> AsyncIterator[None]:
    """131047 and 131026 only as a failed status, long after the 200."""
    for code in (131047, 131026, 131000, 131056, 130429):
        sky.shop.whatsapp.fail_next(code)
        await asyncio.sleep(5)
    yield


@asynccontextmanager
async def media_gone(sky: Sky) -> AsyncIterator[None]:
    customer = sky.somebody(WhatsAppCustomer)
    message = customer.sends("image", PICTURE, caption="Is this one broken?", mime="image/jpeg")
    sky.shop.whatsapp.shelf.remove(message.media_id)
    yield


def delete_topic(sky: Sky) -> None:
    for topic in sky.topics()[-2:]:
        sky.shop.desk.delete_topic(topic)


def close_topic(sky: Sky) -> None:
    for topic in sky.topics()[-2:]:
        sky.shop.desk.close_topic(topic, sky.shop.staff)


def refuse(*codes: int) -> Callable[[Sky], None]:
    def act(sky: Sky) -> None:
        for code in codes:
            sky.shop.whatsapp.refuse_next(code)

    return act


def long_pause(sky: Sky) -> None:
    """Telegram wants nothing for one customer for nearly three hours."""
    chat = str(sky.somebody(TelegramUser).id)
    asked = Fault.status(429, retry_after=LONGEST_PAUSE)
    sky.telegram.next("sendMessage", asked, when=lambda call: str(call.get("chat_id")) == chat)


def group_pause(seconds: float) -> Callable[[Sky], None]:
    def act(sky: Sky) -> None:
        asked = Fault.status(429, retry_after=seconds)
        sky.telegram.next("sendMessage", asked, when=sky.at_desk)

    return act


AFTER_ACCEPTANCE = (Fault.reset_after(), Fault.cut(), Fault.hang(90))
STUMBLES = (Fault.status(500), Fault.status(502), Fault.reset_before(), Fault.hang(4))
"""None that lets a call arrive late: whoever counts when calls leave cannot keep a pace on arrival then."""
TELEGRAM_SENDS, WHATSAPP_SENDS = ("sendMessage", "createForumTopic"), ("messages",)

EPISODES: dict[str, Episode] = {
    "Telegram wants a pause of 35 s for the group": Episode(scripted(group_pause(35)), 75, deaf=True),
    "Telegram wants a pause of 10,072 s for a customer": Episode(scripted(long_pause), 60),
    "Telegram answers 429 and not for how long": Episode(
        scripted(lambda sky: sky.sometimes(sky.telegram, 0.3, Fault.status(429), names=TELEGRAM_SENDS)), 90
    ),
    "Telegram answers 502 to everything": Episode(
        scripted(lambda sky: sky.telegram.go_down()), 120, deaf=True
    ),
    "Telegram stumbles": Episode(
        scripted(lambda sky: sky.sometimes(sky.telegram, 0.3, *STUMBLES, names=TELEGRAM_SENDS)), 120
    ),
    "Telegram takes messages and does not say so": Episode(
        scripted(lambda sky: sky.sometimes(sky.telegram, 0.2, *AFTER_ACCEPTANCE, names=TELEGRAM_SENDS)), 120
    ),
    "Telegram answers with a page": Episode(
        scripted(lambda sky: sky.telegram.always(EVERY, Fault.status(503, body=PAGE))), 100, deaf=True
    ),
    "Telegram cannot be reached": Episode(unreachable, 110, deaf=True),
    "Telegram's token is revoked": Episode(
        scripted(lambda sky: sky.telegram.always(EVERY, Fault.status(401))), 150, deaf=True
    ),
    "Telegram hears another poll": Episode(
        scripted(lambda sky: sky.telegram.always("getUpdates", Fault.status(409))),
        90,
        deaf=True,
        when=lambda shop: shop.delivery == "polling",
    ),
    "a topic is deleted": Episode(scripted(delete_topic), 60, when=lambda shop: shop.forum),
    "a topic is closed": Episode(scripted(close_topic), 60, when=lambda shop: shop.forum),
    "the bot is put out of the group": Episode(put_out, 120, deaf=True),
    "the bot may not write in the group": Episode(demoted, 90, deaf=True),
    "the group is upgraded": Episode(upgraded, 60, when=lambda shop: shop.desk.type == "group"),
    "WhatsApp answers 5xx": Episode(scripted(lambda sky: sky.whatsapp.go_down()), 120),
    "WhatsApp stumbles": Episode(
        scripted(lambda sky: sky.sometimes(sky.whatsapp, 0.3, *STUMBLES, names=WHATSAPP_SENDS)), 120
    ),
    "WhatsApp takes messages and does not say so": Episode(
        scripted(lambda sky: sky.sometimes(sky.whatsapp, 0.3, *AFTER_ACCEPTANCE, names=WHATSAPP_SENDS)), 120
    ),
    "WhatsApp answers with a page": Episode(
        scripted(lambda sky: sky.whatsapp.always(EVERY, Fault.status(503, body=PAGE))), 90
    ),
    "WhatsApp wants a pause": Episode(scripted(refuse(131056, 130429, 131056, 130429)), 60),
    "WhatsApp stumbles by code": Episode(scripted(refuse(131000, 131016, 131000)), 60),
    "WhatsApp refuses for good": Episode(scripted(refuse(131047, 131026)), 60),
    "WhatsApp tells of failures late": Episode(told_late, 60),
    "WhatsApp's token is revoked": Episode(whatsapp_token_revoked, 150),
    "WhatsApp's statuses are doubled and shuffled": Episode(odd_statuses, 120),
    "a picture is gone at WhatsApp": Episode(media_gone, 60),
    "the model is slow": Episode(scripted(lambda sky: sky.model.faults.always(EVERY, Fault.slow(30))), 120),
    "the model is down": Episode(scripted(lambda sky: sky.model.faults.go_down()), 120),
    "the model answers nonsense": Episode(
        scripted(lambda sky: sky.model.faults.always(EVERY, Fault.status(200, body=PAGE))), 60
    ),
}
LAST = Episode(scripted(group_pause(LONGEST_PAUSE)), LONGEST_PAUSE, deaf=True)
"""Telegram wants nothing for the group for nearly three hours."""
