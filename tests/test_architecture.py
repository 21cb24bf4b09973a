"""The rooms: who may look into whom, who may know which library, and how long a file may get."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "handlers", "storage")
LONGEST = 320
FILES = [str(path.relative_to(ROOT)) for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]

WIRING = ("bot/app.py", "bot/__main__.py", "bot/check.py")
ALLOWED_IN = {  # a module, and the only places that may import it
    "handlers": ("handlers/", *WIRING),
    "bot": ("bot/", "handlers/"),
    "sandbox": ("bot/__main__.py",),  # the command that starts it
    "telegram": ("handlers/channels/",),
    "pywa": ("handlers/channels/",),
    "aiohttp.web": ("handlers/",),
    "openai": ("bot/ai/",),
    "apscheduler": ("bot/jobs.py",),
    "aiosqlite": ("storage/",),
    "asyncpg": ("storage/",),
    "sqlite3": ("storage/",),
    "prometheus_client": ("handlers/metric_families.py",),
    "sentry_sdk": ("handlers/sentry.py",),
    "opentelemetry": ("handlers/tracing.py",),
}
SQL = re.compile(
    r"\b(SELECT\b.+\bFROM|INSERT (OR \w+ )?INTO|UPDATE\b.+\bSET|DELETE FROM|CREATE TABLE)\b", re.DOTALL
)


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, anywhere in the file; `from a import b` as `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def words(tree: ast.AST) -> Iterator[str]:
    return (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@pytest.mark.parametrize("file", FILES)
def test_a_file_keeps_to_its_room(file: str) -> None:
    source = (ROOT / file).read_text(encoding="utf-8")
    tree = ast.parse(source)
    trespasses = [
        f"imports {name}"
        for name in imports(tree)
        for module, places in ALLOWED_IN.items()
        if f"{name}.".startswith(f"{module}.") and not file.startswith(places)
    ]
    if not file.startswith("storage/"):
        trespasses += [f"speaks SQL: {text[:40]}" for text in words(tree) if SQL.search(text)]
    if len(source.splitlines()) > LONGEST:
        trespasses.append(f"is longer than {LONGEST} lines: two ideas")
    if source.strip() and not ast.get_docstring(tree):
        trespasses.append("does not say why it exists")
    assert trespasses == []


@pytest.mark.parametrize("file", FILES)
def test_nothing_is_global_but_constants(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assigned = [node.targets[0] for node in tree.body if isinstance(node, ast.Assign)]
    assigned += [node.target for node in tree.body if isinstance(node, ast.AnnAssign) and node.value]
    names = [target.id for target in assigned if isinstance(target, ast.Name)]
    changeable = [name for name in names if not re.fullmatch(r"_*[A-Z]\w*|__all__|log", name)]
    rebound = [name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names]
    assert (changeable, rebound) == ([], [])
