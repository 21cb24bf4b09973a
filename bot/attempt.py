"""One attempt to deliver: claim it, call the platform, and write down what came of it."""

import logging
import random
from collections import Counter

from bot import content as contents
from bot.business import Business
from bot.channel import RoomMovedAway, SendLater, SendRefused, SendUnsure
from bot.desk import mending, receipts, standing, topics
from bot.outbound import Priority
from bot.spending import Spending
from bot.update import Reason
from storage import budgets, copies, deliveries
from storage.database import Statements, StorageUnavailable
from storage.records import Claim, Delivery, Queued

log = logging.getLogger(__name__)

LEASE_MILLISECONDS = 180_000
"""Longer than the longest upload; who dies is noticed sooner by other means."""
REPEATABLE = ("edit", "react", "take_back", "close_topic", "name_topic")
"""Doing these twice does no harm, so an unsure outcome is simply tried again; so it is with what only
staff read: a card that comes twice is better than none."""
STATUS_WAIT_MILLISECONDS = 20_000
"""How long a platform that reports progress may take to tell us of an unsure send."""
MOST_DOUBTS = 1
"""An unsure message is repeated once, and said so on its record."""
MOST_DESK_DOUBTS = 5
MOST_MENDS = 4
STUMBLE_SECONDS, FIRST_PAUSE_SECONDS = 1.0, 1.0
LONGEST_PAUSE_SECONDS = 300.0
TROUBLE_AFTER = 3
"""So many failed calls in a row, and the whole channel pauses."""
DESK_WAITS = (Reason.ROOM_GONE, Reason.RIGHTS_MISSING)
"""At the desk these can be mended by its admin: what is for it waits."""
DESK_PAUSE_SECONDS = 60.0
LONG_HOLD_SECONDS = 60.0
"""What a platform asks for beyond this is remembered over a restart."""
TOLD_HOLD_SECONDS = 1.0
"""And beyond this it is told to the other processes, if there may be any."""


def is_message(delivery: Queued) -> bool:
    """Whether it costs one of a room's messages."""
    return delivery.action == "say"


def is_urgent(delivery: Queued) -> bool:
    return delivery.priority <= Priority.WORD


