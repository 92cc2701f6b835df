"""Names of files: safe, apart, and refused before anything is sent."""

from __future__ import annotations

import pytest

from voicectl.actions.batch_speech import template_of
from voicectl.actions.naming import Names
from voicectl.core.errors import BadInput, UsageError

VALUES = {"id": "a", "format": "wav", "lang": "zh", "voice": "Zhiyu", "engine": "", "chapter": "第一章"}


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{id}", "a.wav"),
        ("{id}.{format}", "a.wav"),
        ("{lang}/{chapter}-{line:05}", "zh/第一章-00007.wav"),
        ("x{{{id}}}.mp3", "x{a}.mp3"),
    ],
)
def test_a_template_becomes_a_name(template: str, name: str) -> None:
    assert template_of(template).name(VALUES, 7) == name


@pytest.mark.parametrize(
    "template",
    [
        "same",
        "{format}",
        "../{id}",
        "/tmp/{id}",
        "a//{id}",
        "{id}/",
        "a\\{id}",
        "{text}",
        "{param.x}",
        "{id!r}",
        "{id:>5}",
        "{id.__class__}",
        "{id[0]}",
        "{id",
        "{}",
    ],
)
def test_a_template_that_is_none_or_leads_elsewhere_is_refused(template: str) -> None:
    with pytest.raises(UsageError, match="--name"):
        template_of(template)


@pytest.mark.parametrize(
    "name",
    ["../x", "a/b", "a\\b", "..", ".hidden", " a", "a\nb", "a\x00", "x" * 300, "\u202egpj", "第" * 90],
    ids=ascii,
)
def test_an_unsafe_id_makes_no_name(name: str) -> None:
    with pytest.raises(BadInput, match="line 7"):
        template_of("{id}").name({**VALUES, "id": name}, 7)


def test_a_field_that_a_row_lacks_is_named() -> None:
    with pytest.raises(BadInput, match="named after engine"):
        template_of("{engine}-{id}").name(VALUES, 7)


def test_two_rows_with_one_name_are_told_apart_by_line() -> None:
    template = template_of("{lang}-{chapter}")
    names = Names(template)
    names.take(template.name(VALUES, 7), 7)
    with pytest.raises(BadInput, match=r"line 9: the name 'zh-第一章.wav' is taken by line 7"):
        names.take(template.name(VALUES, 9), 9)
