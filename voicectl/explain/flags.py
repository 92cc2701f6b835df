"""The request that flags describe. It is light, for a command that reads nothing captured needs no more."""

from __future__ import annotations

from collections.abc import Iterable

from voicectl.core.errors import BadInput
from voicectl.core.request import Request
from voicectl.explain.wire import field_of, scheme_of, split_url


def request_from_flags(
    *, method: str, url: str, headers: Iterable[str], data: bytes | None = None
) -> Request:
    """Make the request that `--method`, `--url`, `-H` and `--data` describe; nothing is encoded or added.

    Without a method it is POST where there is data, else GET.
    """
    address = split_url(url)
    fields = tuple(_field(line) for line in headers)
    written = next((value.strip() for name, value in fields if name.lower() == "host"), "")
    host = written or address.authority.rpartition("@")[2]
    if not host or not address.scheme:
        raise BadInput("{url!r} is not a whole URL", url=url[:200], hint="write it with https:// in front")
    return Request(
        method=method or ("GET" if data is None else "POST"),
        host=host,
        path=address.path,
        query=address.query,
        headers=fields,
        body=data or b"",
        scheme=scheme_of(address.scheme, host),
    )


def _field(line: str) -> tuple[str, str]:
    try:
        return field_of(line, 1)
    except BadInput as error:
        raise BadInput(
            "column {column}: {text!r} is not a header",
            column=error.facts["column"],
            text=line[:60],
            hint="write it as 'Name: value'",
        ) from error
