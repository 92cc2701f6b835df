"""An error becomes a message, a hint and an exit code here, and nowhere else."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import typer
from typer.exceptions import TyperException

from voicectl.cli.words import language_of, said, words_of
from voicectl.core.errors import (
    BugError,
    Exit,
    OutputError,
    SignatureRejected,
    Unsupported,
    UsageError,
    VoicectlError,
)
from voicectl.core.printable import visible

if TYPE_CHECKING:
    from voicectl.cli.console import Console
    from voicectl.cli.session import Session

RED, HEADING = "31;1", "error: "
ACCOUNT_COMMANDS = {"tts", "say", "call", "recording", "token", "sign", "api"}
"""What these do depends on whose account it is."""

CANNOT_TAKE_MORE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


class Terminated(BaseException):
    """SIGTERM arrived; unwinds like Ctrl-C, so that nothing half-written stays."""


def exit_code_of(error: BaseException, session: Session) -> int:
    """Say what went wrong, on stderr, and return the exit code; the end of a dry run is none."""
    match error:
        case _ if "dry_run" in session.given and session.runtime.ends_dry_run(error):
            return show_unsent(session)
        case typer.Exit():
            return error.exit_code
        case BrokenPipeError():
            return _leave_closed_pipe()
        case KeyboardInterrupt():
            return Exit.INTERRUPTED
        case Terminated():
            return Exit.TERMINATED
        case SystemExit():
            return error.code if isinstance(error.code, int) else Exit.FAILED
        case _:
            return _report(error, session)


def show_unsent(session: Session) -> int:
    """Print the requests that a dry run did not send."""
    from voicectl.actions.sign import unsent_json
    from voicectl.signing.masking import mask_request

    requests = [unsent_json(mask_request(each.request, each.sensitive)) for each in session.runtime.unsent]
    session.console.result({"requests": requests})
    return Exit.OK


def _leave_closed_pipe() -> int:
    """Point stdout at nothing, so that the interpreter's own last flush is silent."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return Exit.PIPE_CLOSED


def _report(error: BaseException, session: Session) -> int:
    failure = _as_voicectl_error(error, session.command)
    session.read_looks_alone()
    try:
        console = session.console
        debug = session.options.debug or bool(session.options.debug_file)
        if debug or isinstance(failure, BugError):
            from voicectl.accounts import hide_variables

            # What raised it may have had in its hands what no source of keys has given out.
            hide_variables(session.runtime, session.world.environ)
    except VoicectlError as broken_options:
        from voicectl.cli.console import Console
        from voicectl.core.options import Options

        failure, debug = broken_options, False
        console = Console(session.world, Options())
    failure = _with_command(_with_takers(_explained(failure), session), session)
    if debug:
        import traceback

        try:
            console.debug_text("".join(traceback.format_exception(error)))
        except OutputError as unwritable:
            console.error_line(visible(str(unwritable)))
    from voicectl.cli.console import json_line

    if console.format_was_asked_for and console.format in {"json", "jsonl"}:
        told = as_json(failure)
        told["hint"] = _for_this_account(str(told["hint"] or ""), session) or None
        console.error_line(json_line({"error": told}).rstrip("\n"))
    else:
        _print_for_people(failure, console, session)
    return failure.exit


def _explained(failure: VoicectlError) -> VoicectlError:
    """Add to a refused signature what our own trace and the server's answer show."""
    if not isinstance(failure, SignatureRejected):
        return failure
    from voicectl.actions.refused import cause_of

    cause = cause_of(failure)
    if cause is None:
        return failure
    hint = "\n".join(filter(None, (failure.hint_template, "found: {found_title}", "{found_fix}")))
    facts = {**failure.facts, "found_title": cause.title, "found_fix": cause.fix}
    return type(failure)(failure.message_template, hint=hint, language=failure.language, **facts)


