"""The house rules that a machine can hold: who imports whom, one home a library, sizes, secrets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

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
    "batching": {"speaking", "pacing", "runtime", "kept", "core"},
    "pacing": {"runtime", "kept", "core"},
    "telephony": {"runtime", "vendors", "profiles", "kept", "transport", "audio", "core"},
    "recordings": {"runtime", "vendors", "profiles", "transport", "core"},
    "handbook": {"vendors", "profiles", "core"},
    "signatures": {"runtime", "profiles", "core"},
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
        "pacing",
        "telephony",
        "recordings",
        "runtime",
        "world",
        "accounts",
        "signatures",
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
    "prometheus_client": "gateway/metrics.py",
    "re2": "gateway/patterns.py",
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
MAY_ASK_THE_WORLD = {"world", "runtime", "cli", "__main__"}
MAX_FILE, MAX_FUNCTION = 400, 50
WRITTEN_BY_OTHERS = {"conftest.py"}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def floor_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(text_of(path))))


def attributes() -> Iterator[tuple[Path, ast.Attribute]]:
    for path in FILES:
        yield from ((path, node) for node in nodes_of(path) if isinstance(node, ast.Attribute))


@cache
def imports() -> tuple[tuple[Path, int, str], ...]:
    """Return file, line and full name of all that is imported anywhere; a relative name begins with a dot."""
    found: list[tuple[Path, int, str]] = []
    for path in FILES:
        for node in nodes_of(path):
            if isinstance(node, ast.Import):
                found += [(path, node.lineno, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                start = "." * node.level + (node.module or "")
                found += [(path, node.lineno, f"{start}.{alias.name}") for alias in node.names]
    return tuple(found)


def nothing_in(offences: Iterable[tuple[Path, int, str]]) -> None:
    """Fail with every line that breaks a rule."""
    lines = [f"{name_of(path)}:{line} {words}" for path, line, words in offences]
    assert not lines, "\n".join(lines)


def test_there_is_a_house_to_look_at() -> None:
    assert len(FILES) > 100
    assert len(imports()) > 1000


def test_no_import_is_relative() -> None:
    nothing_in((path, line, module) for path, line, module in imports() if module.startswith("."))


def test_each_floor_imports_only_what_lies_below() -> None:
    nothing_in(
        (path, line, f"imports {module}")
        for path, line, module in imports()
        if (parts := module.split("."))[0] == "voicectl"
        and len(parts) > 1
        and parts[1] not in MAY_IMPORT[floor_of(path)] | {floor_of(path), "__version__"}
    )


def test_vendors_do_not_know_each_other() -> None:
    nothing_in(
        (path, line, f"imports {module}")
        for path, line, module in imports()
        if (own := path.relative_to(PACKAGE).parts)[0] == "vendors" and len(own) > 2
        if (parts := module.split("."))[:2] == ["voicectl", "vendors"] and parts[2] != own[1]
    )


def test_each_library_has_one_home() -> None:
    nothing_in(
        (path, line, f"imports {module}")
        for path, line, module in imports()
        if (home := HOMES.get(module.split(".")[0])) is not None and not name_of(path).startswith(home)
    )


def test_files_stay_short() -> None:
    sizes = ((path, len(text_of(path).splitlines())) for path in FILES)
    nothing_in((path, size, "lines") for path, size in sizes if size > MAX_FILE)


def test_functions_stay_short() -> None:
    nothing_in(
        (path, node.lineno, f"{node.name}: {length} lines")
        for path in FILES
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION
    )


def test_every_module_says_what_lives_here() -> None:
    trees = ((path, nodes_of(path)[0]) for path in FILES)
    nothing_in(
        (path, 1, "says nothing")
        for path, tree in trees
        if isinstance(tree, ast.Module) and not ast.get_docstring(tree)
    )


def test_secrets_are_revealed_only_where_they_are_used() -> None:
    nothing_in(
        (path, node.lineno, "reveals")
        for path, node in attributes()
        if node.attr == "reveal" and not name_of(path).startswith(MAY_REVEAL)
    )


def test_clock_and_chance_are_asked_in_one_place() -> None:
    nothing_in(
        (path, node.lineno, f"asks the world: {node.attr}")
        for path, node in attributes()
        if floor_of(path) not in MAY_ASK_THE_WORLD and asks_the_world(node)
    )


def asks_the_world(node: ast.Attribute) -> bool:
    if node.attr == "environ":
        return True
    return isinstance(node.value, ast.Name) and node.value.id in WORLD_MODULES and node.attr in WORLD_CALLS


def test_error_messages_are_templates_not_finished_sentences() -> None:
    nothing_in(
        (path, words.lineno, "is an f-string; give a template and facts")
        for path in FILES
        for node in nodes_of(path)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
        for words in [*node.exc.args[:1], *(each.value for each in node.exc.keywords if each.arg == "hint")]
        if isinstance(words, ast.JoinedStr)
    )


def test_files_that_a_module_points_to_are_there() -> None:
    nothing_in(
        (path, 1, f"points to {name}")
        for path in FILES
        for name in re.findall(r"`([\w/<>*]+\.py)`", ast.get_docstring(module_of(path)) or "")
        if name not in WRITTEN_BY_OTHERS
        and not any(list(place.glob(name.replace("<name>", "*"))) for place in (path.parent, PACKAGE))
    )


def module_of(path: Path) -> ast.Module:
    tree = nodes_of(path)[0]
    assert isinstance(tree, ast.Module)
    return tree
