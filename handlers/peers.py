"""Who is at the other end of a connection, as far as we may believe it."""

import ipaddress
from collections.abc import Sequence

from multidict import CIMultiDictProxy

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

FORWARDED = "X-Forwarded-For"
SUBSCRIBER_BITS = 64
"""Of IPv6: what one subscriber has is one stranger."""


def networks(written: Sequence[str]) -> tuple[Network, ...]:
    """Raises ValueError."""
    return tuple(map(ipaddress.ip_network, written))


def group_of(address: str) -> str:
    """Whom the address belongs to: itself, or its /64; empty for what is none."""
    found = _parsed(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(found) >> SUBSCRIBER_BITS << SUBSCRIBER_BITS, SUBSCRIBER_BITS)))
    return str(found or "")


def is_among(address: str, trusted: Sequence[Network]) -> bool:
    found = _parsed(address)
    return found is not None and any(found in network for network in trusted)


def client_of(headers: CIMultiDictProxy[str], trusted: Sequence[Network]) -> str:
    """Whom a trusted proxy speaks for: the last one in its list that is not trusted itself.

    Whatever stands further left was written by that one, and proves nothing."""
    hops = ",".join(headers.getall(FORWARDED, [])).split(",")
    for hop in map(str.strip, reversed(hops)):
        if not is_among(hop, trusted):
            return group_of(hop)
    return ""


def _parsed(address: str) -> Address | None:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found
