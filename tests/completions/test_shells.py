"""The completion files: fresh, and driven in the real shells, in which TAB never starts the program."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from sysconfig import get_path

import pytest

from tests.completions.generate import PLACE, files
from tests.conftest import Program

pytestmark = pytest.mark.slow
ESCAPES = re.compile(rb"\x1b(\[[0-9;?]*[a-zA-Z]|[=>()][0-9A-Za-z]?|\][^\x07]*\x07)|[\r\x00-\x08\x0f]")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Yield a home with names to offer, and a program and a Python on PATH that must not be called."""
    kept = tmp_path / ".cache/voicectl/complete"
    kept.mkdir(parents=True)
    (kept / "profiles").write_text("prod-shanghai\nstaging\n")
    trap = f"$(touch {tmp_path}/called)"
    (kept / "voices").write_text(f"Joanna\nZhiyu\n晓晓\nBad News (old)\nnano:en\n{trap}\n", encoding="utf-8")
    (tmp_path / "bin").mkdir()
    for name in ("voicectl", "python", "python3"):
        stub = tmp_path / "bin" / name
        stub.write_text(f'#!/bin/sh\necho "$0 $@" >> {tmp_path}/called\n')
        stub.chmod(0o755)
    yield tmp_path
    assert not (tmp_path / "called").exists()


def needed(shell: str) -> str:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    return path


