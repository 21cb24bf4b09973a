"""What the bot says, told as soon as a platform has taken it, which is before the bot hears of that."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.shop import Shop


@contextmanager
def heard(shop: Shop, hear: Callable[[str], None]) -> Iterator[None]:
    """`hear(room)` for each message that is taken from here on."""
    telegram, whatsapp = shop.telegram, shop.whatsapp
    seen = [len(telegram.calls), len(whatsapp.calls)]

    def at_telegram() -> None:
        fresh, seen[0] = telegram.calls[seen[0] :], len(telegram.calls)
        for call in fresh:
            if call.method == "sendMessage" and call.accepted:
                hear(str(call.params.whole("chat_id")))

    def at_whatsapp() -> None:
        fresh, seen[1] = whatsapp.calls[seen[1] :], len(whatsapp.calls)
        for call in fresh:
            if call.name == "messages" and call.status == 200:
                hear(str(call.subject.get("to")))

    ends = [telegram.on_change(at_telegram), whatsapp.on_change(at_whatsapp)]
    try:
        yield
    finally:
        for end in ends:
            end()
