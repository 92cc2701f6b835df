"""`voicectl profile` as a person and a script meet it."""

from __future__ import annotations

import json
import os
import pty
import subprocess

import pytest

from tests.conftest import Program
from tests.profiles.keyring_session import MISSING, keyring, own_home

CANARY = "CANARY-EXAMPLE"
ADD = ("profile", "add", "x", "--vendor", "aws", "--region", "eu-west-1", "--store", "file")
KEY_ID = ("--set", "access_key_id=AKIAEXAMPLE")


def add(voicectl: Program, *words: str, stdin: str = CANARY) -> subprocess.CompletedProcess[str]:
    return voicectl(*ADD, *KEY_ID, "--secret-stdin", *words, stdin=stdin)


def test_add_list_show_use_remove_in_a_row(voicectl: Program) -> None:
    row = {
        "name": "x",
        "vendor": "aws",
        "region": "eu-west-1",
        "default": True,
        "secrets": [{"field": "access_key_secret", "stored_in": "file"}],
    }
    done = add(voicectl)
    assert (done.returncode, json.loads(done.stdout)) == (0, row)
    assert "plain text" in done.stderr
    assert json.loads(voicectl("profile", "list").stdout) == [row]
    assert json.loads(voicectl("profile", "show").stdout)["settings"] == {"access_key_id": "AKIAEXAMPLE"}
    assert voicectl("profile", "use", "x").returncode == 0
    assert voicectl("profile", "remove", "x").returncode == 6
    assert voicectl("profile", "remove", "x", "--yes").returncode == 0
    assert json.loads(voicectl("profile", "list").stdout) == []
    assert "NAME" in voicectl("profile", "list").stderr


def test_show_is_of_the_profile_that_a_command_would_use(voicectl: Program) -> None:
    assert voicectl("profile", "show").returncode == 78
    add(voicectl)
    second = ("profile", "add", "second", *ADD[3:], *KEY_ID, "--secret-stdin")
    assert voicectl(*second, stdin=CANARY).returncode == 0
    named = voicectl("profile", "show", "--query", "name", env={"VOICECTL_PROFILE": "second"})
    assert json.loads(named.stdout) == "second", named.stderr
    other = voicectl("profile", "show", env={"VOICECTL_VENDOR": "aliyun"})
    assert (other.returncode, "without a profile" in other.stderr) == (78, True)


def test_the_secret_is_in_one_private_file_and_nowhere_else(voicectl: Program) -> None:
    done = add(voicectl, "--debug")
    holders = [path for path in voicectl.home.rglob("*") if path.is_file() and CANARY in path.read_text()]
    assert [(path.name, path.stat().st_mode & 0o777) for path in holders] == [("secrets.json", 0o600)]
    assert CANARY not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "stdin", "code", "said"),
    [
        (("profile", "add", "x"), "", 2, "--vendor is missing"),
        (("profile", "add", "x", "--vendor", "aws"), "", 2, "access_key_id, access_key_secret missing"),
        (("profile", "add", "a/b", "--vendor", "aws"), "", 2, "'a/b' is no name"),
        (("profile", "add", "x", "--vendor", "alyun"), "", 2, "no vendor 'alyun'"),
        ((*ADD, "--store", "shelf"), "", 2, "not 'shelf'"),
        ((*ADD, "--set", f"access_key_secret={CANARY}"), "", 2, "does not belong on the command line"),
        ((*ADD, "--set", "access_key_id=ASIA1", "--secret-stdin"), CANARY, 77, "security_token is missing"),
        ((*ADD, "--set", f"access_key_id={CANARY}", "--secret-stdin"), "AKIA1", 65, "are swapped"),
        ((*ADD, *KEY_ID, "--secret-stdin"), "", 65, "nothing came on stdin"),
        (("profile", "show", "gone"), "", 5, "no profile 'gone'"),
        (("profile", "use", "gone"), "", 5, "no profile 'gone'"),
        (("profile", "remove", "gone", "-y"), "", 5, "no profile 'gone'"),
    ],
)
def test_what_will_not_do_has_its_exit_code_and_stores_nothing(
    voicectl: Program, words: tuple[str, ...], stdin: str, code: int, said: str
) -> None:
    done = voicectl(*words, stdin=stdin)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert CANARY not in done.stdout + done.stderr
    assert not (voicectl.home / ".config").exists()


def test_an_existing_profile_is_replaced_only_with_yes(voicectl: Program) -> None:
    add(voicectl)
    assert add(voicectl, stdin="other-EXAMPLE").returncode == 6
    assert add(voicectl, "--yes", stdin="other-EXAMPLE").returncode == 0


def test_what_was_pasted_around_a_secret_is_said(voicectl: Program) -> None:
    assert (
        "removed line breaks and quotes around access_key_secret"
        in add(voicectl, stdin=f'"{CANARY}"\n').stderr
    )


