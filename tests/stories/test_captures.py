"""The README shows what a terminal really shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.captures import CAPTURE, README, retold

CAPTURES = CAPTURE.findall(README.read_text(encoding="utf-8"))


def test_there_are_captures() -> None:
    assert len(CAPTURES) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("capture", CAPTURES, ids=[capture.partition("\n")[0] for capture in CAPTURES])
def test_a_capture_is_what_comes_out(capture: str, tmp_path: Path) -> None:
    assert retold(capture, tmp_path) == capture, "python -m tests.stories.captures"
