"""Words of bash: they are those that the real bash passes on."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicectl.core.errors import BadInput
from voicectl.explain.shell_words import bash_commands

PIECES = st.one_of(
    st.text(alphabet="abé0 \t", max_size=4).map(lambda text: f"'{text}'"),
    st.text(alphabet="ab'é \\n", max_size=5).map(lambda text: '"' + text.replace("\\", "\\\\") + 'z"'),
    st.sampled_from(["plain", "\\ x", "\\\\", "\\'", '\\"', "\\$", "\\\n", "a=b", "%20", "{x", "?q", "x#"]),
    st.sampled_from(['"\\a\\$\\`\\""', '"!"', '"$"', "$%", "''", '""', '"a\\\nb"']),
    st.sampled_from(
        [
            "$'\\n'", "$'\\x41\\x4'", "$'\\u4e2d\\u21'", "$'\\U0001f600\\ud83d'",
            "$'\\101\\18'", "$'\\'\\\"\\?'",
            "$'a\\0b'", "$'\\xe9\\xff'", "$'\\cA\\e\\E\\q\\x'", "$'é\\\\'", '$"x"', '"$known"', '"${known}x"',
        ]
    ),
)  # fmt: skip
LINES = st.lists(st.lists(PIECES, min_size=1, max_size=4).map("".join), max_size=5).map("  ".join)


def words_of(line: str) -> list[bytes]:
    (command,) = bash_commands(f"x {line}", {"known": "value"})
    return [word.text.encode("utf-8", "surrogateescape") for word in command.words[1:]]


def words_of_bash(line: str) -> list[bytes]:
    script = f"known=value; p() {{ printf '%s\\0' \"$@\"; }}; [ $# = 0 ]; p {line}\n"
    environment = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    run = subprocess.run(
        ["bash", "--norc", "-f", "-c", script], capture_output=True, check=True, env=environment
    )
    return run.stdout.split(b"\0")[:-1]


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash on this machine to compare with")
@settings(max_examples=60, deadline=None)
@given(line=LINES)
@pytest.mark.slow
def test_words_are_those_of_the_real_bash(line: str) -> None:
    expected = words_of_bash(f"{line} end")
    assert words_of(f"{line} end") == expected


def test_operators_redirections_and_comments_cut_commands() -> None:
    script = "a 1 && b 2>&1 >out;c|d &\n# no\ne 3 # no\n(f)\n"
    assert [[word.text for word in command.words] for command in bash_commands(script, {})] == [
        ["a", "1"], ["b"], ["c"], ["d"], ["e", "3"], ["f"],
    ]  # fmt: skip


def test_words_know_their_places() -> None:
    (command,) = bash_commands("a \\\n  'b\nc' d", {})
    assert [(word.line, word.column) for word in command.words] == [(1, 1), (2, 3), (3, 4)]


def test_windows_line_breaks_end_lines_and_continue_them() -> None:
    commands = bash_commands("a \\\r\n b\r\nc\r\n", {})
    assert [[word.text for word in command.words] for command in commands] == [["a", "b"], ["c"]]


@pytest.mark.parametrize("text", ["a 'b", 'a "b', "a $'b", "a `b`", "a $(b)", "a ${b[0]}"])
def test_what_only_a_shell_can_tell_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"^line 1, column 3: "):
        bash_commands(text, {})
