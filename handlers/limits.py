"""What strangers may take of us."""

import sys
from dataclasses import dataclass, replace
from typing import Final

if sys.platform != "win32":
    import resource

OWN_FILES: Final = 256


@dataclass(frozen=True, slots=True)
class Limits:
    """What strangers may take: seconds, bytes and connections."""

    connections: int = 2_000
    """In all; when they are used up, those who dawdle go, the longest first, and a newcomer gets in."""
    connections_of_one: int = 500
    """Of one address (of IPv6: one /64)."""
    head_seconds: float = 10.0
    """From the connection, or the last answer, until the next request's head is complete."""
    known_seconds: float = 75.0
    """The same where a post was taken before: the platforms keep their connections."""
    body_seconds: float = 10.0
    body_bytes_per_second: int = 16 * 1024
    """Who sends at least so much may take longer."""
    unread_seconds: float = 10.0
    """How long our answers may lie unread."""
    body_bytes: int = 4 * 1024 * 1024
    """Meta posts up to 3 MB."""
    sweep_seconds: float = 1.0
    health_seconds: float = 5.0
    """Longer the health page waits for nobody."""

    def affordable(self) -> "Limits":
        """With no more connections than the system lets us have files, less our own."""
        if sys.platform == "win32":
            return self
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if files == resource.RLIM_INFINITY:
            return self
        return replace(self, connections=max(OWN_FILES // 2, min(self.connections, files - OWN_FILES)))