def environment(home: Path) -> dict[str, str]:
    path = f"{home}/bin:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(home), "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def run(home: Path, *words: str) -> list[str]:
    done = subprocess.run(
        words, env=environment(home), cwd=home, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def bash_offers(home: Path, line: str) -> list[str]:
    words = re.findall(r"[=:]|[^=: ]+|(?<= )$", line)
    listed = " ".join(f"'{word}'" for word in words)
    script = (
        f"source {PLACE}/voicectl.bash; COMP_LINE='{line}'; COMP_WORDS=({listed}); "
        f'COMP_CWORD={len(words) - 1}; _voicectl; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    return [word for word in run(home, needed("bash"), "--norc", "-c", script) if word]


def fish_offers(home: Path, line: str) -> list[str]:
    script = f"source {PLACE}/voicectl.fish; complete -C '{line}'"
    found = run(home, needed("fish"), "--no-config", "-c", script)
    return [offer.partition("\t")[0].rpartition("=")[2] for offer in found]


def zsh_offers(home: Path, line: str) -> list[str]:
    setup = (
        f"fpath=({home}/fpath $fpath); autoload -Uz compinit; compinit -u -D; PS1='% '; unsetopt beep; "
        "zstyle ':completion:*' menu no; setopt auto_list no_list_ambiguous list_rows_first; LISTMAX=10000"
    )
    (home / "fpath").mkdir(exist_ok=True)
    shutil.copy(PLACE / "_voicectl", home / "fpath/_voicectl")
    return typed(home, [needed("zsh"), "-f", "-i"], setup, line)


def typed(home: Path, shell: list[str], setup: str, line: str) -> list[str]:
    """Return the words on the screen after `line` and a TAB in a real terminal."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(home)
        os.execve(shell[0], shell, {**environment(home), "COLUMNS": "200", "LINES": "200"})
    try:
        read_until_quiet(terminal, 0.6)
        os.write(terminal, f"{setup}; echo ready\n".encode())
        read_until_quiet(terminal, 1.0, b"\nready")
        os.write(terminal, f"{line}\t".encode())
        shown = read_until_quiet(terminal, 1.0)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(terminal)
    text = ESCAPES.sub(b"", shown).decode("utf-8", "replace")
    return text[text.find(line) + len(line) :].split()


def read_until_quiet(terminal: int, quiet_seconds: float, wanted: bytes = b"") -> bytes:
    seen, end = b"", time.monotonic() + 15
    while time.monotonic() < end:
        if not select.select([terminal], [], [], quiet_seconds)[0]:
            if wanted in seen:
                return seen
            continue
        seen += os.read(terminal, 65536)
    return seen


OFFERS: dict[str, Callable[[Path, str], list[str]]] = {
    "bash": bash_offers,
    "zsh": zsh_offers,
    "fish": fish_offers,
}
SHELLS = pytest.mark.parametrize("shell", list(OFFERS))
CASES = [
    ("voicectl t", {"tts", "token"}, {"sign"}),
    ("voicectl tts ", {"say", "voices"}, {"debug"}),
    ("voicectl --debug -p staging tts ", {"say", "voices"}, {"sign"}),
    ("voicectl tts say --profile ", {"prod-shanghai", "staging"}, {"Joanna"}),
    ("voicectl -p ", {"prod-shanghai", "staging"}, {"Joanna"}),
    ("voicectl say -v ", {"Joanna", "Zhiyu"}, {"staging"}),
    ("voicectl profile use ", {"prod-shanghai", "staging"}, {"Joanna"}),
    ("voicectl sign debug --scheme aliyun-", {"aliyun-acs3", "aliyun-rpc-v1"}, {"tos4"}),
    ("voicectl tts say --if-", {"--if-exists"}, {"--voice"}),
    ("voicectl tts say --vendor a", {"aws", "aliyun"}, {"tencent"}),
    ("voicectl token -O j", {"json", "jsonl"}, {"table"}),
    ("voicectl tts say --profile=", {"prod-shanghai", "staging"}, {"Joanna"}),
    ("voicectl tts say --format=o", {"ogg", "opus"}, {"mp3", "staging"}),
    ("voicectl --vendor=aws call create --o", {"--on-limit"}, {"--voice"}),
    ("voicectl say --voice 晓", {"晓晓"}, {"Joanna"}),
]


def test_the_files_are_those_of_the_command_tree() -> None:
    for name, text in files().items():
        assert (PLACE / name).read_text("utf-8") == text, "python -m tests.completions.generate"
    assert {path.name for path in PLACE.iterdir()} == set(files())


@SHELLS
@pytest.mark.parametrize(("line", "there", "not_there"), CASES, ids=[case[0] for case in CASES])
def test_a_shell_offers_what_fits(
    home: Path, shell: str, line: str, there: set[str], not_there: set[str]
) -> None:
    offered = set(OFFERS[shell](home, line))
    completed = {
        word for word in there if len(there) == 1 and "".join(offered) and word.endswith("".join(offered))
    }
    assert there <= offered or completed, offered
    assert not not_there & offered


def bash_typed(home: Path, line: str) -> list[str]:
    setup = f"source {PLACE}/voicectl.bash; bind 'set show-all-if-ambiguous on'; bind 'set bell-style none'"
    return typed(home, [needed("bash"), "--norc", "-i"], setup, line)


def fish_typed(home: Path, line: str) -> list[str]:
    return typed(home, [needed("fish"), "--no-config", "-i"], f"source {PLACE}/voicectl.fish", line)


TYPED = {"bash": bash_typed, "zsh": zsh_offers, "fish": fish_typed}


@SHELLS
def test_files_are_offered_for_a_file(home: Path, shell: str) -> None:
    (home / "speech of today.txt").write_text("x")
    assert "today.txt" in "".join(TYPED[shell](home, "voicectl tts say -f spe"))


@SHELLS
def test_a_name_of_several_words_is_quoted_and_none_is_carried_out(home: Path, shell: str) -> None:
    assert r"\ News\ \(old\)" in " ".join(TYPED[shell](home, "voicectl say -v Bad"))


@pytest.mark.parametrize(
    ("line", "there"),
    [
        ("voicectl tts ", {"say", "voices"}),
        ("voicectl tts say --profile=", {"prod-shanghai", "staging"}),
        ("voicectl say -v nano:", {"en"}),
        ("voicectl --vendor=aws tts ", {"say", "voices"}),
        ("voicectl say Hello: --if-", {"exists"}),
    ],
)
def test_bash_completes_in_a_real_terminal(home: Path, line: str, there: set[str]) -> None:
    assert there <= set(bash_typed(home, line))


README = PLACE.with_name("README.md").read_text("utf-8")
ONCE = dict(
    re.findall(r"^\| (bash|zsh|fish) \| `(voicectl completion .*|mkdir .*)` \|$", README, re.MULTILINE)
)


@SHELLS
def test_what_the_readme_says_to_do_once_makes_a_new_shell_complete(home: Path, shell: str) -> None:
    path = f"{get_path('scripts')}:{os.environ['PATH']}"
    subprocess.run(["sh", "-c", ONCE[shell]], env={**environment(home), "PATH": path}, check=True)
    if shell == "fish":  # which starts Python by itself where a person types: it reads the manual pages
        found = [
            offer.partition("\t")[0]
            for offer in run(home, needed(shell), "-c", "complete -C 'voicectl tts '")
        ]
    else:
        setup = "bind 'set show-all-if-ambiguous on'" if shell == "bash" else "true"
        found = typed(home, [needed(shell), "-i"], setup, "voicectl tts ")
    assert {"say", "voices"} <= set(found)


@SHELLS
def test_the_command_prints_the_file(voicectl: Program, shell: str) -> None:
    name = {"bash": "voicectl.bash", "zsh": "_voicectl", "fish": "voicectl.fish"}[shell]
    assert voicectl("completion", shell).stdout == (PLACE / name).read_text("utf-8")


def test_an_unknown_shell_is_named(voicectl: Program) -> None:
    done = voicectl("completion", "tcsh")
    assert (done.returncode, "bash, zsh, fish" in done.stderr) == (2, True)


def test_profile_and_voice_names_are_kept_for_the_shells(voicectl: Program) -> None:
    kept = voicectl.home / ".cache/voicectl/complete"
    words = ("--vendor", "aws", "--store", "file", "--set", "access_key_id=AKIAEXAMPLE", "--secret-stdin")
    assert voicectl("profile", "add", "mine", *words, stdin="EXAMPLE").returncode == 0
    assert (kept / "profiles").read_text() == "mine\n"
    assert voicectl("profile", "rename", "mine", "ours").returncode == 0
    assert (kept / "profiles").read_text() == "ours\n"
    assert voicectl("tts", "voices", "--vendor", "local").returncode == 0
    assert "en-US" in (kept / "voices").read_text().split("\n")
    assert voicectl("profile", "remove", "ours", "--yes").returncode == 0
    assert (kept / "profiles").read_text() == ""
