"""How far Meta says our messages have come, and with what bad habits it says so."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.faults import pause
from sandbox.whatsapp.customer import WhatsAppCustomer
from sandbox.whatsapp.errors import Refused
from sandbox.whatsapp.payloads import Json, status
from sandbox.whatsapp.phone import PhoneMessage

if TYPE_CHECKING:
    from sandbox.whatsapp.emulator import WhatsAppEmulator


RANK = ("accepted", "sent", "delivered", "read", "played", "failed")


@dataclass(slots=True)
class Habits:
    """Changed freely while the emulator runs."""

    on: bool = True
    """Off: nothing is told by itself; `progress` still does."""
    order: Sequence[str] = ("sent", "delivered")
    doubled: bool = False
    together: bool = False
    """All in one post."""
    before_answer: bool = False
    """Told before our own call is answered."""
    pause_seconds: float = 0.02
    contacts: bool = False
    """With the contacts array, as newer payloads have it."""
    echo: bool = True
    """With our `biz_opaque_callback_data`."""


class Statuses:
    def __init__(self, emulator: "WhatsAppEmulator", closing: asyncio.Event) -> None:
        self.emulator, self._closing = emulator, closing
        self.habits = Habits()
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, customer: WhatsAppCustomer, message: PhoneMessage) -> None:
        """Tell of an accepted message; returns at once, unless told before the answer."""
        if not self.habits.on and not message.error:
            return
        if self.habits.before_answer:
            await self._tell(customer, message)
            await self.emulator.webhook.settled()
            return
        task = asyncio.create_task(self._tell(customer, message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def settled(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)

    def progress(self, customer: WhatsAppCustomer, message: PhoneMessage, *steps: str, code: int = 0) -> None:
        """Post that `message` has come so far; several steps go in one post."""
        told = [self._item(customer, message, step, code) for step in steps]
        message.status = max(message.status, *steps, key=RANK.index)
        message.error = code
        message.arrived = message.arrived and steps[-1] != "failed"
        value: Json = {"contacts": [customer.contact()]} if self.habits.contacts else {}
        for _ in range(2 if self.habits.doubled else 1):
            self.emulator.post_values([value | {"statuses": told}], f"statuses of {customer.key}")
        self.emulator.pulse.beat()

    async def _tell(self, customer: WhatsAppCustomer, message: PhoneMessage) -> None:
        steps = self._steps(customer, message)
        if self.habits.together and steps:
            steps = [tuple(step for group in steps for step in group)]
        for group in steps:
            if not self.habits.before_answer:
                await pause(self.habits.pause_seconds, self._closing)
            self.progress(customer, message, *group, code=message.error)
        if customer.looking and message.arrived and message.status != "read":
            self.progress(customer, message, "read")

    def _steps(self, customer: WhatsAppCustomer, message: PhoneMessage) -> list[tuple[str, ...]]:
        if message.error:
            return [("failed",)]
        if customer.has_blocked == "silently":
            return [(step,) for step in self.habits.order if step == "sent"]
        return [(step,) for step in self.habits.order]

    def _item(self, customer: WhatsAppCustomer, message: PhoneMessage, step: str, code: int) -> Json:
        return status(
            message.id,
            step,
            int(self.emulator.now()),
            phone=customer.phone,
            user_id=customer.user_id,
            tracker=message.tracker if self.habits.echo else "",
            category=message.category,
            errors=[Refused(code or 131000).in_status] if step == "failed" else (),
        )
