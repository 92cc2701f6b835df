"""`voicectl api`: one raw call in the vendor's own words. What it does: `actions/api.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.cli.asking import confirm
from voicectl.cli.console import json_line
from voicectl.cli.groups import new_command
from voicectl.cli.inputs import STDIN, once_from_stdin
from voicectl.cli.session import Session, session_of
from voicectl.core.errors import UsageError
from voicectl.core.printable import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicectl.core.api import Prepared
    from voicectl.core.request import Reply

QUESTION = "{action} of {vendor} may cost money or change something"
STDOUT_PATH = "/dev/fd/1"


def api(
    context: typer.Context,
    whose: Annotated[str, typer.Argument(metavar="VENDOR", help="Whose interface.")],
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="Which one; or a method: GET, POST.")],
    action: Annotated[str, typer.Argument(metavar="ACTION", help="The vendor's name for it; or a path.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="Text; NAME:=JSON; NAME=@FILE, where - is stdin."),
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", metavar="TEXT|@FILE", help="The body, where there is one.")
    ] = None,
    out: Annotated[
        str,
        typer.Option("-o", "--out", metavar="FILE", help="Write the answer there as it comes; - is stdout."),
    ] = "",
    api_version: Annotated[
        str, typer.Option("--api-version", metavar="V", help="Of a service that is not known here.")
    ] = "",
) -> None:
    """Make one signed call of a vendor's own interface, and print the JSON that it answers with.

    voicectl api aliyun sts GetCallerIdentity --query Arn

    voicectl api twilio GET /Calls.json PageSize=5 --query 'calls[].sid'

    What is not known to be a mere look-up asks before it is sent, wants --yes where nobody can be asked,
    and is never sent twice.
    """
    from voicectl.accounts import interface
    from voicectl.actions.api import parameters
    from voicectl.core.api import RawCall

    session = session_of(context)
    read = once_from_stdin(session.world)
    call = RawCall(
        service=service,
        action=action,
        parameters=parameters(words or (), read),
        body=_body(data, read),
        version=api_version,
    )
    prepared = interface(session.runtime, whose).prepare(call)
    _check_output(session, prepared, out)
    if not (prepared.reads or session.options.dry_run):
        deed = action if not action.startswith("/") else f"{service} {action}"
        confirm(session, QUESTION, action=deed, vendor=whose)
    _finish(session, prepared, out)


def _body(data: str | None, read: Callable[[str], bytes]) -> bytes | None:
    if data is None:
        return None
    return read(data[1:]) if data.startswith("@") else data.encode("utf-8", "surrogateescape")


def _check_output(session: Session, prepared: Prepared, out: str) -> None:
    """Refuse before anything is sent what could not be kept afterwards."""
    if out:
        from voicectl.audio.files import IfExists, may_write

        may_write(_path(out), IfExists.OVERWRITE)
    elif prepared.brings_file and not session.options.dry_run:
        raise UsageError("what is answered is no JSON, but a file", hint="-o FILE")


def _finish(session: Session, prepared: Prepared, out: str) -> None:
    from voicectl.actions.api import ask, content_of

    reply = ask(prepared)
    if out:
        _keep(session, reply, out)
        return
    content = content_of(prepared, reply)
    session.console.result(content, lambda: json_line(content, indent=2))


def _keep(session: Session, reply: Reply, out: str) -> None:
    from voicectl.audio.files import draft

    with draft(_path(out)) as file:
        file.write(reply.body)
    kind = reply.headers.get("content-type", "")
    row = {"path": None if out == STDIN else out, "bytes": len(reply.body), "content_type": kind}
    line = visible(f"{row['path'] or 'stdout'} ({row['bytes']} bytes, {kind or 'of no type'})")
    if out == STDIN:
        session.console.result_beside_audio(row, lambda: line)
    else:
        session.console.result(row, lambda: line)


def _path(out: str) -> str:
    return STDOUT_PATH if out == STDIN else out


app = new_command(api)
