"""Files of our own that leave with a message: what snippets attach, and pictures that are drawn when they leave."""

import asyncio
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from bot.business import Business
from bot.channel import SendRefused
from bot.content import Media, MediaKind
from bot.knowledge.articles import Unreadable
from bot.knowledge.folder import SNIPPETS, read_bytes
from bot.update import Reason

HERE = "here"
"""The `channel` of such a file; its `ref` is a kind and a name, as "snippets/prices.pdf"."""
MOST_BYTES = 20_000_000
_KINDS = {
    "image/jpeg": MediaKind.PICTURE,
    "image/png": MediaKind.PICTURE,
    "video/mp4": MediaKind.VIDEO,
    "audio/mpeg": MediaKind.AUDIO,
    "audio/ogg": MediaKind.VOICE,
}
Fetch = Callable[[Business, str], Awaitable[bytes]]


def media(path: Path, ref: str) -> Media:
    """The file as a message carries it."""
    mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    kind = _KINDS.get(mime, MediaKind.DOCUMENT)
    return Media(kind, ref, HERE, name=path.name, mime=mime, size=path.stat().st_size)


async def fetch(business: Business, media: Media, most: int, fetches: Mapping[str, Fetch]) -> bytes:
    """Raises as `Channel.fetch`."""
    kind, _, name = media.ref.partition("/")
    if kind not in fetches:
        raise SendRefused(Reason.MEDIA_GONE, "no such file of ours")
    content = await fetches[kind](business, name)
    if len(content) > most:
        raise SendRefused(Reason.TOO_LARGE, f"{len(content)} bytes")
    return content


async def snippet_file(business: Business, name: str) -> bytes:
    root = business.settings.knowledge.folder / SNIPPETS
    try:
        return await asyncio.to_thread(read_bytes, root / name, root, MOST_BYTES)
    except Unreadable as error:
        raise SendRefused(Reason.MEDIA_GONE, str(error)) from None
