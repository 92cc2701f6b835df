"""Whether a signature is written as its scheme wants it, and what was meant. Its value is not judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from voicectl.core.request import Request, percent_decode
from voicectl.signing import canonical
from voicectl.signing.v4 import V4

_NAMES = re.compile(
    r"(?<![\w-])(credentials?|(?:signed|additional)-?headers?|signatures?)\s*[=:]?", re.IGNORECASE
)
_AROUND = " \t\r\n,;\"'{}<>[]()"
_OPENING = {'"', "'", "{", "<", "[", "("}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What is wrong with a header or a query, in clauses, and the request as it was meant."""

    faults: tuple[str, ...]
    request: Request


def header_form(scheme: V4, request: Request) -> Form:
    """Check an Authorization header of the form `ALGORITHM Name=value, …`."""
    given = [value for name, value in request.headers if name.lower() == "authorization"]
    if not given:
        return Form(faults=("there is no Authorization header",), request=request)
    text = given[0]
    faults = list(_faults(scheme, text))
    if len(given) > 1:
        faults.append("there are several Authorization headers")
    if not faults:
        return Form(faults=(), request=request)
    return Form(
        faults=tuple(faults), request=request.with_header("Authorization", _meant(scheme, request, text))
    )


def _faults(scheme: V4, text: str) -> Iterator[str]:
    stripped = text.strip()
    start, blank, rest = stripped.partition(" ")
    if stripped != text.strip(" ") or "\n" in text:
        yield "the header is broken over lines"
    if start != scheme.algorithm:
        yield f"it starts with {start[:60]!r}, not with {scheme.algorithm!r}"
        if start.startswith(scheme.algorithm) and not blank:
            return
    if rest != rest.lstrip():
        yield f"more than one blank stands behind {scheme.algorithm!r}"
    known = ("Credential", scheme.list_name, "Signature")
    seen: list[str] = []
    for piece in rest.split(","):
        yield from _piece_faults(piece, known, seen, scheme)
    written = {each.lower() for each in seen}
    for name in known:
        if name.lower() not in written and (name != scheme.list_name or scheme.write_empty_list):
            yield f"{name!r} is missing"


def _piece_faults(piece: str, known: tuple[str, ...], seen: list[str], scheme: V4) -> Iterator[str]:
    piece = piece.strip()
    name, equals, value = piece.partition("=")
    if not piece:
        yield "there is a comma too many"
        return
    inside = [each for each in known if re.search(rf"\s{each}\s*=", piece)]
    if inside:
        yield f"there is no comma before {inside[0]!r}"
        seen.extend(inside)
    if not equals or (" " in name.strip() and not inside):
        word = piece.split()[0]
        yield f"there is no '=' behind {word[:40]!r}"
        seen.append(word)
        return
    if name != name.strip():
        yield f"a blank stands before '=' in {name.strip()!r}"
    name = name.strip()
    if name in seen and not inside:
        yield f"{name!r} stands there twice"
    seen.append(name)
    if name not in known:
        meant = next((each for each in known if each.lower() == name.lower()), "")
        yield f"{name[:40]!r} is written for {meant!r}" if meant else f"{name[:40]!r} is not a part of it"
    yield from _value_faults(name, value, bool(inside), scheme)


def _value_faults(name: str, value: str, joined: bool, scheme: V4) -> Iterator[str]:
    if value != value.strip():
        yield f"a blank stands behind '=' in {name!r}"
    if value.strip()[:1] in _OPENING:
        yield f"the value of {name!r} stands in quotes or brackets"
    if not value.strip() and not (name == scheme.list_name and scheme.write_empty_list):
        yield f"{name!r} is empty"
    if joined:
        return
    if " " in value.strip():
        yield f"a blank splits the value of {name!r}"
    if name == "Credential" and value.strip() and scheme.scope_parts:
        wanted = len(scheme.scope_parts) + 1
        if value.count("/") + 1 < wanted:
            yield f"Credential has {value.count('/') + 1} parts between '/', {wanted} are wanted"


def _meant(scheme: V4, request: Request, text: str) -> str:
    """Write the header as it was probably meant."""
    found = _values(text)
    listed = found.get("headers", "")
    if not listed and scheme.write_empty_list:
        names = scheme.signed_headers({header.lower() for header, _ in request.headers} | {"host"})
        listed = ";".join(sorted(names - {"authorization"}))
    pieces = [f"Credential={found['credential']}"] if "credential" in found else []
    pieces += [f"{scheme.list_name}={listed}"] if listed else []
    pieces.append(f"Signature={found.get('signature', '')}")
    return f"{scheme.algorithm} {', '.join(pieces)}"


def _values(text: str) -> dict[str, str]:
    """Cut a header at the names of its parts, however they are spelled and set apart."""
    names = list(_NAMES.finditer(text))
    ends = [*(name.start() for name in names[1:]), len(text)]
    found: dict[str, str] = {}
    for name, end in zip(names, ends, strict=False):
        word = name[1].lower()
        part = "headers" if "headers" in f"{word}s" else word.rstrip("s")
        value = text[name.end() : end].strip(_AROUND)
        if part == "headers":
            value = ";".join(re.split(r"[;,\s]+", value))
        elif part == "credential":
            value = percent_decode("".join(value.split()))
        found.setdefault(part, "".join(value.split()))
    return found


def query_faults(scheme: V4, request: Request) -> Iterator[str]:
    """Check a query that carries a signature."""
    names = scheme.names
    given = {name for name, _ in canonical.form_pairs(request.query)}
    lowered = {name.lower(): name for name in given}
    wanted = [names.algorithm, names.credential, names.date, names.signature]
    if scheme.write_empty_list and names.headers:
        wanted.append(names.headers)
    if names.expires and scheme.service in {"s3", "oss"}:
        wanted.append(names.expires)
    for name in wanted:
        if name not in given:
            other = lowered.get(name.lower())
            yield f"{other!r} is written for {name!r}" if other else f"the parameter {name!r} is missing"


def text_form(request: Request, word: str) -> Form:
    """Check an Authorization header of the form `OSS KEY:SIGNATURE`."""
    text = request.header("Authorization")
    if text is None:
        return Form(faults=("there is no Authorization header",), request=request)
    if re.fullmatch(rf"{word} [^\s:]+:\S+", text.strip()):
        return Form(faults=(), request=request)
    match = re.match(rf"{word}\s*[:,]?\s*([^\s:,]+)\s*[:, ]\s*(\S+)", text.strip(), re.IGNORECASE)
    fault = f"the header is not `{word} KEY:SIGNATURE`"
    if not match:
        return Form(faults=(fault,), request=request)
    return Form(
        faults=(fault,), request=request.with_header("Authorization", f"{word} {match[1]}:{match[2]}")
    )
