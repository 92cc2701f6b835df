"""`profile import` as a person and a script meet it: every format, masked, asked for, and nothing changed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from shutil import copytree

import pytest

from tests.cli.test_profile import typed
from tests.conftest import Program

FIXTURES = Path(__file__).parent.parent / "profiles" / "tools"
CANARY = "CANARY"
FORMATS = {
    "aws": {
        "aws": ("AKIAEXAMPLE000000001", "CANARY-aws-credentials-1"),
        "build": ("AKIAEXAMPLE000000002", "CANARY-aws-config-2"),
    },
    "aliyun": {
        "aliyun": ("LTAI5EXAMPLE00000001", "CANARY-aliyun-cli-1"),
        "voice": ("LTAI5EXAMPLE00000002", "CANARY-aliyun-ini-2"),
    },
    "volcengine": {
        "volcengine": ("AKLTEXAMPLE000000001", "CANARY-volc-ini-1"),
        "volcengine-volcengine": ("AKLTEXAMPLE000000002", "CANARY-volc-json-2"),
        "prod": ("AKLTEXAMPLE000000003", "CANARY-volc-cli-3"),
    },
    "tencent": {
        "tencent": ("AKIDEXAMPLE000000001", "CANARY-tencent-sdk-1"),
        "tencent-tencent": ("AKIDEXAMPLE000000002", "CANARY-tccli-2"),
        "phone": ("AKIDEXAMPLE000000003", "CANARY-tccli-3"),
    },
}
REASONS = {
    "aws": {"short": "serves where it lies", "dev": "serves", "proc": "--allow-exec", "half": "no secret"},
    "aliyun": {"sts": "serves", "role": "serves", "external": "--allow-exec", "ecs": "serves"},
    "volcengine": {"role": "serves", "sso": "not supported"},
    "tencent": {"login": "serves"},
}
EVERY = pytest.mark.parametrize("vendor", list(FORMATS))


@pytest.fixture
def tools(voicectl: Program) -> Program:
    """The program in a home where the vendors' own tools have been at work."""
    for folder in FIXTURES.iterdir():
        copytree(folder, voicectl.home / f".{folder.name}")
    return voicectl


def run(tools: Program, vendor: str, *words: str) -> subprocess.CompletedProcess[str]:
    done = tools("profile", "import", vendor, "--store", "file", *words)
    assert CANARY not in done.stdout + done.stderr
    return done


def theirs(tools: Program) -> dict[Path, bytes]:
    names = [f".{folder.name}" for folder in FIXTURES.iterdir()]
    return {path: path.read_bytes() for name in names for path in (tools.home / name).iterdir()}


@EVERY
def test_every_format_is_read_and_its_keys_are_copied(tools: Program, vendor: str) -> None:
    before = theirs(tools)
    done = run(tools, vendor, "--yes")
    assert done.returncode == 0, done.stderr
    assert theirs(tools) == before
    rows = json.loads(done.stdout)
    taken = {row["name"]: row for row in rows if row["imported"]}
    kept = json.loads((tools.home / ".config/voicectl/secrets/secrets.json").read_text())
    stored = {name.partition("/")[0]: text for name, text in kept.items()}
    assert stored == {name: secret for name, (_, secret) in FORMATS[vendor].items()}
    for name, (key_id, secret) in FORMATS[vendor].items():
        assert taken[name]["access_key_id"] == f"{key_id[:4]}…{key_id[-4:]}"
        assert taken[name]["access_key_secret"] in {f"***{secret[-4:]}", "***"}
        shown = json.loads(tools("profile", "show", name).stdout)
        assert (shown["vendor"], shown["settings"]) == (vendor, {"access_key_id": key_id})
    others = {row["found_as"]: row["reason"] for row in rows if not row["imported"]}
    assert others.keys() == REASONS[vendor].keys()
    for name, words in REASONS[vendor].items():
        assert words in others[name]


@EVERY
def test_a_second_time_nothing_is_left_to_take(tools: Program, vendor: str) -> None:
    run(tools, vendor, "--yes")
    again = run(tools, vendor)
    assert again.returncode == 0
    reasons = [row["reason"] for row in json.loads(again.stdout)]
    assert reasons.count("a profile here has this key already") == len(FORMATS[vendor])


