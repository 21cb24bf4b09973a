"""Holds what happened against the promises: each check returns the sentences in which it is broken."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.crash.evidence import OLD, Database, Ledger, Row, Send, lost, sends_at
from tests.crash.front import Front
from tests.crash.load import Load, StaffReply, words_on_phone
from tests.shop import Shop

ARRIVED = ("sent", "delivered", "read")
EXAMPLES = 5
"""So many sentences of one kind are shown; the rest is counted."""


@dataclass(slots=True)
class Verdict:
    figures: dict[str, int] = field(default_factory=dict)
    broken: dict[str, list[str]] = field(default_factory=dict)
    """By promise; an empty list is a promise that was kept."""

    @property
    def kept(self) -> bool:
        return not any(self.broken.values())

    def check(self, promise: str, sentences: Iterable[str]) -> None:
        self.broken.setdefault(promise, []).extend(sentences)

    def lines(self) -> Iterator[str]:
        width = max(map(len, [*self.figures, *self.broken]), default=0)
        for name, figure in self.figures.items():
            yield f"{name:{width}}  {figure:>8,}"
        yield ""
        for promise, sentences in self.broken.items():
            yield f"{promise:{width}}  {len(sentences):>8,}{'' if sentences else '  kept'}"
            yield from (f"    {sentence}" for sentence in sentences[:EXAMPLES])


Excuse = Callable[[Row], bool]
"""Whether a delivery that failed for good had to, and whoever must know was told."""


def judge(
    shop: Shop, front: Front, load: Load, database: Database, excused: Excuse = lambda say: False
) -> Verdict:
    verdict = Verdict()
    with Ledger(database) as ledger:
        sends, says = list(sends_at(shop)), ledger.says()
        _count(verdict, load, front, ledger)
        stored = ledger.stored()
        verdict.check("acknowledged updates lost", sorted(lost(front.acknowledged, stored)))
        verdict.check("updates with two effects", _two_effects(ledger, stored, load))
        verdict.check("customers left without answer or ticket", _left_alone(ledger))
        verdict.check("deliveries that did not arrive", _not_arrived(says, sends, excused))
        repeats, unexplained = _repeats(says, sends)
        verdict.figures |= {"sends accepted": len(sends), "sends repeated, on record as doubted": repeats}
        verdict.check("sends repeated without a doubt on record", unexplained)
        topics, unexplained = _topics(shop, ledger)
        verdict.figures["topics opened twice, on record as doubted"] = topics
        verdict.check("topics opened twice without a doubt on record", unexplained)
        verdict.check(
            "staff replies that did not reach their customer", _replies_lost(shop, load, _told(ledger))
        )
        verdict.check("words inside the desk that got out", _leaks(load))
        verdict.check("rooms out of order", [*_order_out(says, sends), *_order_in(ledger)])
    return verdict


def _count(verdict: Verdict, load: Load, front: Front, ledger: Ledger) -> None:
    verdict.figures |= {
        "customers' messages": load.said,
        "staff's replies": len(load.replies),
        "posts tried": front.posts,
        "updates acknowledged": len(front.acknowledged),
        "tickets": ledger.count("SELECT count(*) FROM tickets"),
        "deliveries": ledger.count(f"SELECT count(*) FROM deliveries WHERE room NOT LIKE '{OLD}'"),
        "deliveries left uncertain": ledger.count(
            "SELECT count(*) FROM deliveries WHERE state = 'uncertain'"
        ),
    }


def _two_effects(ledger: Ledger, stored: "Counter[str]", load: Load) -> Iterator[str]:
    yield from (f"{one} is stored {times} times" for one, times in stored.items() if times > 1)
    for row in ledger.rows(
        "SELECT update_id, count(*) AS n FROM messages WHERE update_id IS NOT NULL GROUP BY update_id"
        " HAVING count(*) > 1"
    ):
        yield f"update {row['update_id']} became {row['n']} messages"
    said = _marks_in(ledger.rows("SELECT content AS text FROM messages WHERE author <> 'bot'"))
    asked = _marks_in(ledger.rows("SELECT question AS text FROM tickets"))
    marks = [*load.marks_said, *(reply.mark for reply in load.replies)]
    for mark in marks:
        if said[mark] > 1 or asked[mark] > 1:
            yield f"{mark} became {said[mark]} messages and {asked[mark]} tickets"


def _marks_in(rows: list[Row]) -> "Counter[str]":
    words = (word.strip(",:?") for row in rows for word in row["text"].replace('"', " ").split())
    return Counter(word for word in words if word[1:].isdecimal())


def _left_alone(ledger: Ledger) -> Iterator[str]:
    """Each customer's message is in a ticket, or somebody said something after it."""
    for row in ledger.rows(
        "SELECT id, conversation_id FROM messages AS asked WHERE author = 'customer' AND ticket_id IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM messages AS later WHERE later.conversation_id = asked.conversation_id"
        " AND later.id > asked.id AND later.author <> 'customer')"
    ):
        yield f"message {row['id']} of conversation {row['conversation_id']}"
    for row in ledger.rows("SELECT id, state, error FROM updates WHERE state NOT IN ('done', 'kept')"):
        yield f"update {row['id']} is {row['state']} {row['error']}"


