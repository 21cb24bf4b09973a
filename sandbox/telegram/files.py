"""Files that Telegram keeps: what is uploaded gets an id, and an id can be sent again."""

import base64
import hashlib
import itertools
import mimetypes
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.errors import bad

Json = dict[str, Any]

DOWNLOAD_MAX = 20 * 1024 * 1024
PHOTO_MAX = 10 * 1024 * 1024
PICTURE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF", b"BM")
KEPT_MAX = 200

TINY_PNG = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)

MIME = {
    "photo": "image/jpeg",
    "voice": "audio/ogg",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "video_note": "video/mp4",
    "animation": "video/mp4",
    "document": "application/octet-stream",
    "sticker": "image/webp",
}
_FOLDERS = {"voice": "voice", "audio": "music", "sticker": "stickers", "animation": "animations"}
_SIZED = {"width": 320, "height": 240}
_SHAPES: dict[str, Json] = {
    "photo": _SIZED,
    "voice": {"duration": 3},
    "audio": {"duration": 180},
    "video": {**_SIZED, "duration": 5},
    "video_note": {"length": 240, "duration": 5},
    "animation": {**_SIZED, "duration": 2},
    "document": {},
    "sticker": {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False},
}
_NAMED = frozenset(("audio", "video", "animation", "document"))
_MIMED = _NAMED | {"voice"}


@dataclass(frozen=True, slots=True)
class File:
    """`size` is bytes as Telegram tells it: a test may claim 30 MB without bringing them."""

    id: str
    unique_id: str
    kind: str
    name: str
    mime: str
    size: int
    path: str
    content: bytes = field(repr=False)


@dataclass(slots=True)
class Files:
    """`bounded` keeps the last 200 only."""

    bounded: bool = False
    by_id: dict[str, File] = field(default_factory=dict)
    by_path: dict[str, File] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def keep(self, kind: str, content: bytes, name: str = "", mime: str = "", size: int = 0) -> File:
        number = next(self._numbers)
        mark = hashlib.blake2b(f"{kind}{number}".encode(), digest_size=36).digest()
        mime = mime or mimetypes.guess_type(name)[0] or MIME[kind]
        ending = mimetypes.guess_extension(mime) or ".bin"
        file = File(
            id="BQAC" + base64.urlsafe_b64encode(mark).decode(),
            unique_id="AgAD" + base64.urlsafe_b64encode(mark[:9]).decode(),
            kind=kind,
            name=name or (f"{kind}{ending}" if kind in _NAMED else ""),
            mime=mime,
            size=size or len(content),
            path=f"{_FOLDERS.get(kind, kind + 's')}/file_{number}{ending}",
            content=content,
        )
        self.by_id[file.id] = self.by_path[file.path] = file
        if self.bounded and len(self.by_id) > KEPT_MAX:
            self.forget(next(iter(self.by_id)))
        return file

    def forget(self, file_id: str) -> None:
        """From now on the id is wrong, as after a file is taken down."""
        del self.by_path[self.by_id.pop(file_id).path]

    def get(self, file_id: str) -> File:
        """Raises Refusal for an id that was never given out."""
        file = self.by_id.get(file_id)
        if file is None:
            raise bad("wrong remote file identifier specified: can't unserialize it. Wrong last symbol")
        return file

    def fields(self, kind: str, file: File) -> Json:
        """What a message with this file carries, as `{"photo": […]}`."""
        media: Json = {"file_id": file.id, "file_unique_id": file.unique_id, "file_size": file.size}
        media |= _SHAPES[kind]
        if kind in _NAMED and file.name:
            media["file_name"] = file.name
        if kind in _MIMED:
            media["mime_type"] = file.mime
        if kind == "photo":
            return {"photo": [self._thumbnail(file), media]}
        if kind == "animation":
            document = {key: media[key] for key in media if key not in ("width", "height", "duration")}
            return {"animation": media, "document": document}
        return {kind: media}

    def _thumbnail(self, file: File) -> Json:
        """The small size that comes first in every photo; the same bytes under an id of their own."""
        small = File(
            f"{file.id}s",
            f"{file.unique_id}s",
            "photo",
            "",
            file.mime,
            file.size,
            f"{file.path}s",
            file.content,
        )
        self.by_id.setdefault(small.id, small)
        self.by_path.setdefault(small.path, small)
        return {
            "file_id": small.id,
            "file_unique_id": small.unique_id,
            "file_size": min(small.size, 1000),
            "width": 90,
            "height": 68,
        }


def check_upload(kind: str, content: bytes) -> None:
    """Raises Refusal for what Telegram does not take as this kind."""
    if not content:
        raise bad("file must be non-empty")
    if kind != "photo":
        return
    if len(content) > PHOTO_MAX:
        limit = f"the maximum size is {PHOTO_MAX} bytes"
        raise bad(f"file of size {len(content)} bytes is too big for a photo; {limit}")
    if not content.startswith(PICTURE_STARTS):
        raise bad("IMAGE_PROCESS_FAILED")
