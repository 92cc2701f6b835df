"""`voicectl sign`: what is signed, and how; words in, words out. The deeds: `actions/sign.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from voicectl.cli.groups import Group, new_group
from voicectl.cli.inputs import read_input
from voicectl.cli.options import pairs
from voicectl.cli.session import Session, session_of
from voicectl.core.errors import Exit, UsageError, VoicectlError

if TYPE_CHECKING:
    from datetime import datetime

    from voicectl.actions.sign import Shown
    from voicectl.core.clock import Moment


class SignGroup(Group):
    """`sign --debug …` is `sign debug …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args[:1] == ["--debug"] and not set(args) & set(self.list_commands(ctx)):
            args = ["debug", *args[1:]]
        return super().parse_args(ctx, args)


app = new_group("Show and check request signatures. `sign --debug …` is `sign debug …`.", SignGroup)
app.callback()(lambda: None)


Url = Annotated[str, typer.Option("--url", metavar="URL", help="What is requested; taken as it stands.")]
Method = Annotated[str, typer.Option("-X", "--method", metavar="M", help="GET, or POST with --data.")]
Headers = Annotated[
    list[str] | None, typer.Option("-H", "--header", metavar="'NAME: VALUE'", help="A header line.")
]
Data = Annotated[str | None, typer.Option("--data", metavar="TEXT|@FILE", help="The body.")]
Scheme = Annotated[str, typer.Option("--scheme", metavar="NAME", help="The scheme; else the profile's own.")]
Service = Annotated[str, typer.Option("--service", metavar="NAME", help="The service's name in the scope.")]
SchemeOptions = Annotated[
    list[str] | None, typer.Option("--option", metavar="K=V", help="An option of the scheme.")
]
At = Annotated[str, typer.Option("--at", metavar="TIME", help="When it is signed: 2026-01-02T03:04:05Z.")]
Nonce = Annotated[str, typer.Option("--nonce", metavar="TEXT", help="The nonce, where the scheme has one.")]
From = Annotated[str, typer.Option("--from", metavar="FILE|-", help="A case, or a list of cases, as JSON.")]
Expect = Annotated[str, typer.Option("--expect", metavar="SIGNATURE", help="Exit 3 unless it comes out.")]


@app.command()
def debug(
    context: typer.Context,
    url: Url = "",
    method: Method = "",
    header: Headers = None,
    data: Data = None,
    scheme: Scheme = "",
    service: Service = "",
    at: At = "",
    nonce: Nonce = "",
    option: SchemeOptions = None,
    source: From = "",
    expect: Expect = "",
) -> None:
    """Sign a request, show every step, and send nothing.

    voicectl sign debug --vendor aws --service polly --region eu-west-1 --url https://polly.eu-west-1.amazonaws.com/v1/voices

    voicectl sign debug --from case.json -O jsonl
    """
    from voicectl.actions.sign import check_expected, shown
    from voicectl.explain.flags import request_from_flags
    from voicectl.signing import schemes

    session = session_of(context)
    if source:
        _debug_cases(session, read_input(session.world, source), expect)
        return
    if not url:
        raise UsageError("there is nothing to sign", hint="voicectl sign debug --url URL …, or --from FILE")
    body = _body(session, data)
    name, region, credentials = session.runtime.signing_keys(scheme)
    signer = schemes.build(
        name or _no_scheme(), region=region, service=service, options=pairs(option or [], "--option")
    )
    request = request_from_flags(method=method, url=url, headers=header or [], data=body)
    signed = signer.sign(request, credentials, _moment(session, at, nonce))
    result = shown(signed, credentials)
    session.console.result(result.as_json(), lambda: _text(session, [result]))
    if expect:
        check_expected(expect, result.trace.signature)


def _body(session: Session, data: str | None) -> bytes | None:
    if data is None:
        return None
    if data.startswith("@"):
        return read_input(session.world, data[1:])
    return data.encode("utf-8", "surrogateescape")


def _no_scheme() -> NoReturn:
    from voicectl.signing import schemes

    names = ", ".join(schemes.names())
    raise UsageError("no signature scheme was named", names=names, hint="--scheme: {names}")


def _moment(session: Session, at: str, nonce: str) -> Moment:
    """Return the moment that was asked for, and for what was not, the present one."""
    from voicectl.core.clock import Moment

    now = session.runtime.clock.moment()
    return Moment(_time_of(at) if at else now.now, nonce or now.nonce)


def _time_of(text: str) -> datetime:
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            "--at wants a time, not {text!r}", text=text, hint="--at 2026-01-02T03:04:05Z"
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _debug_cases(session: Session, document: bytes, expect: str) -> None:
    """Sign every case; a broken one is named in its place, and the rest go on."""
    from voicectl.actions.sign import check_expected, shown
    from voicectl.cli.failures import as_json
    from voicectl.signing import cases

    found, now = cases.parse(document), session.runtime.clock.moment()
    is_list = isinstance(found, list)
    results: list[Shown] = []
    rows: list[dict[str, object]] = []
    for position, item in enumerate(found if isinstance(found, list) else [found], start=1):
        try:
            case = cases.read(item, now)
            signed = case.signer.sign(case.request, case.credentials, case.moment)
            result = shown(signed, case.credentials, name=case.name, is_test_data=True)
        except VoicectlError as error:
            if not is_list:
                raise
            name = cases.name_of(item)
            rows.append({"name": name, "error": as_json(error)})
            session.console.note(
                "case {position} ({name}): {error}", position=position, name=name, error=error
            )
        else:
            results.append(result)
            rows.append(result.as_json())
    session.console.result(rows if is_list else rows[0], lambda: _text(session, results))
    if len(results) < len(rows):
        raise typer.Exit(Exit.PARTLY_FAILED)
    for result in results if expect else []:
        check_expected(expect, result.trace.signature)


def _text(session: Session, results: list[Shown]) -> str:
    from voicectl.cli.sign_view import view

    return "\n\n".join(view(result, session.console.heading) for result in results)
