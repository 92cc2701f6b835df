"""Keys written for other programs: real shells and real readers give back every character."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from dotenv import dotenv_values

from voicectl.actions.auth import masks, text_of
from voicectl.core.errors import UsageError
from voicectl.core.exports import Exports

ODD = {
    "PLAIN": "wJalrXUtnFEMI/K7MDENG+bPxRfi=",
    "BLANKS": "  two  words\t",
    "QUOTES": 'it\'s "quoted" `twice`',
    "DOLLARS": "$HOME ${HOME} $(id) !! #no",
    "SLASHES": "a\\b\\\\c\\n\\",
    "SIGNS": ";|&<>()[]{}*?~^%",
    "TWO_LINES": "one\ntwo\n",
    "WORDS": "密钥 é 🔑",
    "NONE": "",
    "DASH": "-n",
    "EQUALS": "=a=b=",
}
EXPORTS = Exports(variables=ODD, secret=frozenset({"PLAIN", "TWO_LINES"}), others=("STALE", "ABSENT"))
SHOW = "import os, json; print(json.dumps({k: v for k, v in os.environ.items()}))"


def written(form: str) -> str:
    return text_of(EXPORTS, form, ["STALE"], "end-EXAMPLE")


def seen_after(command: list[str], stdin: str) -> dict[str, str]:
    """Return the environment that a child of this shell gets."""
    environ = {"PATH": os.environ["PATH"], "STALE": "old", "HOME": "/nowhere", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, env=environ, check=True)
    found = json.loads(done.stdout)
    return {name: found[name] for name in (*ODD, "STALE") if name in found}


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "fish"])
@pytest.mark.slow
def test_a_shell_sets_every_character_and_unsets_the_stale(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "show.py").write_text(SHOW)
    (tmp_path / "text").write_text(written("fish" if shell == "fish" else "sh"))
    show = f"{shutil.which('python3')} {tmp_path}/show.py"
    use = f"cat {tmp_path}/text | source" if shell == "fish" else f'eval "$(cat {tmp_path}/text)"'
    assert seen_after([shell], f"{use}\n{show}\n") == ODD


@pytest.mark.slow
def test_a_file_of_variables_can_be_sourced(tmp_path: Path) -> None:
    (tmp_path / "show.py").write_text(SHOW)
    (tmp_path / "env").write_text(written("dotenv"))
    use = f"set -a; . {tmp_path}/env; {shutil.which('python3')} {tmp_path}/show.py"
    assert seen_after(["sh"], use) == {**ODD, "STALE": ""}


COMMON = [name for name in ODD if name not in ("QUOTES", "DOLLARS", "SLASHES")]
"""What all readers of such files agree on; keys are made of less."""


def test_python_dotenv_reads_the_file(tmp_path: Path) -> None:
    (tmp_path / "env").write_text(written("dotenv"))
    found = dotenv_values(tmp_path / "env")
    assert {name: found[name] for name in COMMON} == {name: ODD[name] for name in COMMON}


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node_reads_the_file(tmp_path: Path) -> None:
    (tmp_path / "env").write_text(written("dotenv"))
    show = "console.log(JSON.stringify(process.env))"
    done = subprocess.run(
        ["node", f"--env-file={tmp_path}/env", "-e", show], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert {name: found[name] for name in COMMON} == {name: ODD[name] for name in COMMON}


def test_the_runners_file_has_lines_in_the_runners_two_forms() -> None:
    lines = written("github")
    assert f"PLAIN={ODD['PLAIN']}\n" in lines
    assert "TWO_LINES<<end-EXAMPLE\none\ntwo\n\nend-EXAMPLE\n" in lines
    assert lines.startswith("STALE=\n")


def test_every_line_of_every_secret_is_masked_and_nothing_else() -> None:
    assert masks(EXPORTS) == f"::add-mask::{ODD['PLAIN']}\n::add-mask::one\n::add-mask::two\n"


def test_only_variables_of_the_same_vendor_are_unset() -> None:
    assert "HOME" not in text_of(EXPORTS, "sh", ["HOME"], "").replace("$HOME", "").replace("{HOME}", "")


def test_an_unknown_form_names_the_known() -> None:
    with pytest.raises(UsageError, match="sh, fish, dotenv, github"):
        written("cmd")
