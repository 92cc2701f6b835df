"""What a signed URL tells of itself, in the form of each vendor; what a stranger's words become as a name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from voicectl.core.presigned import expires_at, file_name_of, identity_of, safe_name

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
UNIX = int(AT.timestamp())
ENDS = {
    "OSS V1": f"OSSAccessKeyId=k&Expires={UNIX}&Signature=s",
    "OSS V4": "x-oss-date=20260102T020405Z&x-oss-expires=3600&x-oss-signature=s",
    "S3": "X-Amz-Date=20260102T020405Z&X-Amz-Expires=3600&X-Amz-Signature=s",
    "S3, old": f"AWSAccessKeyId=k&Signature=s&Expires={UNIX}",
    "TOS": "X-Tos-Date=20260102T020405Z&X-Tos-Expires=3600&X-Tos-Signature=s",
    "Volcengine's network": f"x-expires={UNIX}&x-signature=s",
    "COS": f"q-sign-time=1767319200;{UNIX}&q-signature=s",
}


@pytest.mark.parametrize("name", ENDS)
def test_the_end_is_read_from_the_query(name: str) -> None:
    assert expires_at(f"https://b.example.com/a.wav?{ENDS[name]}") == AT


@pytest.mark.parametrize(
    "url",
    [
        "https://b.example.com/a.wav",
        "https://b.example.com/a.wav?Expires=soon",
        "https://b.example.com/a.wav?Expires=99999999999999",
        "https://b.example.com/a.wav?expires=3600",
        "https://b.example.com/a.wav?X-Amz-Date=today&X-Amz-Expires=3600",
        "https://[::1/a.wav?Expires=1",
    ],
)
def test_a_query_without_an_end_has_none(url: str) -> None:
    assert expires_at(url) is None


@pytest.mark.parametrize("name", ENDS)
def test_the_signature_is_no_part_of_whose_bytes_they_are(name: str) -> None:
    bare = "https://b.example.com/a.wav?id=5"
    assert identity_of(f"{bare}&{ENDS[name]}") == identity_of(bare) != identity_of(f"{bare[:-1]}6")


def test_a_name_is_the_last_word_of_the_path() -> None:
    assert file_name_of("https://b.example.com/x/%E5%A3%B0%2F1.wav?a=/b") == "声/1.wav"


NAMES = {
    "plain": ("call-1.wav", "call-1.wav"),
    "other letters": ("声1.wav", "声1.wav"),
    "a way out": ("../../etc/passwd", "etc-passwd-"),
    "hidden": (".bashrc", "bashrc-"),
    "a path": ("a/b\\c:d.wav", "a-b-c-d-"),
    "control characters": ("a\n\x1b[31m.wav", "a---31m-"),
    "nothing that is safe": ("///", ""),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_leads_nowhere_else(name: str) -> None:
    words, start = NAMES[name]
    safe = safe_name(words)
    assert safe.startswith(start)
    assert safe
    assert not set(safe) & set("/\\\0\n\x1b:")
    assert not safe.startswith(".")


def test_different_words_stay_different_names_and_long_ones_fit() -> None:
    assert safe_name("a/b") != safe_name("a:b")
    assert len(safe_name("声" * 500).encode()) <= 140
