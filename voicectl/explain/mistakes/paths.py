"""Wrong ways to sign the path. What is said about them lies in `path_entries.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from voicectl.core.request import percent_decode
from voicectl.explain.attempt import Attempt, Tries, Try, after
from voicectl.explain.mistakes.encodings import escaped, raw, small_hex, spaces_as_plus
from voicectl.explain.mistakes.queries import unsigned_query
from voicectl.signing import canonical

Change = Callable[[str], str]

PATHS = ("aliyun-acs3", "aliyun-oss-v4", "aws", "volcengine", "tos4", "tencent")
ENCODES_ONCE = ("aliyun-acs3", "aliyun-oss-v4", "aws", "volcengine", "tos4")


def always(text: str) -> Change:
    return lambda _: text


def _behind(text: str) -> Change:
    return lambda path: text + path


def wire(note: str, change: Change) -> Tries:
    """Change the path before the scheme's own steps, as if another had been sent."""

    def tries(attempt: Attempt) -> Iterator[Try]:
        if attempt.has("encode_path"):
            path = change(attempt.request.path)
            if path != attempt.request.path:
                encode = attempt.of("encode_path")
                if path:
                    yield Try(note, attempt.sending(path=path))
                else:
                    yield Try(note, attempt.stepping(encode_path=lambda _: encode("")))

    return tries


def signed(note: str, change: Change) -> Tries:
    """Change the path after the scheme's own steps, as it stands in what is signed."""

    def tries(attempt: Attempt) -> Iterator[Try]:
        if attempt.has("encode_path"):
            yield Try(note, attempt.stepping(encode_path=after(attempt.of("encode_path"), change)))

    return tries


def once(note: str, change: Change) -> Tries:
    """Write the path encoded once, and changed; encoded again where the scheme wants that."""

    def tries(attempt: Attempt) -> Iterator[Try]:
        if not attempt.has("encode_path", "normalise_path"):
            return
        written = canonical.recode_path(attempt.request.path)
        if change(written) == written:
            return
        yield Try(note, attempt.stepping(encode_path=lambda path: change(canonical.recode_path(path))))
        if doubles(attempt):
            again = attempt.stepping(
                encode_path=lambda path: canonical.encode_path(change(canonical.recode_path(path)))
            )
            yield Try(f"{note}, and encoded again", again)

    return tries


def doubles(attempt: Attempt) -> bool:
    """Say whether the scheme encodes the wire path once more."""
    return attempt.has("encode_path") and attempt.of("encode_path") is canonical.encode_path


