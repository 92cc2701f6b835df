"""`sign debug` and `sign curl`: a signature step by step, and as a command to run. Nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.cli import sign_request as flags
from voicectl.cli.inputs import read_input
from voicectl.cli.session import Session, session_of
from voicectl.core.errors import Exit, UsageError, VoicectlError

if TYPE_CHECKING:
    from voicectl.actions.sign import Shown

From = Annotated[str, typer.Option("--from", metavar="FILE|-", help="A case, or a list of cases, as JSON.")]
Expect = Annotated[str, typer.Option("--expect", metavar="SIGNATURE", help="Exit 3 unless it comes out.")]
WithToken = Annotated[bool, typer.Option("--with-token", help="Let a URL show the session token in it.")]


def debug(
    context: typer.Context,
    url: flags.Url = "",
    method: flags.Method = "",
    header: flags.Headers = None,
    data: flags.Data = None,
    scheme: flags.Scheme = "",
    service: flags.Service = "",
    at: flags.At = "",
    nonce: flags.Nonce = "",
    option: flags.SchemeOptions = None,
    source: From = "",
    expect: Expect = "",
) -> None:
    """Sign a request, show every step, and send nothing.

    voicectl sign debug --vendor aws --service polly --url https://polly.eu-west-1.amazonaws.com/v1/voices

    voicectl sign debug --from case.json -O jsonl
    """
    from voicectl.actions.sign import check_expected, shown

    session = session_of(context)
    if source:
        _debug_cases(session, read_input(session.world, source), expect)
        return
    if not url:
        raise UsageError("there is nothing to sign", hint="voicectl sign debug --url URL …, or --from FILE")
    told = flags.Told(url, method, header, data, scheme, service, at, nonce, option)
    result = shown(*flags.sign(session, told))
    session.console.result(result.as_json(), lambda: _text(session, [result]))
    if expect:
        check_expected(expect, result.trace.signature)


def curl(
    context: typer.Context,
    url: flags.Url,
    method: flags.Method = "",
    header: flags.Headers = None,
    data: flags.Data = None,
    scheme: flags.Scheme = "",
    service: flags.Service = "",
    at: flags.At = "",
    nonce: flags.Nonce = "",
    option: flags.SchemeOptions = None,
    with_token: WithToken = False,
) -> None:
    """Print a curl command that sends the signed request; tokens stay in the vendor's own variables.

    voicectl sign curl --vendor tencent --service tts --url https://tts.tencentcloudapi.com/ --data @body.json

    voicectl sign curl -p work --service polly --url https://polly.eu-west-1.amazonaws.com/v1/voices | sh
    """
    from voicectl.actions.curl import curl_command
    from voicectl.signatures import shell_variables

    session = session_of(context)
    told = flags.Told(url, method, header, data, scheme, service, at, nonce, option)
    signed, credentials = flags.sign(session, told)
    names = shell_variables(session.runtime, session.world.environ, session.options, signed.trace.scheme)
    command = curl_command(signed, credentials, names, with_token=with_token)
    if session.format_was_given:
        session.console.result({"command": command})
    else:
        session.console.text(command)


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
            flags.refuse_forbidden(session, cases.scheme_of(item))
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
