"""The house rules that a machine can hold: who imports whom, one home a library, sizes, secrets."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "voicectl"
FILES = sorted(PACKAGE.rglob("*.py"))

MAY_IMPORT = {
    "core": set(),
    "signing": {"core"},
    "explain": {"signing", "core"},
    "transport": {"core"},
    "kept": {"core"},
    "profiles": {"kept", "core"},
    "audio": {"core"},
    "actions": {"audio", "explain", "signing", "core"},
    "vendors": {"signing", "core"},
    "world": {"core"},
    "runtime": {"elsewhere", "world", "vendors", "profiles", "kept", "transport", "signing", "core", "audio"},
    "elsewhere": {"runtime", "profiles", "transport", "signing", "core"},
    "speaking": {"runtime", "vendors", "profiles", "kept", "transport", "audio", "core"},
    "batching": {"speaking", "runtime", "profiles", "kept", "core"},
    "telephony": {"runtime", "vendors", "profiles", "kept", "transport", "audio", "core"},
    "recordings": {"runtime", "vendors", "profiles", "transport", "core"},
    "handbook": {"vendors", "profiles", "core"},
    "accounts": {"runtime", "vendors", "profiles", "kept", "core"},
    "checkup": {
        "runtime",
        "accounts",
        "actions",
        "audio",
        "vendors",
        "profiles",
        "kept",
        "transport",
        "core",
    },
    "cli": {
        "gateway",
        "checkup",
        "speaking",
        "batching",
        "telephony",
        "recordings",
        "runtime",
        "world",
        "accounts",
        "handbook",
        "actions",
        "audio",
        "explain",
        "signing",
        "core",
    },
    "gateway": {
        "speaking",
        "telephony",
        "runtime",
        "accounts",
        "actions",
        "audio",
        "explain",
        "signing",
        "kept",
        "profiles",
        "vendors",
        "core",
    },
    "testing": {"vendors", "profiles", "core"},
    "__main__": {"cli"},
    "__init__": set(),
}
HOMES = {
    "typer": "cli/",
    "rich": "cli/",
    "jmespath": "cli/",
    "httpx": "transport/http.py",
    "websockets": "transport/websocket.py",
    "keyring": "profiles/keyring_store.py",
    "secretstorage": "profiles/keyring_store.py",
    "botocore": "profiles/aws_botocore.py",
    "platformdirs": "profiles/",
    "tomllib": "profiles/",
    "tomli_w": "profiles/",
    "miniaudio": "audio/",
    "lameenc": "audio/",
    "soundfile": "audio/",
    "phonenumbers": "actions/numbers.py",
    "fastcrc": "transport/",
    "limits": "kept/",
    "redis": "kept/",
    "pytest": "testing/",
    "jwt": "gateway/tokens.py",
    "starlette": "gateway/",
    "uvicorn": "gateway/",
    "py_nanotts": "vendors/local/",
    "espeakng_loader": "vendors/local/",
    "hibari": "vendors/local/",
    "click": "nowhere",
    "pydantic": "nowhere",
}
MAY_REVEAL = ("signing/", "profiles/", "core/credentials.py")
WORLD_CALLS = {"now", "utcnow", "today", "time", "getenv", "uuid4", "token_hex", "urandom"}
WORLD_MODULES = {"date", "datetime", "os", "random", "secrets", "time", "uuid"}
MAX_FILE, MAX_FUNCTION = 400, 50


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def floor_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno} relative import"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_each_floor_imports_only_what_lies_below(path: Path) -> None:
    own = floor_of(path)
    for line, module in imports(path):
        parts = module.split(".")
        if parts[0] == "voicectl" and len(parts) > 1 and parts[1] not in {own, "__version__"}:
            assert parts[1] in MAY_IMPORT[own], f"{name_of(path)}:{line} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_vendors_do_not_know_each_other(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts
    for line, module in imports(path):
        parts = module.split(".")
        if own[0] == "vendors" and len(own) > 2 and parts[:2] == ["voicectl", "vendors"]:
            assert parts[2] == own[1], f"{name_of(path)}:{line} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_each_library_has_one_home(path: Path) -> None:
    for line, module in imports(path):
        home = HOMES.get(module.split(".")[0])
        assert home is None or name_of(path).startswith(home), f"{name_of(path)}:{line} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE, name_of(path)
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MAX_FUNCTION, f"{name_of(path)}:{node.lineno} {node.name} {length}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_module_says_what_lives_here(path: Path) -> None:
    assert ast.get_docstring(tree_of(path)), name_of(path)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_secrets_are_revealed_only_where_they_are_used(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute) and node.attr == "reveal":
            assert name_of(path).startswith(MAY_REVEAL), f"{name_of(path)}:{node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_clock_and_chance_are_asked_in_one_place(path: Path) -> None:
    if floor_of(path) in {"world", "runtime", "cli", "__main__"}:
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            asks = node.value.id in WORLD_MODULES and node.attr in WORLD_CALLS
            assert not asks, f"{name_of(path)}:{node.lineno} asks the world"
        if isinstance(node, ast.Attribute) and node.attr == "environ":
            raise AssertionError(f"{name_of(path)}:{node.lineno} reads the environment")


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_error_messages_are_templates_not_finished_sentences(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
            continue
        hints = [keyword.value for keyword in node.exc.keywords if keyword.arg == "hint"]
        for words in [*node.exc.args[:1], *hints]:
            assert not isinstance(words, ast.JoinedStr), (
                f"{name_of(path)}:{words.lineno} is an f-string; give a template and facts"
            )
