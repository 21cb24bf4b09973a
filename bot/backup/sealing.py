"""Encrypts a file as it is written: frames of AES-256-GCM that cannot be cut off, changed or put in another order."""

import io
import os
import struct
import zlib
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bot.backup.trouble import BackupRefused

MAGIC = b"SVARSEAL1\n"
SALT_BYTES, PROOF_BYTES = 16, 16
HEAD_BYTES = len(MAGIC) + SALT_BYTES + PROOF_BYTES + 4
"""The magic word, the salt, a proof that the key is the right one, and a checksum of the three."""
FRAME_BYTES = 64 * 1024
TAG_BYTES = 16
LAST = 1 << 31
"""Set in a frame's length when no other follows."""
SCRYPT_COST, SCRYPT_BLOCK = 2**15, 8


class Sealed(io.RawIOBase):
    """Takes what is written, and leaves it encrypted in `file`; closing it writes the last frame."""

    def __init__(self, file: BinaryIO, key: str) -> None:
        salt = os.urandom(SALT_BYTES)
        secret, proof = _derive(key, salt)
        head = MAGIC + salt + proof
        self._head = head + struct.pack(">I", zlib.crc32(head))
        self._file, self._cipher = file, AESGCM(secret)
        self._waiting, self._number = bytearray(), 0
        file.write(self._head)

    def writable(self) -> bool:
        return True

    def write(self, content: bytes, /) -> int:  # type: ignore[override]
        self._waiting += content
        while len(self._waiting) > FRAME_BYTES:
            self._put(bytes(self._waiting[:FRAME_BYTES]), 0)
            del self._waiting[:FRAME_BYTES]
        return len(content)

    def close(self) -> None:
        if not self.closed:
            self._put(bytes(self._waiting), LAST)
        super().close()

    def _put(self, content: bytes, last: int) -> None:
        length = struct.pack(">I", len(content) | last)
        self._file.write(length + self._cipher.encrypt(_nonce(self._number), content, self._head + length))
        self._number += 1


class Unsealed(io.RawIOBase):
    """Reads what `Sealed` wrote. Raises BackupRefused: the wrong key, or not what was written."""

    def __init__(self, file: BinaryIO, key: str) -> None:
        head = file.read(HEAD_BYTES)
        if len(head) < HEAD_BYTES or struct.pack(">I", zlib.crc32(head[:-4])) != head[-4:]:
            raise BackupRefused("is damaged at its beginning")
        if not key:
            raise BackupRefused("is encrypted: set BACKUP_KEY to the key it was made with")
        salt = head[len(MAGIC) : len(MAGIC) + SALT_BYTES]
        secret, proof = _derive(key, salt)
        if proof != head[len(MAGIC) + SALT_BYTES : -4]:
            raise BackupRefused("was made with another key than the one in BACKUP_KEY")
        self._file, self._head, self._cipher = file, head, AESGCM(secret)
        self._waiting, self._number, self._ended = b"", 0, False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        while not self._waiting and not self._ended:
            self._waiting = self._next()
        taken = self._waiting[: len(buffer)]
        buffer[: len(taken)] = taken
        self._waiting = self._waiting[len(taken) :]
        return len(taken)

    def _next(self) -> bytes:
        length = self._file.read(4)
        number = int.from_bytes(length, "big")
        size = (number & ~LAST) + TAG_BYTES
        frame = self._file.read(size) if size <= FRAME_BYTES + TAG_BYTES else b""
        if len(length) < 4 or len(frame) < size:
            raise BackupRefused("is damaged: it ends too early")
        self._ended = bool(number & LAST)
        if self._ended and self._file.read(1):
            raise BackupRefused("is damaged: something stands behind its end")
        try:
            content = self._cipher.decrypt(_nonce(self._number), frame, self._head + length)
        except InvalidTag as error:
            raise BackupRefused("is damaged, or was changed") from error
        self._number += 1
        return content


def is_sealed(beginning: bytes) -> bool:
    return beginning.startswith(MAGIC)


def _nonce(number: int) -> bytes:
    """Each file has a key of its own, so counting its frames is enough."""
    return number.to_bytes(12, "big")


def _derive(key: str, salt: bytes) -> tuple[bytes, bytes]:
    """The key for the frames, and the proof: knowing the one does not help to the other."""
    made = Scrypt(salt=salt, length=32 + PROOF_BYTES, n=SCRYPT_COST, r=SCRYPT_BLOCK, p=1).derive(key.encode())
    return made[:32], made[32:]