@EVERY
def test_a_dry_run_shows_and_stores_nothing(tools: Program, vendor: str) -> None:
    done = run(tools, vendor, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert {row["imported"] for row in json.loads(done.stdout)} == {False}
    assert not (tools.home / ".config").exists()


def test_without_a_yes_nothing_is_stored(tools: Program) -> None:
    done = run(tools, "aws")
    assert (done.returncode, "2 of them would be copied into the file" in done.stderr) == (6, True)
    assert not (tools.home / ".config").exists()


@pytest.mark.parametrize(("answer", "code"), [("n", 6), ("y", 0)])
def test_on_a_terminal_what_was_found_is_shown_and_asked_about(
    tools: Program, answer: str, code: int
) -> None:
    words = ("profile", "import", "aws", "--store", "file")
    shown, ended = typed(tools, words, [("copied into the file [y/N]", answer)])
    assert (ended, CANARY in shown) == (code, False), shown
    assert "AKIA…0001" in shown
    assert (tools.home / ".config").exists() == (code == 0)


def test_one_can_be_taken_by_its_name_and_one_that_is_not_there_is_named(tools: Program) -> None:
    done = run(tools, "aws", "--only", "build", "--yes")
    assert [row["found_as"] for row in json.loads(done.stdout)] == ["build"]
    gone = run(tools, "aws", "--only", "gone", "--yes")
    assert (gone.returncode, "'gone'" in gone.stderr) == (5, True)


def test_a_program_is_taken_only_where_that_is_said_and_runs_only_when_needed(tools: Program) -> None:
    done = run(tools, "aws", "--only", "proc", "--allow-exec", "--yes")
    assert done.returncode == 0, done.stderr
    row = json.loads(tools("profile", "list").stdout)[0]
    assert row["secrets"] == [
        {"field": "access_key_secret", "stored_in": "cmd:/no/such/program --of 'this one'"}
    ]


@pytest.mark.parametrize(
    ("vendor", "name", "command"),
    [
        ("aws", "build", "aws configure set aws_secret_access_key '' --profile build"),
        ("aliyun", "default", "aliyun configure delete --profile default"),
        ("volcengine", "prod", "ve configure delete --profile prod"),
        ("tencent", "phone", "tccli configure remove --profile phone"),
    ],
)
def test_the_command_that_blanks_the_original_is_printed(
    tools: Program, vendor: str, name: str, command: str
) -> None:
    done = run(tools, vendor, "--only", name, "--yes")
    assert command in done.stderr
    assert any(command in (row["blank"] or "") for row in json.loads(done.stdout))


@pytest.mark.parametrize(("vendor", "name"), [("aliyun", "voice"), ("volcengine", "default")])
def test_the_command_for_a_file_without_a_tool_takes_out_the_secret_and_no_more(
    tools: Program, vendor: str, name: str
) -> None:
    done = run(tools, vendor, "--only", name, "--yes")
    row = next(row for row in json.loads(done.stdout) if row["blank"].startswith("sed"))
    path = Path(row["path"])
    before = path.read_text().splitlines()
    subprocess.run(["sh", "-c", row["blank"]], check=True)
    after = path.read_text().splitlines()
    gone = [line for line in before if line not in after]
    assert len(gone) == 1
    assert row["access_key_secret"].removeprefix("***") in gone[0]


def test_a_name_that_another_vendor_has_is_not_overwritten(tools: Program) -> None:
    add = ("profile", "add", "build", "--vendor", "openai", "--store", "file", "--secret-stdin")
    assert tools(*add, stdin="CANARY-openai").returncode == 0
    done = run(tools, "aws", "--only", "build", "--yes")
    assert json.loads(done.stdout)[0]["name"] == "build-aws"


def test_a_broken_file_is_named_and_nothing_is_stored(tools: Program) -> None:
    (tools.home / ".aliyun/config.json").write_text('{"CANARY')
    done = run(tools, "aliyun", "--yes")
    assert (done.returncode, ".aliyun/config.json:1" in done.stderr) == (78, True)


@pytest.mark.parametrize(("words", "code"), [(("twilio",), 2), ((), 2), (("aws", "--store", "shelf"), 2)])
def test_words_that_do_not_fit_are_refused(voicectl: Program, words: tuple[str, ...], code: int) -> None:
    assert voicectl("profile", "import", *words).returncode == code


def test_nothing_to_import_is_said(voicectl: Program) -> None:
    done = voicectl("profile", "import", "tencent")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    assert "no account" in done.stderr
