"""What a row of a batch of calls says, and how it is known again."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from voicectl.actions.call_rows import Ask, ask_of, line_to_call_again
from voicectl.actions.rows import Row
from voicectl.core.call import CallOrder
from voicectl.core.errors import BadInput

USUAL = CallOrder(to="", caller="4001234567", template="TTS_1", variables={"code": "1", "name": "Li"})


def row(line: int = 2, **cells: str) -> Row:
    named = {name.replace("__", "."): value for name, value in cells.items()}
    return Row(line, named.get("id") or str(line), {"to": "13800138000", **named}, json.dumps(named))


def ask(each: Row, batch: str = "monday") -> Ask:
    return ask_of(each, USUAL, batch)


def test_what_a_row_leaves_out_is_as_the_options_say() -> None:
    order = ask(row(var__code="0123", param__X="y", play_times="2", schedule="2026-01-02T15:04+08:00")).order
    assert (order.caller, order.template, order.variables) == (
        "4001234567",
        "TTS_1",
        {"code": "0123", "name": "Li"},
    )
    assert (order.params, order.play_times, order.volume) == ({"X": "y"}, 2, None)
    assert order.schedule == datetime.fromisoformat("2026-01-02T15:04+08:00")


def test_a_row_that_says_what_is_heard_says_all_of_it() -> None:
    order = ask(row(text="hello")).order
    assert (order.text, order.template) == ("hello", "")


@pytest.mark.parametrize(
    "cells",
    [{"play_times": "two"}, {"volume": "1e9"}, {"schedule": "tomorrow"}, {"schedule": "2026-01-02T15:04"}],
    ids=str,
)
def test_a_cell_that_makes_no_sense_is_bad_data(cells: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        ask(row(**cells))


def test_a_row_is_known_by_its_id_wherever_it_stands_and_whatever_it_says() -> None:
    assert ask(row(2, id="7", var__code="1")).key == ask(row(99, id="7", var__code="2")).key
    assert ask(row(id="7")).key != ask(row(id="8")).key


def test_without_an_id_it_is_known_by_all_that_it_says() -> None:
    assert ask(row(2, var__a="1", var__b="2")).key == ask(row(99, var__b="2", var__a="1")).key
    assert ask(row(var__a="1")).key != ask(row(var__a="2")).key
    assert ask(row(var__a="1")).key != ask(row(var__a="1"), "tuesday").key


def test_what_a_row_says_cannot_look_like_an_id() -> None:
    plain = ask(row(var__a="1")).key
    assert ask(row(id=json.loads(plain)[-1], var__a="1")).key == plain, "on purpose only"
    assert ask(row(id='7", "x'), "a").key != ask(row(id="7"), 'a", "x').key


def test_a_row_that_is_fed_back_keeps_its_key() -> None:
    for each in (row(id="7", var__a="李"), row(var__a="1")):
        cells = json.loads(line_to_call_again(each, "monday"))
        again = Row(1, "1", cells, "")
        assert ask(again, "the file of failed rows").key == ask(each).key
        assert line_to_call_again(again, "another") == line_to_call_again(each, "monday")


def test_a_row_that_could_not_be_read_is_fed_back_as_it_was() -> None:
    assert line_to_call_again(Row(3, "3", {}, "{torn", BadInput("torn")), "monday") == "{torn"
