"""Mistakes of the schemes that are no relatives of the large ones: shown secrets, Youdao, our own gateway."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from hashlib import new as new_hash

from voicectl.core.request import Request, percent_decode
from voicectl.explain.attempt import Attempt, Mistake, Tries, Try, any_of, setting
from voicectl.signing import canonical

PREFIXES = (
    "",
    "bearer ",
    "Bearer",
    "Bearer: ",
    "Bearer;",
    "Bearer; ",
    "Bearer Bearer ",
    "Token ",
    "Basic ",
    "OAuth ",
)


def _prefixes(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("prefix", "header"):
        for prefix in PREFIXES:
            if prefix != attempt.of("prefix"):
                note = f"the header starts with {prefix!r}, not with {attempt.of('prefix')!r}"
                yield Try(note, attempt.stepping(prefix=prefix))


def _basic(attempt: Attempt) -> Iterator[Try]:
    if attempt.scheme.scheme != "basic":
        return
    write = attempt.of("write")
    yield Try(
        "name and password were not encoded as base64", attempt.stepping(write=lambda c: _decoded(write(c)))
    )
    yield Try("the base64 is that for URLs", attempt.stepping(write=lambda c: _for_urls(write(c))))
    yield Try(
        "the base64 holds a line feed behind the password",
        attempt.stepping(write=lambda c: _with_line(write(c))),
    )
    yield Try(
        "the base64 was encoded again",
        attempt.stepping(write=lambda c: b64encode(write(c).encode()).decode()),
    )


def _bytes(text: str) -> bytes:
    from base64 import b64decode

    return b64decode(text)


def _decoded(text: str) -> str:
    return _bytes(text).decode("utf-8", "surrogateescape")


def _for_urls(text: str) -> str:
    return urlsafe_b64encode(_bytes(text)).decode()


def _with_line(text: str) -> str:
    return b64encode(_bytes(text) + b"\n").decode()


def _shortened(length: Callable[[str], int], size: int = 10) -> Callable[[str], str]:
    def shorten(text: str) -> str:
        number = length(text)
        return text if number <= 2 * size else f"{text[:size]}{number}{text[-size:]}"

    return shorten


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _inputs() -> Tries:
    return any_of(
        setting("the whole text was signed", shorten=canonical.as_is),
        setting("the text's length was counted in UTF-16 units", shorten=_shortened(_units)),
        setting(
            "the text's length was counted in UTF-8 bytes", shorten=_shortened(lambda t: len(t.encode()))
        ),
        setting(
            "the text was cut without its length", shorten=lambda t: t if len(t) <= 20 else t[:10] + t[-10:]
        ),
        setting("the text was cut to its first 20 characters", shorten=lambda t: t[:20]),
    )


def _hash(name: str) -> Callable[[bytes], str]:
    return lambda data: new_hash(name, data, usedforsecurity=False).hexdigest()


def _targets(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("target"):
        return
    ways: tuple[tuple[str, Callable[[Request], str]], ...] = (
        ("the query was not signed", lambda request: request.path),
        ("the whole URL was signed", lambda request: request.url),
        ("the path was signed decoded", lambda request: percent_decode(request.target)),
        ("host and path were signed", lambda request: request.host + request.target),
        ("the path was signed without its leading '/'", lambda request: request.target.removeprefix("/")),
        ("'?' was signed though there is no query", lambda request: f"{request.path}?{request.query}"),
    )
    for note, target in ways:
        yield Try(note, attempt.stepping(target=target))


MISTAKES = (
    Mistake(
        id="bearer-prefix",
        title="the word before the token is not the one that is wanted",
        fix="Write the header to the letter: `Authorization: Bearer TOKEN`, with one blank.",
        schemes=("bearer", "basic"),
        weight=3,
        tries=_prefixes,
    ),
    Mistake(
        id="basic-encoding",
        title="name and password are not written as base64 of NAME:PASSWORD",
        fix="Encode `NAME:PASSWORD` once, as standard base64. Usual culprit: shells' echo.",
        code='printf %s "$NAME:$PASSWORD" | base64',
        schemes=("basic",),
        weight=3,
        tries=_basic,
    ),
    Mistake(
        id="youdao-input",
        title="the text was not shortened by the rule of signType v3",
        fix="Of a text over 20 characters sign the first ten, the number of characters, and the last ten.",
        schemes=("youdao",),
        weight=3,
        tries=_inputs(),
    ),
    Mistake(
        id="youdao-hash",
        title="the sign was made by another hash than SHA-256",
        fix="Write the SHA-256 in small hexadecimal letters; MD5 is the older form without signType.",
        schemes=("youdao",),
        weight=3,
        tries=any_of(
            *(setting(f"{name.upper()} was used", hash=_hash(name)) for name in ("md5", "sha1", "sha512")),
            setting("capitals were written", hash=lambda data: canonical.sha256_hex(data).upper()),
            setting("MD5 in capitals was used", hash=lambda data: _hash("md5")(data).upper()),
        ),
    ),
    Mistake(
        id="gateway-target",
        title="another path was signed than the path and query that were sent",
        fix="Sign path and query exactly as they stand in the first line of the request.",
        schemes=("gateway",),
        weight=3,
        tries=_targets,
    ),
)
