"""Words of Windows' cmd: carets, then the quotes and backslashes of the program's own start-up code."""

from __future__ import annotations

import pytest

from voicectl.explain.cmd_words import cmd_commands, is_cmd, single_backslashes


def words(text: str, **variables: str) -> list[str]:
    (command,) = cmd_commands(text, variables)
    return [word.text for word in command.words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a "b c" d', ["a", "b c", "d"]),
        ('a ^"b c^" d', ["a", "b c", "d"]),
        ("a ^\r\n b ^\n c", ["a", "b", "c"]),
        ('a "x^y" x^^y', ["a", "x^y", "x^y"]),
        ('a ^"1^\n\n2^"', ["a", "1\n2"]),
        ('a ^"1^\r\n\r\n2^"', ["a", "1\n2"]),
        ('a "b""c" ""', ["a", 'b"c', ""]),
        (r'a "\"b\\" c\d \\', ["a", '"b\\', "c\\d", "\\\\"]),
        (r'a "b\\\"c"', ["a", 'b\\"c']),
        ("a ^&b &c", ["a", "&b"]),
        ('a "&|<>" > out', ["a", "&|<>"]),
        ("\n \na b\nc", ["a", "b"]),
        ("a %20%E4%BD%A0%20", ["a", "%20%E4%BD%A0%20"]),
    ],
)
def test_words_are_cut_as_windows_cuts_them(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_variables_are_replaced_or_kept_and_noted() -> None:
    assert words("a %KEY%", KEY="v") == ["a", "v"]
    (command,) = cmd_commands("a\nb", {})
    (command,) = cmd_commands("a ^\n %AWS_SESSION_TOKEN%", {})
    assert command.words[1].text == "%AWS_SESSION_TOKEN%"
    assert [note.facts for note in command.notes] == [{"name": "AWS_SESSION_TOKEN", "line": 2, "column": 2}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("curl ^\n x", True), ('curl ^"x^"', True), ("curl \\\n 'a^\n'", False), ("curl 'a ^ b'", False)],
)
def test_cmd_is_told_from_bash(text: str, expected: bool) -> None:
    assert is_cmd(text) is expected


def test_backslashes_that_a_browser_doubled_are_told_and_can_be_joined() -> None:
    (command,) = cmd_commands(r'curl ^"^{^\^"a^\^": ^\^"^\^\u00e9^\^"^}^"', {})
    assert command.words[1].text == r'{"a": "\\u00e9"}'
    assert [note.id for note in command.notes] == ["doubled-backslashes"]
    assert single_backslashes(command.words[1].text) == r'{"a": "\u00e9"}'
    assert single_backslashes(r'x\y \\"z') == r'x\y \\"z'
