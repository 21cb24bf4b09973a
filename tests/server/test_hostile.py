"""Signed nonsense: every body that the rules of `hostile` make is taken, kept where it can be seen, and harms nobody."""

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.webhook import understand
from tests.server.hostile import TELEGRAM, WHATSAPP, Json, bodies
from tests.server.wire import Line, post
from tests.shop import SECRET, Shop

PER_REQUEST = 50
GOOD: dict[str, Json] = {"telegram": TELEGRAM, "whatsapp": WHATSAPP}


def all_bodies(way: str) -> list[bytes]:
    return list(dict.fromkeys(bodies(GOOD[way], "Hello")))


def signed(shop: Shop, way: str, body: bytes) -> bytes:
    if way == "telegram":
        return post("/telegram/webhook", body, f"X-Telegram-Bot-Api-Secret-Token: {SECRET}")
    digest = hmac.new(shop.whatsapp.app_secret.encode(), body, hashlib.sha256).hexdigest()
    return post("/whatsapp/webhook", body, f"X-Hub-Signature-256: sha256={digest}")


def shares(found: list[bytes]) -> Iterator[list[bytes]]:
    yield from (found[at : at + PER_REQUEST] for at in range(0, len(found), PER_REQUEST))


def test_there_are_more_than_three_hundred_of_each() -> None:
    assert min(len(all_bodies(way)) for way in GOOD) > 300


@pytest.mark.timeout(300)
@pytest.mark.parametrize("way", GOOD)
async def test_signed_nonsense_is_taken_and_kept_and_harms_nobody(
    way: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Shop(tmp_path) as shop:
        found = all_bodies(way)
        for share in shares(found):
            line = await Line.to(shop.running.server.port)
            for body in share:
                line.say(signed(shop, way, body))
                assert (await line.hears()).status == 200, body[:200]
            await line.close()
        channel = shop.running.business.channels[way]
        keys = {item.key for body in found for item in understand(channel, body)}
        rows = await shop.rows("SELECT key, state, error FROM updates WHERE channel = :way", way=way)
        assert keys <= {row["key"] for row in rows}
        odd = [row["error"] for row in rows if row["state"] == "quarantined"]
        assert len(odd) > 100
        assert all(odd)
        await shop.rests(120)
        anna = shop.customer(way, "Anna")
        anna.says("How long does delivery take?")
        await anna.reads("working days")
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
