"""Customers ask, and are answered from the knowledge base in their language."""

import pytest

from tests.shop import UNKNOWN, Customer, Shop, received


async def test_x(shop: Shop, anna: Customer) -> None:
    card = await shop.hands_over(anna)
    shop.staff.says("No, sorry.", to=shop.desk, reply_to=card)
    await anna.reads("sorry")
    await shop.rests()
