"""Sends one message: fetches its files, drops refused formatting, leaves nothing in the wrong topic."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from bot.channel import SendLater, SendRefused, SendUnsure
from bot.content import Content, Media, MediaKind
from bot.update import Reason
from handlers.channels.telegram_errors import BadEntities, unreadable
from handlers.channels.telegram_line import TelegramLine
from handlers.channels.telegram_write import (
    Call,
    Parameters,
    Source,
    Upload,
    calls_for,
    destination,
    edit_call,
    number,
    plain,
    upload,
)

log = logging.getLogger(__name__)

UPLOAD_MOST: Final = 50 * 1024 * 1024
PHOTO_MOST: Final = 10 * 1024 * 1024

FetchForeign = Callable[[Media, int], Awaitable[bytes]]
"""Gets the bytes, at most so many, of a file at another channel. Raises as `Channel.fetch`."""


async def no_foreign_files(media: Media, most: int) -> bytes:
    raise SendRefused(Reason.MEDIA_REFUSED, f"nobody can fetch a file of {media.channel}")


@dataclass(frozen=True, slots=True)
class Target:
    room: str
    thread: str
    reply_to: str


async def send(
    line: TelegramLine, fetch_foreign: FetchForeign, target: Target, content: Content
) -> tuple[str, ...]:
    """The remote ids. A picture that Telegram does not take as one goes as a document."""
    if not content.media:
        return await _send(line, target, content, ())
    content = replace(content, media=tuple(_as_telegram_takes(media) for media in content.media))
    sources = [await _source(media, fetch_foreign) for media in content.media]
    try:
        return await _send(line, target, content, sources)
    except SendRefused as refusal:
        if refusal.reason != Reason.MEDIA_REFUSED or not _is_uploaded_picture(content, sources):
            raise
        document = replace(content.media[0], kind=MediaKind.DOCUMENT)
        return await _send(line, target, replace(content, media=(document,)), sources)


async def edit(line: TelegramLine, room: str, remote_id: str, content: Content) -> None:
    """Saying what the message already says is fine; its formatting goes where it is refused."""
    where = {"chat_id": number(room), "message_id": number(remote_id)}
    try:
        await _ask(line, room, where, edit_call(content), lambda: edit_call(plain(content)))
    except SendRefused as refusal:
        if "message is not modified" not in refusal.detail.lower():
            raise


async def take_back(line: TelegramLine, room: str, remote_id: str) -> None:
    """Telegram lets a bot do so for 48 hours; what somebody else deleted is as it should be."""
    where = {"chat_id": number(room), "message_id": number(remote_id)}
    try:
        await line.ask("deleteMessage", where, room)
    except SendRefused as refusal:
        if "can't be deleted" in refusal.detail.lower():
            raise SendRefused(Reason.NOT_DELETABLE, refusal.detail) from None
        if refusal.reason != Reason.TARGET_GONE:
            raise


async def _source(media: Media, fetch_foreign: FetchForeign) -> Source:
    if media.channel == "telegram":
        return media.ref
    most = PHOTO_MOST if media.kind == MediaKind.PICTURE else UPLOAD_MOST
    return upload(media, await fetch_foreign(media, most))


def _as_telegram_takes(media: Media) -> Media:
    large = media.kind == MediaKind.PICTURE and media.channel != "telegram" and media.size > PHOTO_MOST
    return replace(media, kind=MediaKind.DOCUMENT) if large else media


def _is_uploaded_picture(content: Content, sources: Sequence[Source]) -> bool:
    kinds = [media.kind for media in content.media]
    return kinds == [MediaKind.PICTURE] and isinstance(sources[0], Upload)


async def _send(
    line: TelegramLine, target: Target, content: Content, sources: Sequence[Source]
) -> tuple[str, ...]:
    """Where one message needs more than one call, a later failure must not repeat what is there already."""
    sent: list[str] = []
    for at, call in enumerate(calls_for(content, sources)):
        try:
            bare = partial(_bare_call, content, sources, at)
            sent += await _deliver(line, target, call, bare)
        except SendLater as later:
            if sent:
                raise SendUnsure(f"only a part was sent: {later.detail}") from later
            raise
    return tuple(sent)


def _bare_call(content: Content, sources: Sequence[Source], at: int) -> Call:
    return calls_for(plain(content), sources)[at]


async def _deliver(line: TelegramLine, target: Target, call: Call, bare: Callable[[], Call]) -> list[str]:
    where = destination(target.room, target.thread, target.reply_to)
    answer = await _ask(line, target.room, where, call, bare)
    messages = answer if isinstance(answer, list) else [answer]
    try:
        ids = [str(message["message_id"]) for message in messages]
        strayed = target.thread and any(_thread(message) != target.thread for message in messages)
    except (LookupError, TypeError, AttributeError) as error:
        raise unreadable(error) from error
    if strayed:
        await _take_back(line, target.room, ids)
        raise SendRefused(Reason.TOPIC_GONE, "Telegram put the message outside the topic")
    return ids


async def _ask(line: TelegramLine, room: str, where: Parameters, call: Call, bare: Callable[[], Call]) -> Any:
    """`bare` is the same without formatting."""
    try:
        return await line.ask(call.method, where | call.parameters, room)
    except BadEntities as refusal:
        log.warning("telegram: formatting refused, going on without: %s", refusal.reason)
        plainer = bare()
        return await line.ask(plainer.method, where | plainer.parameters, room)


def _thread(message: dict[str, Any]) -> str:
    return str(message.get("message_thread_id", ""))


async def _take_back(line: TelegramLine, room: str, ids: Sequence[str]) -> None:
    for remote_id in ids:
        await line.attempt("deleteMessage", {"chat_id": int(room), "message_id": int(remote_id)})
