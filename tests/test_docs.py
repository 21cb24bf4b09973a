"""Documentation cannot lie: what the code has is found in it, and what it names is there."""

import ast
import itertools
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from bot.config import KNOWN
from bot.environment import NAMES
from bot.settings import Tables
from bot.settings_ai import Provider

ROOT = Path(__file__).parent.parent
CONFIGURATION = ROOT / "docs/configuration.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SETTINGS = [f"{section}.{key}" for section in KNOWN[""] for key in KNOWN[section] if key != "providers"]
OF_PROVIDERS = [f"ai.providers.{key}" for key in Provider.model_fields]
ROUTES = {
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "add_get",
    "add_post",
    "add_put",
    "add_patch",
    "add_delete",
}


def text_of(page: str) -> str:
    path = ROOT / page
    return path.read_text(encoding="utf-8") if path.exists() else ""


def calls(*folders: str) -> Iterator[tuple[str, str]]:
    """Each call in the code with a text as its first argument: the function's last name, and the text."""
    for path in sorted(path for folder in folders for path in ROOT.glob(folder)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr=name), args=[ast.Constant(value=str(text)), *_]):
                    yield name, text


def desk_commands() -> Iterator[str]:
    """The keys of every table in bot/ that is called COMMANDS."""
    for path in sorted(ROOT.glob("bot/**/*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id="COMMANDS")], value=ast.Dict(keys=keys))
                    | ast.AnnAssign(target=ast.Name(id="COMMANDS"), value=ast.Dict(keys=keys))
                ):
                    yield from (str(key.value) for key in keys if isinstance(key, ast.Constant))


COMMANDS = sorted({f"/{command.lstrip('/')}" for command in desk_commands()})
SUBCOMMANDS = sorted({text for name, text in calls("bot/__main__.py") if name == "add_parser"})
ENDPOINTS = sorted(
    {text for name, text in calls("handlers/**/*.py") if name in ROUTES and text.startswith("/")}
)


def table_rows(page: Path) -> dict[str, str]:
    """The second column of each row of a page's tables, by what stands in code in the first."""
    rows = re.findall(r"^\| `([^`]+)` \| (.*?) \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def default_of(setting: str) -> Any:
    section, key = setting.split(".")
    kind = Tables.model_fields[section].annotation
    assert kind is not None
    default = kind.model_fields[key].default
    return default.get_secret_value() if isinstance(default, SecretStr) else default


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_is_in_bot_toml_and_explained(setting: str) -> None:
    section, key = setting.split(".")
    assert key in tomllib.loads(text_of("bot.toml"))[section]
    assert setting in table_rows(CONFIGURATION)


@pytest.mark.parametrize("setting", OF_PROVIDERS)
def test_what_a_provider_may_have_is_in_bot_tomls_example_and_explained(setting: str) -> None:
    written = re.search(r"# \[\[ai\.providers\]\]\n((?:# .*\n)+)", text_of("bot.toml"))
    assert written
    example = tomllib.loads(re.sub(r"^# ", "", written[0], flags=re.MULTILINE))["ai"]["providers"]
    assert all(setting.rpartition(".")[2] in one for one in example)
    default = Provider.model_fields[setting.rpartition(".")[2]].default
    told = table_rows(CONFIGURATION)[setting].strip("`")
    assert told == "needed" if default is PydanticUndefined else json.loads(told) == default


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_default_in_the_docs_is_the_default(setting: str) -> None:
    written = table_rows(CONFIGURATION)[setting].strip("`")
    default = default_of(setting)
    if setting == "bot.company":
        assert written == "bot.name"
    else:
        assert json.loads(written) == json.loads(json.dumps(default, default=str))


def test_the_docs_name_no_setting_and_no_secret_that_is_gone() -> None:
    assert sorted(table_rows(CONFIGURATION)) == sorted([*SETTINGS, *OF_PROVIDERS, *NAMES])


def test_each_key_of_bot_toml_has_its_comment() -> None:
    lines = text_of("bot.toml").splitlines()
    bare = [line for above, line in itertools.pairwise(lines) if " = " in line and above[:2] != "# "]
    assert [line for line in bare if not line.startswith("#")] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_is_in_the_example(name: str) -> None:
    assert f"\n{name}=\n" in text_of(".env.example")


def test_the_example_has_no_name_that_nobody_reads() -> None:
    assert sorted(re.findall(r"^(\w+)=", text_of(".env.example"), re.MULTILINE)) == sorted(NAMES)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_at_the_desk_is_explained(command: str) -> None:
    assert re.search(rf"{re.escape(command)}\b", text_of("docs/commands.md"))


@pytest.mark.parametrize("command", SUBCOMMANDS)
def test_a_command_of_the_program_is_explained(command: str) -> None:
    assert re.search(rf"python -m bot.* {command}\b", text_of("docs/commands.md"))


@pytest.mark.parametrize("path", ENDPOINTS)
def test_an_endpoint_is_explained(path: str) -> None:
    assert any(path in page.read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    near = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in near if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets


CASES = re.findall(r"^\| ([A-Z]+-\d+) \| .* \| (.*) \|$", text_of("docs/cases.md"), re.MULTILINE)


def test_the_cases_are_sorted_and_each_stands_there_once() -> None:
    ids = [case.partition("-") for case, _ in CASES]
    assert ids == sorted(set(ids), key=lambda case: (case[0], int(case[2])))


@pytest.mark.parametrize(("case", "proof"), CASES, ids=[case for case, _ in CASES])
def test_what_proves_a_case_exists(case: str, proof: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", proof)
    assert [
        name for file, name in named if not re.search(rf"def {name}\b" if name else "", text_of(file))
    ] == []
    assert named or "not" in proof