def _with_takers(failure: VoicectlError, session: Session) -> VoicectlError:
    """Add to a refused wish which other vendors take it, by their own tables."""
    wish = failure.facts.get("wish")
    if not isinstance(failure, Unsupported) or not isinstance(wish, str) or not wish:
        return failure
    from voicectl.handbook import takers

    asked = failure.facts.get("vendor") or session.runtime.choice(speech=True).vendor
    others = [name for name in takers(wish, failure.facts.get("wanted")) if name != asked]
    if not others:
        return failure
    hint = "\n".join(filter(None, (failure.hint_template, "vendors that take it: {takers}")))
    return failure.knowing(hint=hint, takers=", ".join(others))


def _as_voicectl_error(error: BaseException, command: str) -> VoicectlError:
    match error:
        case VoicectlError():
            return error
        case OSError() if error.errno in CANNOT_TAKE_MORE and error.filename is None:
            return OutputError("the output cannot be written: {reason}", reason=error.strerror)
        case TyperException():
            from voicectl.cli.misread import usage_error

            return usage_error(error, command)
        case _:
            return _bug(error)


def _bug(error: BaseException) -> BugError:
    """Name whose bug it is: ours, or that of a plugin through whose code it came."""
    from voicectl.core.plugins import to_blame

    blamed = to_blame(error)
    return BugError(
        "this is a bug in {whose}: {kind}: {text}",
        whose=f"the plugin {blamed[0]!r} of the package {blamed[1]!r}" if blamed else "voicectl",
        kind=type(error).__name__,
        text=str(error).partition("\n")[0],
        hint="run it again with --debug and report what it shows",
    )


def _in_lines(message: str, heading: str, console: Console) -> str:
    """Return a message in lines that fit the terminal, if it goes to one; the first follows a heading."""
    if not console.stderr_is_terminal or "\n" in message:
        return message
    from voicectl.cli.columns import wrapped

    lines = wrapped(message, console.width, heading, "  ")
    return "\n".join(lines).removeprefix(heading)


def _with_command(failure: VoicectlError, session: Session) -> VoicectlError:
    """Add to words that do not fit, and have no advice, where to look them up."""
    if failure.hint_template or not isinstance(failure, UsageError):
        return failure
    return failure.knowing(hint="{command} --help", command=session.command)


def _for_this_account(hint: str, session: Session) -> str:
    """Let commands that are advised be for the vendor or the profile that was asked for."""
    from shlex import quote

    name = next((each for each in ("profile", "vendor") if session.given.get(each)), "")
    if not name:
        return hint
    asked = f"--{name} {quote(str(session.given[name]))}"
    return "\n".join(f"{line} {asked}" if _is_of_account(line) else line for line in hint.splitlines())


def _is_of_account(line: str) -> bool:
    """Say whether a line is a whole command that leaves open whose account it is about."""
    call, _, words = line.partition(" ")
    if call != "voicectl" or set(",…|") & set(words) or "--vendor" in words or "--profile" in words:
        return False
    return words.startswith(("profile test", "profile show")) or words.split(" ")[0] in ACCOUNT_COMMANDS


def as_json(failure: VoicectlError) -> dict[str, object]:
    """Return the contract's error object; what is not known is null."""
    message, hint = words_of(failure)
    return {
        "kind": failure.kind,
        "message": message,
        "hint": hint or None,
        "exit_code": int(failure.exit),
        "vendor": failure.facts.get("vendor") or None,
        "vendor_code": failure.facts.get("vendor_code") or None,
        "request_id": failure.facts.get("request_id") or None,
        "retryable": failure.retryable,
    }


def _print_for_people(failure: VoicectlError, console: Console, session: Session) -> None:
    language = language_of(session.world.environ)
    message, hint = words_of(failure, language)
    heading = said(HEADING, language)
    lines = _in_lines(visible(message, keep="\n"), heading, console)
    console.error_line(console.painted(heading, RED) + lines)
    known = [
        f"{said(title, language)}: {visible(str(failure.facts[fact]))}"
        for fact, title in (("vendor_code", "vendor's code"), ("request_id", "request id"))
        if failure.facts.get(fact)
    ]
    if known:
        console.error_line("  " + ", ".join(known))
    for line in _for_this_account(hint, session).splitlines():
        console.error_line("  " + visible(line))
