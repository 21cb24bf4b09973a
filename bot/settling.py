"""What a turn leaves behind besides words: what is kept in mind, who was told who answers, which choice was picked."""

from collections.abc import Sequence

from bot.business import Business
from bot.reply import Reply, Turn, introduction
from storage import conversations, messages
from storage.conversations import INTRODUCED, TO_BE_INTRODUCED
from storage.database import Statements
from storage.records import Conversation, Update


def introduces(conversation: Conversation, taken: Sequence[Update]) -> bool:
    """This turn is to tell who answers: nobody did, and it is the one that began the conversation, or a later one."""
    by = conversation.introduced_by
    return conversation.holder == "bot" and (
        by == TO_BE_INTRODUCED or any(update.id == by for update in taken)
    )


def lead_of(business: Business, turn: Turn, reply: Reply) -> str:
    """What is said before a hand-over that is the first thing a customer reads."""
    if not turn.introduces or reply.says:
        return ""
    return introduction(business, turn.language)


async def keep(
    tx: Statements, business: Business, conversation: Conversation, turn: Turn, reply: Reply
) -> None:
    """Nothing is written after an ordinary answer: the record of it stands on the answer itself."""
    for words in reply.says:
        if words.found is not None:
            business.figures.questions[words.found.outcome] += 1
    if conversation.holder == "staff":
        return
    if reply.ask_person is not None:
        business.figures.questions["escalated"] += reply.found is not None
    elif reply.mind != turn.mind:
        await conversations.keep_in_mind(tx, conversation.id, reply.mind.written(business.clock.now()))
    if reply.picked is not None:
        await messages.judge(tx, *reply.picked)
    if turn.introduces:
        await _note_introduction(tx, conversation, told=bool(reply.says or reply.ask_person))


async def _note_introduction(tx: Statements, conversation: Conversation, *, told: bool) -> None:
    """The row that began the conversation says already that its turn tells it: only what differs is written."""
    was_due = conversation.introduced_by == TO_BE_INTRODUCED
    if told == was_due:
        await conversations.introduce(tx, conversation.id, INTRODUCED if told else TO_BE_INTRODUCED)
