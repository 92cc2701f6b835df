"""Mistakes of Aliyun's RPC signature alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from voicectl.core.request import Request, percent_encode
from voicectl.explain.attempt import Attempt, Mistake, Try, after, any_of, setting
from voicectl.explain.mistakes.encodings import raw, small_hex, spaces_as_plus
from voicectl.signing import canonical
from voicectl.signing.canonical import Mac

RPC = ("aliyun-rpc",)


def _resources(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("resource", "encode_resource"):
        return
    host = attempt.request.host
    for resource, note in (
        (host, f"the host {host!r} stands where %2F belongs"),
        (f"{host}/", "host and '/' stand where %2F belongs"),
        ("", "nothing stands between the two '&' where %2F belongs"),
        (f"/{host}", "'/' and the host stand where %2F belongs"),
        ("//", "%2F%2F stands where %2F belongs"),
        (attempt.request.path or "/", "the path stands where %2F belongs"),
    ):
        yield Try(note, attempt.stepping(resource=resource))
        yield Try(
            f"{note}, not encoded", attempt.stepping(resource=resource, encode_resource=canonical.as_is)
        )
    for text, note in (
        ("%2F&" + percent_encode(host), "the host stands behind %2F"),
        (f"%2F&{host}", "the host stands behind %2F"),
        (f"{host}&%2F", "the host stands between the method and %2F"),
        (f"{percent_encode(host)}&%2F", "the host stands between the method and %2F"),
        (f"{host}%2F", "the host stands before %2F"),
        (f"{host}&/", "the host and '/' stand behind the method"),
        ("%2f", "%2f is written with a small letter"),
        ("%252F", "%2F is encoded twice"),
    ):
        yield Try(note, attempt.stepping(encode_resource=lambda _, t=text: t))


def _outer(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("encode_query"):
        return
    encode = attempt.of("encode_query")
    for note, step in (
        ("the whole query was not encoded", canonical.as_is),
        ("the whole query was encoded as a form", canonical.form_encode),
        ("the whole query was encoded save for '/'", canonical.encode_path),
        ("the whole query was encoded save for '&' and '='", lambda text: percent_encode(text, "&=")),
        ("the whole query was encoded save for '='", lambda text: percent_encode(text, "=")),
        ("the whole query was encoded save for '&'", lambda text: percent_encode(text, "&")),
        ("the whole query was encoded with '~' as %7E", lambda text: encode(text).replace("~", "%7E")),
        ("the whole query was encoded save for ! ' ( ) *", after(encode, raw("!'()*"))),
        ("the whole query was encoded with small letters", after(encode, small_hex)),
        ("the whole query was encoded with '+' for %20", after(encode, spaces_as_plus)),
    ):
        yield Try(note, attempt.stepping(encode_query=step))


def _twice(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("encode_query"):
        encode = attempt.of("encode_query")
        yield Try("the whole query was encoded twice", attempt.stepping(encode_query=after(encode, encode)))


def _joined(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("mac", "encode_query"):
        mac = attempt.of("mac")
        for mark in ("\n", "", "|", "&amp;", " ", ","):
            joined = partial(_joined_mac, mac, mark.encode())
            yield Try(f"the three parts were joined by {mark!r}", attempt.stepping(mac=joined))


def _joined_mac(mac: Mac, mark: bytes, key: bytes, message: bytes) -> bytes:
    return mac(key, message.replace(b"&", mark))


def _no_values(request: Request) -> str:
    return ""


MISTAKES = (
    Mistake(
        id="rpc-slash-raw",
        title="'/' was not encoded between method and query: METHOD&/& for METHOD&%2F&",
        shows="refused always; the echo differs right behind the method",
        fix="Write %2F between the two '&'.",
        code='"GET&%2F&" + encode(query)',
        schemes=RPC,
        weight=4,
        tries=setting("'/' was not encoded", encode_resource=canonical.as_is),
    ),
    Mistake(
        id="rpc-form-unsigned",
        title="the form's parameters are missing in the RPC string to sign",
        shows="GET works, POST does not",
        fix="Merge the parameters of form and query before sorting.",
        schemes=RPC,
        weight=3,
        tries=setting("the form was not signed", signed_form=_no_values),
    ),
    Mistake(
        id="enc-rpc-outer-double",
        title="the sorted query was percent-encoded once too often in the RPC string",
        shows="refused always; the echo has fewer %25 than ours",
        fix="One pass over the whole query is enough.",
        schemes=RPC,
        weight=3,
        tries=_twice,
    ),
    Mistake(
        id="enc-rpc-outer",
        title="the second encoding of the RPC query is missing or follows other rules",
        shows="every call fails; the server's string has %3D and %26 where ours has = and &",
        fix="Percent-encode the whole sorted query once more, by RFC 3986, before it goes behind "
        "METHOD&%2F&.",
        schemes=RPC,
        weight=2,
        tries=_outer,
    ),
    Mistake(
        id="rpc-joined-wrongly",
        title="the RPC string's three parts are not joined by '&'",
        shows="refused always; the echo differs right behind the method",
        fix="Join method, %2F and the encoded query by '&'.",
        schemes=RPC,
        weight=1,
        tries=_joined,
    ),
    Mistake(
        id="rpc-resource",
        title="something else than %2F stands between method and query of the RPC string, such as the host",
        shows="refused always; the echo differs right behind the method",
        fix="The string is METHOD, '&', '%2F', '&' and the encoded query: host and path do not occur in it.",
        schemes=RPC,
        weight=2,
        tries=any_of(_resources),
    ),
)
