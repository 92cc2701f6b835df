"""A curl command read into the request that curl would send. Words and options are cut in modules beside."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import takewhile

from voicectl.core.errors import BadInput
from voicectl.core.note import Note
from voicectl.core.request import Pairs, Request
from voicectl.explain.captured import Captured, Files, SelfSigned, contents
from voicectl.explain.cmd_words import cmd_commands, is_cmd
from voicectl.explain.curl_options import Option, options
from voicectl.explain.curl_url import Target, add_query, form_escape, read_target
from voicectl.explain.shell_words import Command, bash_commands
from voicectl.explain.wire import bytes_of, text_of

_BEFORE_CURL = frozenset({"$", "%", "#", "sudo", "env", "time", "exec", "command", "cmd", "/c"})
_CURL_NAME = re.compile(r"(?:.*[/\\])?curl(?:\.exe)?", re.IGNORECASE | re.DOTALL)
_DATA = frozenset({"data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json"})
_REFUSED = {
    "form": "the boundary of a multipart form is curl's own and is not in the command",
    "form-string": "the boundary of a multipart form is curl's own and is not in the command",
    "config": "the options lie in a file of their own",
    "variable": "curl's own variables are not followed",
    "digest": "the answer to a digest challenge is not in the command",
    "ntlm": "the answer to an NTLM challenge is not in the command",
    "negotiate": "the answer to a Negotiate challenge is not in the command",
}
_GLOB = re.compile(r"\{[^{}]*\}|\[[^\[\]:]*-[^\[\]:]*\]")
_NOTES = {
    "several-requests": Note(id="several-requests", template="of several requests the first is taken"),
    "glob": Note(id="glob", template="the URL's pattern of braces or brackets was left as it is written"),
    "self-signed": Note(id="self-signed", template="curl makes this signature itself, unseen in the command"),
}
_STRIPPED = bytes.maketrans(b"", b""), b"\r\n\0"

_Read = Callable[[str], bytes]


def read_curl(
    text: str, *, files: Files | None = None, variables: Mapping[str, str] | None = None
) -> Captured:
    """Read the first curl command in a script of bash, or in a line copied for Windows' cmd.

    `files` gives what `@name` stands for. `variables` replace `$NAME`; unknown ones stay as they are written
    and are told in `notes`. Raise BadInput with line and column, and NoInput for a file that is not given.
    """
    known = variables or {}
    commands = cmd_commands(text, known) if is_cmd(text) else bash_commands(text, known)
    for command in commands:
        words = command.words
        skipped = sum(1 for _ in takewhile(lambda word: word.text in _BEFORE_CURL or "=" in word.text, words))
        if skipped < len(words) and _CURL_NAME.fullmatch(words[skipped].text):
            return _captured(list(options(words[skipped + 1 :])), command, files)
    raise BadInput("line 1: there is no curl command here", hint="start with the word curl")


def _captured(given: list[Option], command: Command, files: Files | None) -> Captured:
    first = list(takewhile(lambda option: option.name != "next", given))
    urls = [option for option in first if option.name == "url"]
    _refuse(first)
    if not urls:
        raise BadInput("line {line}: the command names no URL", line=command.words[0].line)
    self_signing = _last(first, "aws-sigv4")
    notes = {
        "several-requests": len(urls) > 1 or len(first) < len(given),
        "glob": bool(_GLOB.search(urls[0].value)) and not _last(first, "globoff"),
        "self-signed": bool(self_signing),
    }
    request = _request(first, urls[0], partial(_read, command, files), sign_in=not self_signing)
    return Captured(
        request=request,
        form="curl",
        notes=(*command.notes, *(_NOTES[name] for name, holds in notes.items() if holds)),
        self_signed=_self_signed(self_signing, _last(first, "user"), request.host) if self_signing else None,
    )


def _read(command: Command, files: Files | None, name: str) -> bytes:
    match command.stdin if name == "-" else None:
        case bytes(data):
            return data
        case str(file):
            return contents(files, file)
        case _:
            return contents(files, name)


def _refuse(given: list[Option]) -> None:
    for option in given:
        reason = _REFUSED.get(option.name)
        if reason:
            raise BadInput(
                "line {line}, column {column}: --{option} cannot be read: {reason}",
                line=option.line,
                column=option.column,
                option=option.name,
                reason=reason,
                hint="give the raw request instead, as `curl --trace-ascii - …` or a proxy shows it",
            )


def _last(given: list[Option], *names: str) -> Option | None:
    return next((option for option in reversed(given) if option.name in names), None)


def _request(given: list[Option], url: Option, read: _Read, *, sign_in: bool) -> Request:
    target = read_target(url.value, url.line, url.column, as_is=bool(_last(given, "path-as-is")))
    for option in given:
        if option.name == "url-query":
            target = add_query(target, _query_piece(option.value, read))
    data = _data(given, read)
    upload = _last(given, "upload-file")
    if data is not None and _last(given, "get"):
        target, data = add_query(target, text_of(data)), None
    body, method = data, "GET" if data is None else "POST"
    if upload:
        target, body, method = (
            target.named(upload.value),
            read("-" if upload.value == "." else upload.value),
            "PUT",
        )
    if _last(given, "head"):
        method = "HEAD"
    _refuse_two_methods(given, data, upload)
    if wanted := _last(given, "request"):
        method = wanted.value
    path, query = target.path, target.query
    if aim := _last(given, "request-target"):
        path, _, query = aim.value.partition("?")
    headers = _headers(given, target, read, body, form=data is not None, sign_in=sign_in)
    host = next((value.strip() for name, value in headers if name.lower() == "host"), target.host)
    return Request(
        method=method,
        host=host or target.host,
        path=path,
        query=query,
        headers=headers,
        body=body or b"",
        scheme=target.scheme,
    )


def _refuse_two_methods(given: list[Option], data: bytes | None, upload: Option | None) -> None:
    kinds = (data is not None, upload is not None, _last(given, "head") is not None)
    if sum(kinds) > 1:
        raise BadInput(
            "line {line}: curl refuses data, an upload and --head together",
            line=given[0].line,
            hint="use -X to name another method",
        )


def _data(given: list[Option], read: _Read) -> bytes | None:
    """Join all data options as curl does; None where there is none."""
    pieces: list[bytes] = []
    for option in given:
        if option.name in _DATA:
            between = b"&" if pieces and option.name != "json" else b""
            pieces.append(between + _data_piece(option, read))
    return b"".join(pieces) if pieces else None


def _data_piece(option: Option, read: _Read) -> bytes:
    value = option.value
    match option.name:
        case "data-urlencode":
            return bytes_of(_encoded(value, read))
        case "data" | "data-ascii" if value.startswith("@"):
            # From a file, curl drops line breaks and NUL bytes of plain data.
            return read(value[1:]).translate(*_STRIPPED)
        case "data-binary" | "json" if value.startswith("@"):
            return read(value[1:])
        case _:
            return bytes_of(value)


def _encoded(value: str, read: _Read) -> str:
    """Read `content`, `=content`, `name=content`, `@file`, `name@file`; only the content is encoded."""
    mark = "=" if "=" in value else "@"
    name, found, rest = value.partition(mark)
    if not found:
        return form_escape(bytes_of(value))
    content = bytes_of(rest) if mark == "=" else read(rest)
    return f"{name}={form_escape(content)}" if name else form_escape(content)


def _query_piece(value: str, read: _Read) -> str:
    return value[1:] if value.startswith("+") else _encoded(value, read)


def _headers(
    given: list[Option], target: Target, read: _Read, body: bytes | None, *, form: bool, sign_in: bool
) -> Pairs:
    """Return the headers that a signature may cover; curl's own User-Agent and Accept are left out."""
    written = list(_written(given, read))
    own = [("Host", target.host), *_own(given, target, sign_in=sign_in)]
    upload = _last(given, "upload-file")
    if upload and upload.value in ("-", "."):
        own.append(("Transfer-Encoding", "chunked"))
    elif body is not None and "transfer-encoding" not in {name.lower() for name, _ in written}:
        own.append(("Content-Length", str(len(body))))
    if _last(given, "json"):
        own += [("Content-Type", "application/json"), ("Accept", "application/json")]
    elif form:
        own.append(("Content-Type", "application/x-www-form-urlencoded"))
    replaced = {name.lower() for name, _ in written}
    kept = [(name, value) for name, value in own if name.lower() not in replaced]
    sent = [(name, value) for name, value in written if value is not None]
    return (*kept, *sent)


