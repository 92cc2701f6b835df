"""Parameters of a raw call: texts, JSON, and what need not stand on the command line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from voicectl.actions.api import parameters
from voicectl.core.errors import UsageError

FILES = {"code": b"0123\n", "dos": b"a\nb\r\n", "json": b'{"a": 1}\n', "-": b"from stdin", "bytes": b"\xff"}
read: Callable[[str], bytes] = FILES.__getitem__


@pytest.mark.parametrize(("word", "value"), [
    ("N=0123", "0123"), ("N=", ""), ("N=a=b", "a=b"), ('N={"a":1}', '{"a":1}'),
    ("N:=12", 12), ("N:=true", True), ("N:=null", None), ('N:="@x"', "@x"), ("N:=[1,{}]", [1, {}]),
    ("N=@code", "0123"), ("N=@dos", "a\nb"), ("N=@-", "from stdin"), ("N:=@json", {"a": 1}),
])  # fmt: skip
def test_a_word_is_a_text_unless_it_says_json(word: str, value: object) -> None:
    assert parameters([word], read) == {"N": value}


def test_a_name_given_twice_is_a_list_in_its_order() -> None:
    assert parameters(["B=1", "A=x", "B:=2"], read) == {"B": ["1", 2], "A": "x"}


@pytest.mark.parametrize("word", ["N", "=x", ":=1", "N:={", "N:=0123", "N=@bytes"])
def test_a_word_that_says_nothing_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        parameters([word], read)


def test_what_is_no_json_is_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        parameters(["N:=secret-EXAMPLE"], read)
    assert "secret-EXAMPLE" not in str(caught.value) + caught.value.hint