def _not_arrived(says: list[Row], sends: list[Send], excused: Excuse) -> Iterator[str]:
    accepted = {(send.channel, send.remote_id, send.room) for send in sends}
    seen = {_name(send.channel, send.room, send.tracker or send.subject) for send in sends}
    for say in says:
        name = f"delivery {say['id']} ({say['role']}) to {say['channel']}"
        if say["state"] == "uncertain" and say["doubts"]:
            # A reply's author or a person was told; of a card or a customer's message nobody is.
            if say["role"] in ("card", "copy") and _name(say["channel"], say["room"], _mark(say)) not in seen:
                yield f"{name} is uncertain, and the desk never saw it"
            continue
        if say["state"] not in ARRIVED and excused(say):
            continue
        if say["state"] not in ARRIVED:
            yield f"{name} is {say['state']} {say['reason']} {say['detail']}"
        elif (say["channel"], say["remote_id"], say["room"]) not in accepted:
            yield f"{name} is {say['state']}, and the platform knows nothing of it"


def _repeats(says: list[Row], sends: list[Send]) -> tuple[int, list[str]]:
    """How many sends too many there were that a doubt explains, and a sentence for each that none does.

    A send is a delivery's by the id on its row, or else, as nobody heard the answer, by what it says."""
    known = {(say["channel"], say["room"], say["remote_id"]) for say in says}
    extra = Counter(
        _name(send.channel, send.room, send.tracker or send.subject)
        for send in sends
        if (send.channel, send.room, send.remote_id) not in known
    )
    allowed: Counter[str] = Counter()
    for say in says:
        given_up = say["state"] == "uncertain" and not say["remote_id"]
        allowed[_name(say["channel"], say["room"], _mark(say))] += say["doubts"] + given_up
    unexplained = [
        f"{name}: {times} more than the row tells, {allowed[name]} doubted"
        for name, times in extra.items()
        if times > allowed[name]
    ]
    return sum(min(times, allowed[name]) for name, times in extra.items()), unexplained


def _mark(say: Row) -> str:
    return str(say["id"]) if say["channel"] == "whatsapp" else str(say["subject"])


def _name(channel: str, room: str, mark: str) -> str:
    return f"{channel} {room} {mark[:120]!r}"


def _topics(shop: Shop, ledger: Ledger) -> tuple[int, list[str]]:
    standing = (topic for topic in shop.desk.topics.values() if not topic.deleted)
    opened = Counter(topic.name.split()[0] for topic in standing)
    doubts = {
        row["number"]: row["doubts"]
        for row in ledger.rows(
            "SELECT number, sum(doubts) AS doubts FROM tickets JOIN deliveries ON ticket_id = tickets.id GROUP BY number"
        )
    }
    twice = {number: times - 1 for number, times in opened.items() if times > 1}
    unexplained = [
        f"{number} has {times + 1} topics" for number, times in twice.items() if times > doubts[number]
    ]
    return sum(twice.values()), unexplained


def _replies_lost(shop: Shop, load: Load, told: set[int]) -> Iterator[str]:
    """It stands on the customer's phone, or whoever wrote it was told that it does not."""
    phones = {id(customer): "\n".join(words_on_phone(customer)) for customer in load.customers}
    told = {message.reply_to for message in shop.desk.shown() if message.from_bot} | told
    for reply in load.replies:
        if reply.mark in phones[id(reply.customer)] or reply.message.id in told:
            continue
        yield f"{reply.mark} to {reply.customer.name}, under message {reply.message.reply_to}{_fate(shop, reply)}"


def _told(ledger: Ledger) -> set[int]:
    """The staff's messages under which it was said what became of them, though that may be gone since."""
    notes = ledger.rows("SELECT reply_to FROM deliveries WHERE role = 'note' AND remote_id <> ''")
    return {int(note["reply_to"]) for note in notes if note["reply_to"]}


def _fate(shop: Shop, reply: StaffReply) -> str:
    """Helps whoever reads the sentence: whether what was replied to stands there a second time."""
    topic, text = reply.target.topic, reply.target.text
    twins = [m.id for m in shop.desk.shown() if m.from_bot and m.text == text and m.topic == topic]
    return f", which stands there as {twins}" if len(twins) > 1 else ""


def _leaks(load: Load) -> Iterator[str]:
    for customer in load.customers:
        words = "\n".join(words_on_phone(customer))
        yield from (f"{customer.name} reads {note}" for note in load.notes if note in words)
        for reply in load.replies:
            if reply.customer is not customer and reply.mark in words:
                yield f"{customer.name} reads {reply.mark}, which is for {reply.customer.name}"


def _order_out(says: list[Row], sends: list[Send]) -> Iterator[str]:
    """Within a lane the platform accepted the deliveries in the order of their ids."""
    rooms: dict[str, list[int]] = defaultdict(list)
    for send in sends:
        if send.tracker and int(send.tracker) not in rooms[send.room]:
            rooms[send.room].append(int(send.tracker))
    for say in says:
        if say["channel"] == "telegram" and say["remote_id"]:
            rooms[f"{say['lane']} in {say['room']}"].append(int(say["remote_id"]))
    yield from (f"to {room}: {pair}" for room, ids in rooms.items() for pair in _falling(ids))


def _order_in(ledger: Ledger) -> Iterator[str]:
    """Telegram tells one chat's messages in order, so they stand on record in order."""
    told: dict[str, list[int]] = defaultdict(list)
    for row in ledger.rows(
        "SELECT room, remote_id FROM messages JOIN copies ON message_id = messages.id AND role = 'origin'"
        f" WHERE channel = 'telegram' AND author = 'customer' AND room NOT LIKE '{OLD}' ORDER BY messages.id"
    ):
        told[row["room"]].append(int(row["remote_id"]))
    yield from (f"from {room}: {pair}" for room, ids in told.items() for pair in _falling(ids))


def _falling(ids: list[int]) -> Iterator[tuple[int, int]]:
    return ((one, two) for one, two in itertools.pairwise(ids) if one > two)
