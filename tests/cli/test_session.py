"""Promises of one run of the program: what it says, it says once."""

from __future__ import annotations

from tests.fakes import Terminal, world
from voicectl.cli.session import Session
from voicectl.core.note import Note


def test_a_warning_is_said_once_however_many_clients_have_it_to_say() -> None:
    session = Session(world())
    for seconds in ("120", "119"):
        session.runtime.warn(Note("your clock is {skew} s behind", {"skew": seconds}))
    session.runtime.warn(Note("something else", {}))
    assert isinstance(session.world.stderr, Terminal)
    assert session.world.stderr.shown.count("behind") == 1
    assert "something else" in session.world.stderr.shown
