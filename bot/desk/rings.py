"""What each kind of timer does when it is due."""

from collections.abc import Mapping

from bot.desk import broadcast, drafts, due, proving, teaching
from bot.desk.due import Ring
from storage.desk_records import TimerKind

RINGS: Mapping[TimerKind, Ring] = {
    "later": due.later,
    "remind": due.remind,
    "snooze": due.snooze,
    "draft": drafts.draw_up,
    "lesson": teaching.offer,
    "proof": proving.prove,
    "broadcast": broadcast.go_on,
}