def decoded_path(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("encode_path"):
        yield Try("the path was signed decoded", attempt.stepping(encode_path=percent_decode))
        unnormal = {"normalise_path": canonical.as_is} if attempt.has("normalise_path") else {}
        note = "the path was signed decoded and as it is"
        yield Try(note, attempt.stepping(encode_path=percent_decode, **unnormal))


def single(attempt: Attempt) -> Iterator[Try]:
    if doubles(attempt):
        yield Try("the path was encoded once", attempt.stepping(encode_path=canonical.as_is))
        note = "the path was encoded once, by RFC 3986"
        yield Try(note, attempt.stepping(encode_path=canonical.recode_path))


def double(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("encode_path"):
        return
    encode = attempt.of("encode_path")
    times = "three times" if doubles(attempt) else "twice"
    yield Try(
        f"the path was encoded {times}",
        attempt.stepping(encode_path=lambda p: canonical.encode_path(encode(p))),
    )


def not_normalised(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("normalise_path") and attempt.of("normalise_path") is not canonical.as_is:
        note = "empty and dot segments were signed as sent"
        yield Try(note, attempt.stepping(normalise_path=canonical.as_is))
        yield Try("'//' was signed as sent", attempt.stepping(normalise_path=_dots))
        yield Try("dot segments were signed as sent", attempt.stepping(normalise_path=_slashes))


def normalised(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("normalise_path") and attempt.of("normalise_path") is canonical.as_is:
        for step, note in (
            (canonical.collapse_path, "empty and dot segments were removed before signing"),
            (_slashes, "'//' was made '/' before signing"),
            (_dots, "dot segments were removed before signing"),
        ):
            yield Try(note, attempt.stepping(normalise_path=step))


def _slashes(path: str) -> str:
    return re.sub("/{2,}", "/", path)


def _dots(path: str) -> str:
    """Remove dot segments, as RFC 3986 does: empty segments stay."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/".join(kept) or "/"


def encoded_slashes(all_slashes: bool) -> Change:
    def change(path: str) -> str:
        head, rest = ("", path) if all_slashes else (path[:1], path[1:])
        return head + rest.replace("/", "%2F")

    return change


def slash_at_end(path: str) -> str:
    return path[:-1] if path.endswith("/") and len(path) > 1 else path + "/"


def segments(attempt: Attempt) -> Iterator[Try]:
    """Leave out the first segments, or the last: a stage or a base path that a gateway adds or takes."""
    segments = attempt.request.path.split("/")[1:]
    for number in range(1, min(len(segments), 4)):
        what = "segment" if number == 1 else "segments"
        first, last = "/" + "/".join(segments[number:]), "/" + "/".join(segments[:-number])
        yield from wire(f"the first {number} {what} of the path were not signed", always(first))(attempt)
        yield from wire(f"the last {number} {what} of the path were not signed", always(last))(attempt)


def stages(attempt: Attempt) -> Iterator[Try]:
    for stage in ("api", "v1", "v2", "prod", "dev", "test", "default", "stage"):
        yield from wire(f"'/{stage}' was signed before the path", _behind(f"/{stage}"))(attempt)


def buckets(attempt: Attempt) -> Iterator[Try]:
    bucket = attempt.context.bucket or attempt.request.host.partition(".")[0]
    if attempt.has("path_prefix") and not attempt.scheme.scheme.startswith("aliyun-oss"):
        note = f"the bucket {bucket!r} was signed as part of the path, though it stands in the host"
        yield from wire(note, lambda path: f"/{bucket}{path}")(attempt)


def hosts(attempt: Attempt) -> Iterator[Try]:
    request = attempt.request
    for text, note in (
        (f"{request.scheme}://{request.host}", "the whole URL was signed as the path"),
        (request.host, "the host was signed before the path"),
        (f"/{request.host}", "the host was signed before the path"),
        (f"//{request.host}", "the host was signed before the path"),
    ):
        yield from signed(note, _behind(text))(attempt)
    for text in (f"{request.host}{request.path}", f"{request.scheme}://{request.host}{request.path}"):
        yield from signed("host and path were signed as they were sent", always(text))(attempt)
    query = unsigned_query(attempt)
    if query:
        url = f"{request.scheme}://{request.host}{request.path}?{query}"
        yield from signed("the whole URL with its query was signed as the path", lambda _: url)(attempt)


_WRITERS: tuple[tuple[str, Change], ...] = (
    ("'*' in the path was left as it is", raw("*")),
    ("! ' ( ) * in the path were left as they are", raw("!'()*")),
    ("the path was encoded as JavaScript's encodeURI does", raw(";,/?:@&=+$#!'()*")),
    ("the path was encoded as Go's url.PathEscape does", raw("$&+=:@")),
    ("the path was encoded as Go's EscapedPath does", raw("$&+,/:;=@!'()*")),
    ("the path was encoded as Java's URI does", raw("$&+,:;=@!'()*")),
    ("the path was encoded as Swift's urlPathAllowed does", raw("!$&'()*+,=:@")),
    ("':' in the path was left as it is", raw(":")),
    ("'@' in the path was left as it is", raw("@")),
    ("':' and '@' in the path were left as they are", raw(":@")),
    ("'+' in the path was left as it is", raw("+")),
    ("'=' in the path was left as it is", raw("=")),
    ("',' in the path was left as it is", raw(",")),
    ("'&' in the path was left as it is", raw("&")),
    ("'$' in the path was left as it is", raw("$")),
    ("reserved characters in the path were left as they are", raw("!$&'()*+,;=:@")),
    ("'~' in the path was written %7E", escaped("~")),
    ("the path was encoded as Java's URLEncoder does", lambda p: escaped("~")(raw("*")(spaces_as_plus(p)))),
    ("escapes in the path were written with small letters", small_hex),
    (
        "characters outside ASCII in the path were not encoded",
        lambda p: re.sub("(?:%[89A-Fa-f][0-9A-Fa-f])+", lambda m: percent_decode(m[0]), p),
    ),
    ("- _ . in the path were encoded", escaped("-_.")),
)


def writers(attempt: Attempt) -> Iterator[Try]:
    for note, change in _WRITERS:
        yield from once(note, change)(attempt)


def charsets(attempt: Attempt) -> Iterator[Try]:
    from urllib.parse import quote_from_bytes

    text = percent_decode(attempt.request.path)
    if text.isascii():
        return
    for name in ("gbk", "latin-1", "utf-16-be", "shift_jis"):
        path = quote_from_bytes(text.encode(name, "replace"), "/-_.~")
        yield from wire(f"the path was encoded from {name.upper()}", always(path))(attempt)
