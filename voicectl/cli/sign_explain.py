"""`sign explain` and `sign verify`: is a signature right, and if not, why? The engine: `explain/`."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.cli import sign_request as flags
from voicectl.cli.inputs import STDIN, read_input
from voicectl.cli.options import pairs
from voicectl.cli.session import Session, session_of
from voicectl.core.errors import ConfigError, CredentialError, Exit, UsageError

if TYPE_CHECKING:
    from types import FrameType

    from voicectl.core.credentials import Credentials
    from voicectl.explain.captured import Captured
    from voicectl.explain.verdict import Explanation

File = Annotated[str, typer.Argument(metavar="[FILE|-]", help="Raw HTTP, a curl command, or a HAR.")]
Against = Annotated[str, typer.Option("--against", metavar="FILE", help="What the server answered.")]


def explain(
    context: typer.Context,
    file: File = "",
    url: flags.Url = "",
    method: flags.Method = "",
    header: flags.Headers = None,
    data: flags.Data = None,
    against: Against = "",
    scheme: flags.Scheme = "",
    service: flags.Service = "",
    option: flags.SchemeOptions = None,
) -> None:
    """Say why the signature of a request is wrong.

    voicectl sign explain request.txt --against answer.txt

    pbpaste | voicectl sign explain - --vendor aws
    """
    session = session_of(context)
    told = flags.Told(url, method, header, data, scheme, service, "", "", option)
    with _interruptible() as interrupted:
        explanation = _explained(session, file, told, against, lambda: not interrupted)
    session.console.result(dict(explanation.as_json()), lambda: _text(session, explanation))
    if explanation.stopped:
        raise typer.Exit(Exit.INTERRUPTED)
    if explanation.verdict != "correct":
        raise typer.Exit(Exit.CHECK_FAILED)


def verify(
    context: typer.Context,
    file: File = "",
    url: flags.Url = "",
    method: flags.Method = "",
    header: flags.Headers = None,
    data: flags.Data = None,
    scheme: flags.Scheme = "",
    service: flags.Service = "",
    option: flags.SchemeOptions = None,
) -> None:
    """Say whether the signature of a request is right; exit 3 if it is not.

    voicectl sign verify request.txt -q && echo right

    voicectl sign verify - --scheme tencent-tc3 < request.txt
    """
    session = session_of(context)
    told = flags.Told(url, method, header, data, scheme, service, "", "", option)
    explanation = _explained(session, file, told, "", None)
    valid = explanation.verdict == "correct"
    reason = "" if valid else _reason(explanation)
    row = {"valid": valid, "scheme": explanation.scheme, "reason": reason}
    session.console.result(row, lambda: "valid" if valid else f"not valid: {reason}")
    if not valid:
        raise typer.Exit(Exit.CHECK_FAILED)


def _reason(explanation: Explanation) -> str:
    if explanation.causes:
        return explanation.causes[0].title
    return "the signature is not the one that this request and this secret give"


def _explained(
    session: Session, file: str, told: flags.Told, against: str, wanted: Callable[[], bool] | None
) -> Explanation:
    """Read request and answer, find the key, and search while it is `wanted`; with None, not at all."""
    from voicectl.explain.answer import read_answer
    from voicectl.explain.engine import explain as explain_captured
    from voicectl.explain.evidence import scheme_of
    from voicectl.explain.mistakes.catalogue import CATALOGUE

    captured = _captured(session, file, told)
    flags.refuse_forbidden(session, told.scheme)
    name = scheme_of(captured.request, told.scheme)
    credentials = _keys(session, name, is_needed=wanted is None)
    with session.console.progress("looking for the mistake") as advance:

        def watch(tried: int) -> bool:
            advance(0)
            return wanted is not None and wanted()

        return explain_captured(
            captured,
            credentials,
            scheme=told.scheme,
            region=session.options.region,
            service=told.service,
            options=pairs(told.options or [], "--option"),
            answer=read_answer(read_input(session.world, against)) if against else None,
            watch=watch,
            catalogue=CATALOGUE if wanted else (),
        )


def _captured(session: Session, file: str, told: flags.Told) -> Captured:
    """Return the request from the file, from stdin, or from flags; its remarks are said at --verbose."""
    from voicectl.explain.reading import from_flags, read_captured

    if told.url:
        body = flags.body_of(session, told.data)
        return from_flags(method=told.method, url=told.url, headers=told.headers or [], data=body)
    if not file and session.world.stdin.isatty():
        raise UsageError("there is no request to look at", hint="voicectl sign explain FILE, or - for stdin")
    captured = read_captured(
        read_input(session.world, file or STDIN),
        files=lambda name: read_input(session.world, name),
        variables=session.world.environ,
    )
    for note in captured.notes:
        session.console.detail(note.template, **note.facts)
    return captured


def _keys(session: Session, scheme: str, *, is_needed: bool) -> Credentials | None:
    """Return the secret to compare with; without one much can be said all the same."""
    try:
        return flags.keys(session, scheme)[2]
    except (ConfigError, CredentialError) as error:
        if is_needed or session.options.profile:
            raise
        session.console.note("no secret to compare with: {error}", error=error)
        return None


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """Yield a list that Ctrl-C fills; the search then ends, and what it ruled out is reported."""
    pressed: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


def _text(session: Session, explanation: Explanation) -> str:
    from voicectl.cli.explain_view import view

    return view(explanation, session.console)
