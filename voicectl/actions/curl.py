"""A signed request as a `curl` command that sends the same bytes; tokens stay in the shell's variables."""

from __future__ import annotations

from base64 import b64encode
from shlex import quote
from urllib.parse import urlsplit

from voicectl.core.account import Variables
from voicectl.core.credentials import Credentials
from voicectl.core.errors import UsageError
from voicectl.core.request import Request, percent_encode
from voicectl.core.signature import Signed
from voicectl.signing.masking import MASK, mask


def curl_command(
    signed: Signed,
    credentials: Credentials,
    variables: Variables,
    *,
    with_token: bool = False,
) -> str:
    """Return the command, one option a line. `variables` name the vendor's own keys in the environment.

    A URL with a token in it cannot take it from a variable: UsageError unless `with_token`.
    """
    request = signed.request
    hidden = mask(signed, credentials).request
    if hidden.query != request.query and not with_token:
        raise UsageError(
            "the URL of this form holds the session token", hint="add --with-token if it may be printed"
        )
    lines = ["curl --globoff --path-as-is", *_method(request), quote(_legal(request.url))]
    lines += _headers(request, hidden, signed.trace.scheme, variables)
    lines += _body(request)
    command = " \\\n  ".join(lines)
    return f"{_piped(request)}{command}"


def _legal(url: str) -> str:
    """Encode what may not travel in a URL and every scheme signs as encoded: blanks, other scripts."""
    return "".join(char if "!" <= char <= "~" else percent_encode(char) for char in url)


def _method(request: Request) -> list[str]:
    if request.method.upper() == "HEAD" and not request.body:
        return ["--head"]
    usual = "POST" if request.body else "GET"
    return [] if request.method == usual else [f"--request {quote(request.method)}"]


def _headers(request: Request, hidden: Request, scheme: str, variables: Variables) -> list[str]:
    lines = []
    for (name, value), (_, shown) in zip(request.headers, hidden.headers, strict=True):
        if name.lower() == "host" and value == urlsplit(request.url).netloc:
            continue
        if shown == value:
            lines.append(_header(name, value))
        elif scheme == "basic":
            lines.append(f'--user "${variables.key_id}:${variables.secret}"')
        else:
            lines.append(
                f'--header "{name}: {shown.replace(MASK, f"${_variable(name, scheme, variables)}")}"'
            )
    present = {name.lower() for name, _ in request.headers}
    if request.body and "content-type" not in present:
        lines.append("--header 'Content-Type:'")
    return lines


def _header(name: str, value: str) -> str:
    """Write one header; curl takes `Name;` for an empty one and drops `Name:`."""
    return f"--header {quote(f'{name}: {value}' if value else f'{name};')}"


def _variable(name: str, scheme: str, variables: Variables) -> str:
    """Return the variable that holds what this header shows."""
    if scheme == "gateway-hmac":
        return variables.key_id
    return variables.secret if scheme == "bearer" or not variables.tokens else variables.tokens[0]


def _body(request: Request) -> list[str]:
    if not request.body:
        return []
    text = _text(request.body)
    if text is None:
        return ["--data-binary @-"]
    # curl reads a leading @ as the name of a file, but not after --data-raw.
    return [f"--data-raw {quote(text)}"]


def _piped(request: Request) -> str:
    """Return what feeds a body that no argument can hold."""
    if not request.body or _text(request.body) is not None:
        return ""
    return f"printf %s {quote(b64encode(request.body).decode('ascii'))} | base64 -d | "


def _text(body: bytes) -> str | None:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
