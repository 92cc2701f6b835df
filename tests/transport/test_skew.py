"""Two clocks compared: in words, and on every answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cloud.server import Answer, serving
from tests.transport.parts import NOON, client
from voicectl.core.note import Note
from voicectl.core.request import Request
from voicectl.transport.skew import skew_of, words_for


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(minutes=8, seconds=5), "8 min 5 s behind"),
        (-timedelta(hours=8), "8 h ahead"),
        (timedelta(days=2, hours=3, minutes=4), "2 d 3 h behind"),
        (timedelta(0), "0 s ahead"),
    ],
)
def test_skew_is_named_as_one_would_say_it(ahead: timedelta, words: str) -> None:
    assert words_for(ahead) == words


def test_a_server_without_a_date_tells_nothing() -> None:
    assert skew_of({}, datetime(2026, 1, 1, tzinfo=UTC)) is None
    assert skew_of({"date": "yesterday"}, datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(("minutes", "said"), [(9, ["your clock is 9 min behind the server's"]), (0, [])])
def test_a_good_answer_with_another_time_is_warned_of_once(minutes: int, said: list[str]) -> None:
    notes: list[Note] = []
    date = (NOON + timedelta(minutes=minutes)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    answer = Answer(200, (("Content-Type", "text/plain"), ("Date", date)), b"ok")
    with serving(lambda request: answer) as server:
        ours = client(warn=notes.append)
        for _ in range(2):
            ours.send(Request(method="GET", scheme="http", host=server.host))
    assert [str(note) for note in notes] == said
