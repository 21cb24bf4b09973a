"""Each kind of proposal with what it says and does."""

from bot.desk import wording
from bot.desk.proposals import Kinds

KINDS: Kinds = {"snippet": wording.SNIPPET, "draft": wording.DRAFT}