def _own(given: list[Option], target: Target, *, sign_in: bool) -> Pairs:
    """Return the headers that options other than -H stand for."""
    import base64

    made: list[tuple[str, str]] = []
    user, bearer = _last(given, "user"), _last(given, "oauth2-bearer")
    who = user.value if user else target.user
    if bearer:
        made.append(("Authorization", f"Bearer {bearer.value}"))
    elif who and sign_in:
        pair = bytes_of(who if ":" in who else who + ":")
        made.append(("Authorization", f"Basic {base64.b64encode(pair).decode('ascii')}"))
    for name, header in (("range", "Range"), ("user-agent", "User-Agent"), ("referer", "Referer")):
        option = _last(given, name)
        if option and option.value:
            made.append((header, {"Range": "bytes="}.get(header, "") + option.value.removesuffix(";auto")))
    cookies = [option.value for option in given if option.name == "cookie" and "=" in option.value]
    return (*made, ("Cookie", ";".join(cookies))) if cookies else tuple(made)


def _written(given: list[Option], read: _Read) -> list[tuple[str, str | None]]:
    """Return what -H says: a value, "" for `Name;`, None for `Name:`, which removes one of curl's own."""
    lines: list[str] = []
    for option in given:
        if option.name == "header" and option.value.startswith("@"):
            lines += text_of(read(option.value[1:])).replace("\r\n", "\n").splitlines()
        elif option.name == "header":
            lines.append(option.value)
    headers: list[tuple[str, str | None]] = []
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name.strip(), value.removeprefix(" ") if value.strip() else None))
        elif line.rstrip().endswith(";"):
            headers.append((line.rstrip()[:-1].strip(), ""))
    return headers


def _self_signed(option: Option, user: Option | None, host: str) -> SelfSigned:
    """Read `provider:provider:region:service`; what is left out curl takes from the host's name."""
    provider, _, rest = (option.value or "aws:amz").partition(":")
    _, region, service, *_ = [*rest.split(":"), "", ""]
    first, second, *_ = [*host.split("."), ""]
    return SelfSigned(
        provider=provider,
        region=region or second,
        service=service or first,
        key_id=user.value.partition(":")[0] if user else "",
    )
