"""Which files of our own a message may carry, and who brings each."""

from collections.abc import Mapping

from bot.desk import digest
from bot.local_files import Fetch, snippet_file

FETCHES: Mapping[str, Fetch] = {"snippets": snippet_file, digest.SHELF: digest.picture}