def test_one_account_is_shown_a_line_a_field(voicectl: Program) -> None:
    add = ["profile", "add", "a", "--vendor", "aliyun", "--store", "file", "--set", "access_key_id=LTAIX"]
    assert voicectl(*add, "--secret-stdin", stdin="EXAMPLE-secret-of-some-length").returncode == 0
    shown = voicectl("profile", "show", "a", "-O", "table").stdout
    assert [line.split("   ")[0] for line in shown.splitlines()[:2]] == ["name", "vendor"]
    assert "speech, NLS: incomplete: nls_appkey" in shown
    assert "calls: ready" in shown


def test_without_a_keyring_the_command_fails_and_shows_the_ways_out(voicectl: Program) -> None:
    done = voicectl(*ADD[:-2], *KEY_ID, "--secret-stdin", stdin=CANARY, env={"VOICECTL_NO_KEYRING": "1"})
    assert done.returncode == 78
    assert "--store file" in done.stderr
    assert not (voicectl.home / ".config" / "voicectl" / "profiles.toml").exists()


def test_a_broken_profiles_file_is_a_configuration_error_with_its_place(voicectl: Program) -> None:
    add(voicectl)
    path = voicectl.home / ".config" / "voicectl" / "profiles.toml"
    path.write_text("default = \n")
    done = voicectl("profile", "list")
    assert (done.returncode, "profiles.toml:1:11:" in done.stderr) == (78, True), done.stderr


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_the_keyring_is_the_usual_place(voicectl: Program) -> None:
    with own_home() as home, keyring(home) as environment:
        words = (*ADD[:-2], *KEY_ID, "--secret-stdin")
        done = voicectl(*words, stdin=CANARY, env=environment)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["secrets"] == [{"field": "access_key_secret", "stored_in": "keyring"}]
        lookup = ["secret-tool", "lookup", "service", "voicectl", "username", "x/access_key_secret"]
        assert subprocess.run(lookup, env=environment, capture_output=True, text=True).stdout == CANARY
        assert voicectl("profile", "remove", "x", "-y", env=environment).returncode == 0
        assert subprocess.run(lookup, env=environment, capture_output=True, text=True).stdout == ""
        assert not [path for path in home.rglob("*.toml") if CANARY in path.read_text()]


def test_on_a_terminal_the_missing_fields_are_asked_for_and_secrets_not_shown(voicectl: Program) -> None:
    shown, code = typed(voicectl, ADD, [("access_key_id:", "AKIAEXAMPLE"), ("access_key_secret", CANARY)])
    assert code == 0, shown
    assert "AKIAEXAMPLE" in shown
    assert CANARY not in shown
    secrets = voicectl.home / ".config" / "voicectl" / "secrets" / "secrets.json"
    assert json.loads(secrets.read_text()) == {"x/access_key_secret": CANARY}


def test_on_a_terminal_a_temporary_id_is_followed_by_its_token(voicectl: Program) -> None:
    answers = [("access_key_id:", "ASIAEXAMPLE"), ("access_key_secret", "s"), ("security_token", CANARY)]
    shown, code = typed(voicectl, ADD, answers)
    assert (code, CANARY in shown) == (0, False), shown
    assert CANARY in (voicectl.home / ".local/state/voicectl/secrets/secrets.json").read_text()


@pytest.mark.parametrize(("answer", "code"), [("n", 6), ("y", 0)])
def test_on_a_terminal_removing_asks_first(voicectl: Program, answer: str, code: int) -> None:
    add(voicectl)
    assert typed(voicectl, ("profile", "remove", "x"), [("[y/N]", answer)])[1] == code


@pytest.mark.parametrize("home", ["", "/proc/nowhere"])
def test_without_a_home_reading_works_and_storing_says_why_not(voicectl: Program, home: str) -> None:
    assert voicectl("profile", "list", env={"HOME": home, "PYTHONDONTWRITEBYTECODE": "1"}).stdout == "[]\n"
    done = voicectl(*ADD, *KEY_ID, "--secret-stdin", stdin=CANARY, env={"HOME": home})
    assert (done.returncode, "VOICECTL_CONFIG_DIR" in done.stderr) == (78, True), done.stderr


def typed(voicectl: Program, words: tuple[str, ...], answers: list[tuple[str, str]]) -> tuple[str, int]:
    """Run on a terminal of its own, answer each question when it comes; return all that was shown."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(voicectl.home)
        command = voicectl.command(*words)
        os.execve(command[0], command, voicectl.environment({"TERM": "dumb"}))
    shown = ""
    for question, answer in answers:
        shown += read_until(terminal, question)
        os.write(terminal, f"{answer}\n".encode())
    shown += read_until(terminal, None)
    os.close(terminal)
    return shown, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def read_until(terminal: int, words: str | None) -> str:
    shown = ""
    while words is None or words not in shown:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece.decode(errors="replace")
    return shown