class Attempt:
    def __init__(self, business: Business, spending: Spending) -> None:
        self._business, self._spending = business, spending
        self._asked: dict[tuple[str, str], float] = {}
        """Until when a platform told us to wait, by channel and room; an empty room is the whole channel."""
        self._guessed: dict[tuple[str, str], float] = {}
        """Until when we wait by our own judgement, because calls kept failing."""
        self._failures: dict[str, list[str]] = {}
        """The rooms of the calls that failed in a row, by channel."""
        self._mended: Counter[int] = Counter()
        """How often a delivery's topic was mended."""
        self._in_flight: set[int] = set()
        self._broken: set[int] = set()
        """Attempts that broke and are not on record as that yet: nobody knows how far they had come."""
        self._patience = business.settings.delivery.give_up_after_hours * 3_600_000
        """Milliseconds that a message to a customer may wait; what is for the desk waits for it."""

    def held_until(self, channel: str, room: str) -> float:
        """The monotonic second until which nothing may go to the room; 0 for no such."""
        if not self._asked and not self._guessed:
            return 0.0
        now = self._business.clock.monotonic()
        until = 0.0
        for holds in (self._asked, self._guessed):
            for key in ((channel, ""), (channel, room)):
                if holds.get(key, now) < now:
                    del holds[key]
                until = max(until, holds.get(key, 0.0))
        return until

    def forget_guesses(self, channel: str) -> None:
        """Something at the channel is mended: what we held back by guess may go, what it asked for may not."""
        self._guessed = {key: until for key, until in self._guessed.items() if key[0] != channel}
        self._failures.pop(channel, None)

    def new_claim(self) -> Claim:
        return Claim(self._business.process, self._business.clock.now() + LEASE_MILLISECONDS)

    def take_up_holds(self, holds: list[tuple[str, str, float]]) -> None:
        """What a platform asked for before the start still holds: channel, room, until which monotonic second."""
        self._asked |= {(channel, room): until for channel, room, until in holds}

    async def make(self, queued: Queued, claimed: Delivery | None = None) -> int | None:
        """None when the delivery came to its end, else when it is due again. It may be claimed already."""
        if queued.id in self._broken:
            return await self.stumble(queued.id)
        self._in_flight.add(queued.id)
        try:
            delivery = claimed or await self._claim(queued)
            return await self._make(delivery) if isinstance(delivery, Delivery) else delivery
        except Exception:
            self._broken.add(queued.id)
            raise
        finally:
            self._in_flight.discard(queued.id)

    async def _claim(self, queued: Queued) -> Delivery | int | None:
        """It, ours to send; or when it may be tried again; or None when it need not be sent by us."""
        claim = self.new_claim()
        message, urgent = is_message(queued), is_urgent(queued)

        async def work(tx: Statements) -> Delivery | int | None:
            await self._spending.in_turn(tx, queued.channel, queued.room)
            # Its lane is ours while we ask, so that a claim of ours is one whose commit we heard nothing of.
            delivery = await deliveries.claim(tx, queued.id, claim, ours_again=True)
            if delivery is None:
                return None
            room = delivery.room
            wait = await self._spending.spend(tx, queued.channel, room, message=message, urgent=urgent)
            if wait <= 0:
                return delivery
            due_at = self._business.clock.now() + int(wait * 1000)
            await deliveries.put_off(
                tx, delivery, due_at=due_at, detail=delivery.detail, doubt=False, counted=False
            )
            return due_at

        try:
            return await self._business.db.transaction(work)
        except StorageUnavailable as error:
            log.error("delivery %s waits for a second: %s", queued.id, error)
            return self._soon()

    async def _make(self, delivery: Delivery) -> int | None:
        now = self._business.clock.now()
        if delivery.role == "reply" and now - delivery.created_at > self._patience:
            return await self._give_up(delivery, Reason.EXPIRED, delivery.detail)
        try:
            remote_ids = await self._call(delivery)
        except SendLater as later:
            self._count(delivery, "later")
            return await self._later(delivery, later)
        except SendUnsure as unsure:
            self._count(delivery, "unsure")
            return await self._unsure(delivery, str(unsure), answered=unsure.answered)
        except SendRefused as refused:
            self._count(delivery, "refused", refused.reason)
            return await self._refused(delivery, refused)
        except RoomMovedAway as moved:
            self._count(delivery, "moved")
            await standing.move_room(self._business, delivery.channel, delivery.room, moved.to)
            return await self._again(delivery, 0, f"the group moved to {moved.to}", counted=False)
        self._failures.pop(delivery.channel, None)
        self._mended.pop(delivery.id, None)
        self._count(delivery, "sent")
        # What came of a call is written down in any case: without it we would repeat the call.
        await self._business.insist(lambda tx: receipts.sent(tx, self._business, delivery, remote_ids))
        return None

    def _count(self, delivery: Delivery, result: str, reason: str = "") -> None:
        figures = self._business.figures
        figures.sends[delivery.channel, result, reason] += 1
        if result == "sent" and delivery.role == "reply" and delivery.action == "say":
            now, by_bot = self._business.clock.monotonic(), delivery.ticket_id is None
            figures.answer(delivery.channel, delivery.room, now, by_bot=by_bot)

    async def take_up_interrupted(self) -> None:
        """Sends whose process died in the middle: nobody can know whether they arrived."""
        left = await deliveries.interrupted(self._business.db, self._business.clock.now())
        for delivery in left:
            if delivery.id not in self._in_flight:
                await self._doubt(delivery, "the bot was stopped in the middle of the call", STUMBLE_SECONDS)

    async def stumble(self, delivery_id: int) -> int | None:
        """Something that nobody foresaw broke an attempt; nobody knows how far it had come."""
        delivery = await deliveries.find(self._business.db, delivery_id)
        due_at: int | None = self._soon()
        if delivery and delivery.state == "sending" and delivery.taken_by == self._business.process:
            due_at = await self._doubt(delivery, "the bot stumbled in mid-call", STUMBLE_SECONDS)
        self._broken.discard(delivery_id)
        return due_at

    def _soon(self) -> int:
        return self._business.clock.now() + int(STUMBLE_SECONDS * 1000)

    async def _call(self, delivery: Delivery) -> tuple[str, ...]:
        channel = self._business.channels.get(delivery.channel)
        if channel is None:
            raise SendLater(DESK_PAUSE_SECONDS, "the channel is off", whole_channel=True)
        content = contents.from_json(delivery.content)
        if delivery.action == "say":
            thread, reply_to = await self._place(delivery)
            return await channel.send(
                delivery.room, content, thread=thread, reply_to=reply_to, tracker=str(delivery.id)
            )
        target = await mending.target_of(self._business.db, delivery)
        if delivery.action == "react":
            await channel.react(delivery.room, target, content.text)
        elif delivery.action == "edit":
            await channel.edit(delivery.room, target, content)
        elif delivery.action == "take_back":
            await channel.take_back(delivery.room, target)
        elif delivery.action == "name_topic":
            await topics.rename(self._business, delivery.room, target, content)
        else:
            await standing.close_topic(self._business, delivery.room, target)
        return ()

    async def _place(self, delivery: Delivery) -> tuple[str, str]:
        """The topic, and the message to answer. A ticket's place at the desk is known only now."""
        if delivery.ticket_id is None or not self._business.desk.is_here(delivery.channel, delivery.room):
            return delivery.thread, delivery.reply_to
        thread = await standing.thread_of(self._business, delivery.ticket_id, delivery.room)
        if delivery.reply_to or thread or delivery.role == "card":
            return thread, delivery.reply_to
        card = await copies.card_of(self._business.db, delivery.ticket_id, delivery.room)
        return thread, card.remote_id if card else ""

    async def _later(self, delivery: Delivery, later: SendLater) -> int | None:
        if later.seconds is None:
            self._note_failure(delivery.channel, delivery.room)
            return await self._again(delivery, self._backoff(delivery), later.detail)
        room = "" if later.whole_channel else delivery.room
        self._hold(self._asked, delivery.channel, room, later.seconds)
        if later.seconds > (TOLD_HOLD_SECONDS if self._business.db.shared else LONG_HOLD_SECONDS):
            until = self._business.clock.now() + int(later.seconds * 1000)
            await self._business.insist(lambda tx: budgets.hold(tx, delivery.channel, room, until))
        return await self._again(delivery, later.seconds, later.detail, counted=False)

    async def _unsure(self, delivery: Delivery, detail: str, *, answered: bool = False) -> int | None:
        self._note_failure(delivery.channel, delivery.room)
        if answered:
            return await self._again(delivery, self._backoff(delivery), detail)
        return await self._doubt(delivery, detail, self._backoff(delivery))

    async def _doubt(self, delivery: Delivery, detail: str, seconds: float) -> int | None:
        """It may have arrived. What harms nobody is repeated; a message to a customer once, after a platform
        that reports progress had time to report this one."""
        if delivery.action in REPEATABLE or (delivery.role != "reply" and delivery.doubts < MOST_DESK_DOUBTS):
            return await self._again(delivery, seconds, detail, doubt=True)
        if delivery.doubts >= MOST_DOUBTS:
            return await self._give_up(delivery, Reason.UNCONFIRMED, detail)
        channel = self._business.channels.get(delivery.channel)
        reports = channel is not None and channel.echoes_tracker
        wait = STATUS_WAIT_MILLISECONDS / 1000 if reports else seconds
        return await self._again(delivery, wait, detail, doubt=True)

    async def _refused(self, delivery: Delivery, refused: SendRefused) -> int | None:
        at_desk = self._business.desk.is_here(delivery.channel, delivery.room)
        is_lost = at_desk and refused.reason is Reason.TOPIC_GONE and delivery.action == "say"
        if is_lost and self._mended[delivery.id] < MOST_MENDS:
            self._mended[delivery.id] += 1
            return await self._in_mended_topic(delivery, refused.detail)
        if at_desk and refused.reason in DESK_WAITS and delivery.action == "say":
            await standing.look(self._business)
            self._hold(self._guessed, delivery.channel, delivery.room, DESK_PAUSE_SECONDS)
            return await self._again(delivery, DESK_PAUSE_SECONDS, refused.reason, counted=False)
        return await self._give_up(delivery, refused.reason, refused.detail)

    async def _in_mended_topic(self, delivery: Delivery, detail: str) -> int | None:
        try:
            if delivery.ticket_id:
                await standing.mend_topic(self._business, delivery.ticket_id)
        except SendLater as later:
            return await self._later(delivery, later)
        except SendUnsure as unsure:
            return await self._again(delivery, self._backoff(delivery), str(unsure))
        return await self._again(delivery, 0, detail)

    async def _give_up(self, delivery: Delivery, reason: Reason, detail: str) -> int | None:
        log.warning("delivery %s by %s ended: %s", delivery.id, delivery.channel, reason)
        self._mended.pop(delivery.id, None)

        await self._business.insist(lambda tx: receipts.ended(tx, self._business, delivery, reason, detail))
        return None

    async def _again(
        self, delivery: Delivery, seconds: float, detail: str, *, counted: bool = True, doubt: bool = False
    ) -> int | None:
        """When it is due again; None when the platform told meanwhile what became of it."""
        due_at = self._business.clock.now() + int(seconds * 1000)
        waits = await self._business.insist(
            lambda tx: deliveries.put_off(
                tx, delivery, due_at=due_at, detail=detail, doubt=doubt, counted=counted
            )
        )
        return due_at if waits else None

    def _backoff(self, delivery: Delivery) -> float:
        pause: float = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(delivery.attempts - 1, 12))
        return pause * random.uniform(0.5, 1.0)

    def _hold(self, holds: dict[tuple[str, str], float], channel: str, room: str, seconds: float) -> None:
        until = self._business.clock.monotonic() + seconds
        holds[channel, room] = max(until, holds.get((channel, room), 0.0))
        if not room:
            self._business.figures.held_until[channel] = holds[channel, room]

    def _note_failure(self, channel: str, room: str) -> None:
        """One broken call is that message's; several in a row are their room's, or of several rooms the platform's."""
        rooms = self._failures.setdefault(channel, [])
        rooms.append(room)
        if len(rooms) >= TROUBLE_AFTER:
            pause = min(
                LONGEST_PAUSE_SECONDS / 5, FIRST_PAUSE_SECONDS * 2.0 ** min(len(rooms) - TROUBLE_AFTER, 6)
            )
            everybody = len(set(rooms)) > 1
            self._hold(self._guessed, channel, "" if everybody else room, pause * random.uniform(0.5, 1.0))
