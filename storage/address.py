"""Where a PostgreSQL is, as `storage.url` tells it."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

SCHEMES = ("postgresql", "postgres")
SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,59}")
DEFAULT_PORT = 5432


def is_postgres(url: str) -> bool:
    return url.partition("://")[0] in SCHEMES and "://" in url


@dataclass(frozen=True, slots=True)
class Address:
    dsn: str
    """For asyncpg; holds the password."""
    schema: str
    """Empty: the role's own, `public` as a rule."""
    user: str
    password: str
    place: str
    """For people: `host:port/database`, without who and with what password."""


def read_address(url: str) -> Address:
    """`postgresql://user:password@host:port/database?schema=name`. Raises ValueError with what is wrong.

    No sentence holds any part of the address: a piece of the password could be anywhere in a broken one."""
    if "@" in url.partition("://")[2].partition("?")[0].partition("/")[2] or "#" in url:
        raise ValueError("in the user's name or password, / is written %2F, @ %40 and # %23")
    try:
        parts = urlsplit(url)
        _ = parts.port if "," not in parts.netloc else None
    except ValueError:
        raise ValueError("is no address like postgresql://user:password@host:5432/database") from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    schema = options.pop("schema", "")
    if schema and (not SCHEMA.fullmatch(schema) or schema.startswith("pg_")):
        raise ValueError("the schema's name must be of a-z, 0-9 and _, a letter first")
    dsn = urlunsplit(("postgresql", parts.netloc, parts.path, urlencode(options), ""))
    return Address(
        dsn=dsn,
        schema=schema,
        user=unquote(parts.username or options.get("user", "")),
        password=unquote(parts.password or options.get("password", "")),
        place=f"{_hosts(parts.netloc, options)}/{unquote(parts.path.lstrip('/'))}",
    )


def _hosts(netloc: str, options: dict[str, str]) -> str:
    hosts = netloc.rpartition("@")[2] or options.get("host", "localhost")
    if hosts.startswith("/") or ":" in hosts or "," in hosts:
        return hosts
    return f"{hosts}:{options.get('port', DEFAULT_PORT)}"
