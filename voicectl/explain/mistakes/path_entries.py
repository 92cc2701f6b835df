"""The catalogue's entries about the path; how each is made again lies in `paths.py`."""

from __future__ import annotations

from voicectl.core.request import percent_encode
from voicectl.explain.attempt import Mistake, Tries, Try, any_of
from voicectl.explain.mistakes import paths
from voicectl.explain.mistakes.encodings import spaces_as_plus
from voicectl.signing import canonical


def entry(
    name: str,
    title: str,
    fix: str,
    tries: Tries,
    weight: int = 1,
    shows: str = "",
    schemes: tuple[str, ...] = paths.PATHS,
) -> Mistake:
    return Mistake(id=name, title=title, fix=fix, tries=tries, weight=weight, shows=shows, schemes=schemes)


MISTAKES = (
    entry(
        "path-raw",
        "the path was signed without being encoded",
        "Percent-encode the path, keep '/'. Usual culprits: Go's URL.Path in place of EscapedPath(), Java's "
        "URI.getPath() in place of getRawPath(), Python's unquoted PATH_INFO.",
        paths.decoded_path,
        weight=8,
        shows="plain ASCII paths without blanks go through",
        schemes=paths.ENCODES_ONCE,
    ),
    entry(
        "path-single-encoded",
        "the path was percent-encoded once; AWS services other than S3 sign it encoded twice",
        "Encode each segment twice for every AWS service but S3: %20 on the wire is %2520 in the canonical "
        "request.",
        paths.single,
        weight=8,
        shows="paths that need no escapes go through",
        schemes=("aws",),
    ),
    entry(
        "path-double-encoded",
        "the path was encoded once too often",
        "Sign the path as the request line has it: S3, OSS, Volcengine and ACS3 encode it once. Usual "
        "culprit: a signer made for other AWS services, whose paths are encoded twice.",
        paths.double,
        weight=4,
        shows="paths with percent escapes fail: they are signed as %25XX",
        schemes=paths.ENCODES_ONCE,
    ),
    entry(
        "path-not-normalised",
        "'//' or dot segments were signed as sent; AWS services other than S3 collapse them",
        "Collapse '//' and dot segments first, or never send them. Usual culprit: a base URL with a final "
        "'/' joined to a path with a leading one.",
        paths.not_normalised,
        weight=6,
        shows="URLs joined from two parts fail",
        schemes=("aws",),
    ),
    entry(
        "path-normalised",
        "'//' or dot segments were removed before signing; here the path is signed as sent",
        "Sign the path exactly as it is sent: object keys may hold '//' and dots. Usual culprits: Python's "
        "posixpath.normpath, Java's URI.normalize, Go's path.Clean and path.Join.",
        paths.normalised,
        weight=2,
        shows="keys with '//' or dots fail",
    ),
    entry(
        "path-slash-encoded",
        "'/' in the path was encoded too",
        "Encode the segments, not the slashes between them. Usual culprits: Python's quote(path, safe=''), "
        "JavaScript's encodeURIComponent on the whole path.",
        any_of(
            paths.signed("each '/' but the first was written %2F", paths.encoded_slashes(False)),
            paths.signed("each '/' was written %2F", paths.encoded_slashes(True)),
            paths.once("each '/' but the first was written %2F", paths.encoded_slashes(False)),
            paths.once("each '/' was written %2F", paths.encoded_slashes(True)),
        ),
        weight=3,
        shows="keys without folders work",
    ),
    entry(
        "path-trailing-slash",
        "the path was signed with another final '/' than it was sent with",
        "Sign the very path of the request line. Usual culprits: routers that redirect /a to /a/, URL "
        "joiners that drop the last '/'.",
        any_of(
            paths.wire("the final '/' differs", paths.slash_at_end),
            paths.signed("the final '/' differs", paths.slash_at_end),
        ),
        weight=4,
        shows="some routes work, others do not",
    ),
    entry(
        "path-root",
        "'/' was signed in place of the path",
        "Pass the path to the signer. Usual culprit: a signer made for services whose path is always '/'.",
        paths.signed("'/' was signed as the path", lambda _: "/"),
        weight=2,
        shows="works for '/', fails for every other path",
    ),
    entry(
        "path-empty",
        "the path was signed as an empty line; an empty path is '/'",
        "Write '/' where the URL has no path.",
        paths.signed("an empty text was signed as the path", lambda _: ""),
        weight=2,
        shows="every call fails",
    ),
    entry(
        "path-no-leading-slash",
        "the leading '/' of the path is missing in what was signed",
        "The canonical path starts with '/'.",
        paths.signed("the path was signed without its leading '/'", lambda path: path.removeprefix("/")),
        weight=2,
        shows="every call fails",
    ),
    entry(
        "path-leading-slashes",
        "the signed path starts with '//'",
        "Join base path and path with one '/' between them.",
        any_of(
            paths.wire("the path was signed with '//' at its start", lambda path: "/" + path),
            paths.signed("the path was signed with '//' at its start", lambda path: "/" + path),
        ),
        shows="every call fails",
    ),
    entry(
        "path-with-host",
        "host or whole URL was signed in place of the path",
        "Sign the path alone: what stands between host and '?'. Usual culprits: JavaScript's url.href, "
        "Python's request.url, C#'s Uri.AbsoluteUri.",
        paths.hosts,
        weight=2,
        shows="every call fails",
    ),
    entry(
        "path-prefix-other",
        "a leading or final part of the path was not signed, or one was signed that was not sent",
        "Sign the path that the server sees: with an API's stage, with a base path, without what a proxy "
        "cuts off.",
        any_of(paths.segments, paths.stages),
        weight=2,
        shows="works directly, fails behind a gateway or a base path",
    ),
    entry(
        "path-bucket-added",
        "the bucket was signed as part of the path, though it stands in the host",
        "Sign /key for bucket.host/key; S3 and TOS have the bucket in the path in path style only.",
        paths.buckets,
        weight=2,
        shows="every object call fails",
        schemes=("aws", "tos4"),
    ),
    entry(
        "path-chars",
        "characters of the path were encoded by other rules than RFC 3986's unreserved set",
        "Keep A-Z a-z 0-9 - _ . ~ and '/', encode everything else with capital hexadecimal digits. Usual "
        "culprits: JavaScript's encodeURI, Go's EscapedPath, Java's URI, which keep : @ ! $ & ' ( ) * + , ; "
        "=.",
        paths.writers,
        weight=2,
        shows="only paths with such characters fail",
    ),
    entry(
        "path-space-plus",
        "a space in the path was written '+'",
        "Write %20. Usual culprits: Java's URLEncoder and Go's url.QueryEscape, which are for forms.",
        paths.once("spaces in the path were written '+'", spaces_as_plus),
        weight=2,
        shows="only paths with a space fail",
    ),
    entry(
        "path-charset",
        "text in the path was encoded from another charset than UTF-8",
        "Encode the UTF-8 bytes of the path.",
        paths.charsets,
        shows="only non-ASCII paths fail",
    ),
    entry(
        "path-case",
        "the path was signed in small letters",
        "Keep the path's letters.",
        any_of(
            paths.wire("the path was signed in small letters", str.lower),
            paths.signed("the path was signed in small letters", str.lower),
            paths.wire("the path was signed in capital letters", str.upper),
        ),
        shows="only paths with capitals fail",
    ),
    entry(
        "path-as-sent",
        "the path was signed as it stands on the wire, without being brought into the canonical form",
        "Decode each segment and encode it by RFC 3986.",
        any_of(
            lambda attempt: (
                [
                    Try(
                        "the path was signed as it was sent",
                        attempt.stepping(encode_path=canonical.as_is),
                    )
                ]
                if attempt.has("encode_path")
                else []
            )
        ),
        weight=2,
        shows="only paths that the client wrote otherwise fail",
        schemes=("aliyun-acs3", "aliyun-oss-v4", "volcengine", "tos4"),
    ),
    entry(
        "path-recoded",
        "the path was decoded and encoded again before signing; it is signed as sent",
        "Sign the path exactly as it is sent.",
        any_of(
            lambda attempt: (
                [
                    Try(
                        "the path was encoded again by RFC 3986",
                        attempt.stepping(encode_path=canonical.recode_path),
                    ),
                    Try(
                        "the path was encoded once more",
                        attempt.stepping(encode_path=lambda path: percent_encode(path, "/")),
                    ),
                ]
                if attempt.has("encode_path") and attempt.of("encode_path") is canonical.as_is
                else []
            )
        ),
        schemes=("aws", "tencent"),
    ),
)
