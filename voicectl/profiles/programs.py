"""Other people's programs that print keys: how one is run, and what its output means."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from voicectl.core.credentials import Credentials
from voicectl.core.errors import ConfigError, CredentialError
from voicectl.profiles.spellings import folded, keys_in

LIMIT_SECONDS = 30.0
MOST_BYTES = 1 << 16


def output_of(
    command: str, environment: Mapping[str, str], place: str, *, limit_seconds: float = LIMIT_SECONDS
) -> str:
    """Run a command without a shell, and return what it printed, less the newline at its end.

    Its stdin is empty, and what it says on stderr is not shown: either may be a key. Raises ConfigError
    for a command that cannot be one, CredentialError for one that fails.
    """
    import subprocess

    words = words_of(command, place)
    program = _found(words[0], environment, place)
    try:
        child = subprocess.Popen(
            [program, *words[1:]],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise _failed(place, program, error.strerror or type(error).__name__) from None
    try:
        output, _ = child.communicate(timeout=limit_seconds)
    except subprocess.TimeoutExpired:
        raise _failed(place, program, f"no answer for {limit_seconds:g} s") from None
    finally:
        # What the program itself has started may hold the pipe open; it is not waited for.
        if child.poll() is None:
            child.kill()
            child.wait()
        if child.stdout is not None:
            child.stdout.close()
    if child.returncode:
        raise _failed(place, program, f"exit code {child.returncode}")
    return _as_text(output, place, program)


def words_of(command: str, place: str) -> list[str]:
    """Split a command as a shell would, and nothing more; raise ConfigError where that cannot be done."""
    import shlex

    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigError(
            "{place}: the command cannot be split into words: {reason}",
            place=place,
            reason=str(error).lower(),
            hint="close every quote",
        ) from None
    if not words:
        raise ConfigError("{place}: the command is empty", place=place, hint="cmd:PROGRAM ARGUMENT…")
    return words


def keys_of(output: str, place: str) -> Credentials:
    """Read the JSON that `credential_process` of AWS, or `External` of Aliyun, asks for."""
    import json

    try:
        found = json.loads(output)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CredentialError("{place} printed no JSON object with keys", place=place, hint=SHAPE)
    if found.get("Version", 1) != 1:
        raise CredentialError(
            "{place} printed keys of version {version!r}; only 1 is known",
            place=place,
            version=found["Version"],
            hint=SHAPE,
        )
    keys = keys_in(found, place)
    if keys is None:
        raise CredentialError("{place} printed JSON without keys", place=place, hint=SHAPE)
    if folded(found).get("mode", "").lower() == "ststoken" and keys.security_token is None:
        raise CredentialError("{place} printed a temporary key without its token", place=place, hint=SHAPE)
    return keys


SHAPE = (
    'it has to print {{"Version": 1, "AccessKeyId": "…", "SecretAccessKey": "…"}}, '
    'for a temporary key "SessionToken" and "Expiration" as well'
)


def _found(program: str, environment: Mapping[str, str], place: str) -> str:
    """Return the program's own path: absolute, or on PATH, and never one of the working directory."""
    from os import pathsep
    from shutil import which

    if Path(program).is_absolute():
        path = program if which(program) else None
    elif "/" in program:
        raise ConfigError(
            "{place}: {program!r} is neither on PATH nor absolute",
            place=place,
            program=program,
            hint="give the program's whole path",
        )
    else:
        folders = environment.get("PATH", "").split(pathsep)
        path = which(program, path=pathsep.join(folder for folder in folders if Path(folder).is_absolute()))
    if path is None:
        raise ConfigError(
            "{place}: there is no program {program!r}",
            place=place,
            program=program,
            hint="install it, or give its whole path",
        )
    return path


def _as_text(output: bytes, place: str, program: str) -> str:
    if len(output) > MOST_BYTES:
        raise _failed(place, program, f"more than {MOST_BYTES} bytes")
    try:
        text = output.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise _failed(place, program, "what it printed is no text") from None
    if not text.strip():
        raise _failed(place, program, "it printed nothing")
    return text


def _failed(place: str, program: str, reason: str) -> CredentialError:
    return CredentialError(
        "{place}: {program} brought no key: {reason}",
        place=place,
        program=program,
        reason=reason,
        hint="run that command by hand",
    )
