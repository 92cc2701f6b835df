"""Mistakes with the security token of a temporary key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote

from voicectl.core.request import percent_encode
from voicectl.explain.attempt import Attempt, Mistake, Try
from voicectl.explain.mistakes.headers import valued
from voicectl.explain.mistakes.queries import reading
from voicectl.signing.canonical import QueryPair
from voicectl.signing.tokens import in_header

NAMES = frozenset(
    {
        "x-amz-security-token",
        "x-acs-security-token",
        "x-oss-security-token",
        "x-security-token",
        "x-tos-security-token",
        "x-tc-token",
        "security-token",
        "securitytoken",
    }
)


def token_headers(attempt: Attempt) -> list[str]:
    return [name for name, _ in attempt.request.headers if name.lower() in NAMES]


def token_parameters(attempt: Attempt) -> list[str]:
    """Return the names under which the query or the form carries a token."""
    if not attempt.has("read_pairs", "signed_query"):
        return []
    pairs = attempt.of("read_pairs")(attempt.request.query)
    if attempt.has("signed_form"):
        pairs += attempt.of("read_pairs")(attempt.of("signed_form")(attempt.request))
    return [name for name, _ in pairs if name.lower() in NAMES]


def _unsigned(attempt: Attempt) -> Iterator[Try]:
    note = "the token was sent, but not signed"
    names = {name.lower() for name in token_headers(attempt)}
    if names and any(name.lower() in names for name in attempt.claims.signed_headers):
        kept = tuple(name for name in attempt.claims.signed_headers if name.lower() not in names)
        yield Try(note, attempt.claiming(signed_headers=kept))
        if attempt.has("listed_headers"):
            write = attempt.of("write_headers")
            block = attempt.stepping(
                write_headers=lambda ls: write([x for x in ls if x[2].lower() not in names])
            )
            yield Try(f"{note}: it is in the list, not in the block", block)
    parameters = frozenset(token_parameters(attempt))
    if parameters:
        yield Try(note, reading(attempt, lambda pairs: [pair for pair in pairs if pair[0] not in parameters]))


def _signed_not_sent(attempt: Attempt) -> Iterator[Try]:
    """The token was signed, and then not sent."""
    token = attempt.credentials.security_token
    if not token or token_headers(attempt) or token_parameters(attempt) or not attempt.has("names"):
        return
    header = attempt.of("names").token
    headers = in_header(attempt.request, header, token).headers
    names = (*attempt.claims.signed_headers, header.lower())
    signed = attempt.sending(headers=headers).claiming(signed_headers=names)
    yield Try("the token was signed, but not sent", signed)


_CHANGES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("percent-encoded", lambda text: quote(text, safe="")),
    ("percent-encoded save for '/'", lambda text: quote(text, safe="/")),
    ("percent-decoded", unquote),
    ("with a line feed behind it", lambda text: text + "\n"),
    ("with its '+' read as spaces", lambda text: text.replace("+", " ")),
    ("with its spaces read as '+'", lambda text: text.replace(" ", "+")),
    ("without its final '='", lambda text: text.rstrip("=")),
    ("as an empty text", lambda text: ""),
    ("in small letters", str.lower),
    ("in quotes", lambda text: f'"{text}"'),
    ("as undefined", lambda text: "undefined"),
    ("as null", lambda text: "null"),
    ("as None", lambda text: "None"),
)


def _values(names: list[str], change: Callable[[str], str]) -> Callable[[list[QueryPair]], list[QueryPair]]:
    return lambda pairs: [(name, change(value or "") if name in names else value) for name, value in pairs]


def _mangled(attempt: Attempt) -> Iterator[Try]:
    for name in token_headers(attempt):
        given = attempt.request.header(name) or ""
        for how, change in _CHANGES:
            if change(given) != given:
                yield Try(f"the token was signed {how}", valued(attempt, name, change(given)))
    names = token_parameters(attempt)
    for how, change in _CHANGES:
        if names:
            yield Try(f"the token was signed {how}", reading(attempt, _values(names, change)))
    if names:
        twice = reading(attempt, _values(names, percent_encode))
        yield Try("the token was encoded twice", twice)


MISTAKES = (
    Mistake(
        id="token-unsigned",
        title="the security token travels outside the signature",
        shows="refused although key and token are right",
        fix="Put the token into the request first, and sign afterwards.",
        schemes=("aliyun", "aws", "volcengine", "tos4"),
        weight=7,
        tries=_unsigned,
    ),
    Mistake(
        id="token-signed-not-sent",
        title="the security token was signed, but not sent",
        shows="the server's string lacks the token",
        fix="Send the token header that was signed.",
        weight=2,
        tries=_signed_not_sent,
    ),
    Mistake(
        id="token-mangled",
        title="the security token was signed as another text than it was sent as",
        shows="temporary keys fail, others work",
        fix="Sign and send the token's text as it is; in a query it is percent-encoded once.",
        weight=2,
        tries=_mangled,
    ),
)
