"""Secrets where none belong: every spelling is found, in every place of a file, and only there."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest

from voicectl.core.credentials import Secret
from voicectl.profiles.leaks import CHUNK, Known, leaks, merged, unusable

TEXT = 'CANARY/"EXAMPLE"+密'
KNOWN = Known(label="the key", secret=Secret(TEXT))


@pytest.mark.parametrize(
    "written",
    [
        TEXT.encode(),
        json.dumps({"k": TEXT}).encode(),
        f"k={quote(TEXT, safe='')}".encode(),
        b64encode(TEXT.encode()),
        b"x" * (CHUNK - 5) + TEXT.encode() + b"x" * CHUNK,
    ],
    ids=["raw", "json", "percent", "base64", "over a chunk's end"],
)
def test_every_spelling_is_found(tmp_path: Path, written: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before " + written + b" after")
    assert list(leaks([KNOWN], [path])) == [(path, "the key")]


def test_its_own_file_may_hold_it_and_no_other(tmp_path: Path) -> None:
    home, log = tmp_path / "secrets.json", tmp_path / "log"
    for path in (home, log):
        path.write_text(TEXT)
    known = Known(label="the key", secret=KNOWN.secret, homes=frozenset({home}))
    assert list(leaks([known], [home, log])) == [(log, "the key")]


def test_a_secret_known_by_two_names_may_rest_where_one_of_them_says(tmp_path: Path) -> None:
    resting = Known(label="profile", secret=KNOWN.secret, homes=frozenset({tmp_path / "secrets.json"}))
    (found,) = merged([KNOWN, resting])
    assert (found.label, found.homes) == ("the key", resting.homes)


def test_short_texts_and_clean_files_are_no_leaks(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("abc and more")
    assert list(leaks([Known(label="short", secret=Secret("abc")), KNOWN], [path])) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" s-EXAMPLE", "blanks around"),
        ("s EXAMPLE", "holds a blank"),
        ("s\x07EXAMPLE", "control"),
        ("s-EXAMPLE", ""),
    ],
)
def test_what_no_key_has_is_named(text: str, said: str) -> None:
    assert said in unusable(Secret(text))
    assert bool(unusable(Secret(text))) == bool(said)
