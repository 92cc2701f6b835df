"""What a URL with a signature in its query tells of itself. Pure; making one is `signing/`'s."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from voicectl.core.recording import Location
    from voicectl.core.request import Pairs, ReplyStream

SIGNED_WITH = frozenset(
    (
        "awsaccesskeyid",
        "expires",
        "ossaccesskeyid",
        "security-token",
        "signature",
        "x-expires",
        "x-signature",
    )
)
SIGNED_STARTS = ("x-amz-", "x-oss-", "x-tos-", "q-")
KEPT = frozenset(("x-oss-process", "x-tos-process"))
RELATIVE = (("x-amz-date", "x-amz-expires"), ("x-oss-date", "x-oss-expires"), ("x-tos-date", "x-tos-expires"))
ABSOLUTE = ("expires", "x-expires")
LONGEST_NAME = 120


class Fetch(Protocol):
    """What `Access.fetch` does."""

    def __call__(self, url: str, *, headers: Pairs = ()) -> AbstractContextManager[ReplyStream]: ...


def location_of(fetch: Fetch, url: str, identity: str = "") -> Location:
    """Return the way to what a URL points to; unless told, path and query say whose bytes those are."""
    from voicectl.core.recording import Location

    return Location(
        open=lambda headers: fetch(url, headers=headers),
        identity=identity or identity_of(url),
        expires_at=expires_at(url),
        file_name=file_name_of(url),
        etag_is_md5=_is_s3(url),
    )


def expires_at(url: str) -> datetime | None:
    """Return when a URL's signature ends, as its query says; None where it does not."""
    given = {name.lower(): value for name, value in _pairs(url)}
    for date, seconds in RELATIVE:
        begun, length = _basic_time(given.get(date, "")), given.get(seconds, "")
        if begun is not None and _is_number(length):
            return begun + timedelta(seconds=int(length))
    absolute = [given.get(name, "") for name in ABSOLUTE]
    absolute.append(given.get("q-sign-time", "").partition(";")[2])
    return next((datetime.fromtimestamp(int(text), UTC) for text in absolute if _is_unix_time(text)), None)


def identity_of(url: str) -> str:
    """Return a URL without its signature: the same for each signature over the same object."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    kept = sorted(f"{name}={value}" for name, value in _pairs(url) if not _is_signature(name.lower()))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}{parts.path}?{'&'.join(kept)}"


def file_name_of(url: str) -> str:
    """Return the last word of a URL's path; a stranger's word, to be made safe before it is a name."""
    try:
        return unquote(urlsplit(url).path.rpartition("/")[2], errors="replace")
    except ValueError:
        return ""


def safe_name(words: str) -> str:
    """Return words as a file name that leads nowhere else: letters, digits and `._-`, no dot in front."""
    from hashlib import sha256

    safe = "".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in words).lstrip(".-")
    if safe == words and len(safe.encode()) <= LONGEST_NAME:
        return safe
    # What was changed could fall together with another name: a few digits keep them apart.
    stem, dot, suffix = safe.rpartition(".") if "." in safe[-8:] else (safe, "", "")
    short = stem.encode()[: LONGEST_NAME - 20].decode(errors="ignore")
    return f"{short}-{sha256(words.encode('utf-8', 'replace')).hexdigest()[:8]}{dot}{suffix}".lstrip("-")


def _is_signature(name: str) -> bool:
    return name in SIGNED_WITH or (name.startswith(SIGNED_STARTS) and name not in KEPT)


def _is_s3(url: str) -> bool:
    return any(name.lower() in ("x-amz-signature", "awsaccesskeyid") for name, _ in _pairs(url))


def _pairs(url: str) -> list[tuple[str, str]]:
    try:
        query = urlsplit(url).query
    except ValueError:
        return []
    parts = (part.partition("=") for part in query.split("&") if part)
    return [(unquote(name), unquote(value)) for name, _, value in parts]


def _basic_time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 9


def _is_unix_time(text: str) -> bool:
    """Say whether a text is Unix seconds of this age: a shorter number is a length of time, or nothing."""
    return text.isascii() and text.isdecimal() and len(text) == 10
