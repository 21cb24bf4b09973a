"""Each kind of proposal with what it says and does."""

from bot.desk import teaching, wording
from bot.desk.proposals import Kinds

KINDS: Kinds = {"snippet": wording.SNIPPET, "draft": wording.DRAFT, "lesson": teaching.LESSON}
