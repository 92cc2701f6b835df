"""Options that all commands share: how they are declared and read. What they lead to: `session.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer
from typer.core import TyperOption

from voicectl.core.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from voicectl.core.options import Options

FORMATS = ("auto", "text", "table", "json", "jsonl", "csv")
COLORS = ("auto", "always", "never")


VARIABLES = {
    "output": "VOICECTL_OUTPUT",
    "log_file": "VOICECTL_LOG_FILE",
    "no_input": "VOICECTL_NO_INPUT",
    "timeout": "VOICECTL_TIMEOUT",
    "retries": "VOICECTL_RETRIES",
    "ca_bundle": "VOICECTL_CA_BUNDLE",
}

# name, declarations, metavar, help
VALUES = (
    ("profile", ("-p", "--profile"), "NAME", "Use this profile."),
    ("vendor", ("--vendor",), "NAME", "Use this vendor, with keys from its own variables."),
    ("region", ("--region",), "R", "The vendor's region."),
    ("endpoint_url", ("--endpoint-url",), "URL", "Send all requests there instead."),
    ("output", ("-O", "--output"), "FORMAT", f"How results are printed: {', '.join(FORMATS)}."),
    ("query", ("--query",), "JMESPATH", "Print only this part of the result."),
    ("debug_file", ("--debug-file",), "FILE", "Write debug lines there."),
    ("log_file", ("--log-file",), "FILE", "Append one JSON line a vendor request."),
    ("timeout", ("--timeout",), "S", "Longest silence on the wire, in seconds (30)."),
    ("connect_timeout", ("--connect-timeout",), "S", "Longest time to connect, in seconds (10)."),
    ("retries", ("--retries",), "N", "Repeat safe requests this often (2)."),
    ("max_bytes", ("--max-bytes",), "N", "Refuse sound that is longer than this (2 GiB)."),
    ("ca_bundle", ("--ca-bundle",), "FILE", "Trust these certificates instead of the system's."),
    ("allow_host", ("--allow-host",), "HOST", "Let a stored key go to this host as well."),
    ("color", ("--color",), "WHEN", f"Colours: {', '.join(COLORS)}."),
)
FLAGS = (
    ("quiet", ("-q", "--quiet"), "Print results and errors only."),
    ("verbose", ("--verbose",), "Say more about what is done."),
    ("debug", ("--debug",), "Show requests and tracebacks, without secrets."),
    ("no_input", ("--no-input",), "Never ask; name the missing flag instead."),
    ("yes", ("-y", "--yes"), "Answer yes to every question."),
    ("allow_http", ("--allow-http",), "Accept http:// to other machines; bearer keys still refuse."),
    ("allow_private", ("--allow-private",), "Fetch sound from private addresses that an answer names."),
    ("version", ("--version",), "Print the version."),
    ("dry_run", ("-n", "--dry-run"), "Show the requests that would be sent, and send nothing."),
)
SHORT_FLAGS = {name[1] for _, declared, _ in FLAGS for name in declared if not name.startswith("--")}
TYPES = {"timeout": float, "connect_timeout": float, "retries": int, "max_bytes": int}
CHOICES = {"output": FORMATS, "color": COLORS}
SECONDS = (0.001, 1_000_000)
LIMITS = {"timeout": SECONDS, "connect_timeout": SECONDS, "retries": (0, 100), "max_bytes": (1, 2**62)}


def _remember(context: typer.Context, param: typer.CallbackParam, value: object) -> object:
    """Keep a flag that was given; the one nearest to the command wins."""
    if value is not None and value is not False and param.name:
        if possible := _possible_instead(param.name, value):
            from voicectl.core.options import Options

            raise UsageError(
                "{option} can be {possible}, not {value!r}",
                option="/".join(param.opts),
                possible=possible,
                value=value,
                usual=f"{param.opts[0]} {Options._field_defaults[param.name]}",
                hint="{usual}",
            )
        context.obj.given[param.name] = value
    return value


def _possible_instead(name: str, value: object) -> str:
    """Return in words what an option can be, if it cannot be this."""
    if name in CHOICES and value not in CHOICES[name]:
        return ", ".join(CHOICES[name])
    if name in LIMITS and isinstance(value, int | float):
        least, most = LIMITS[name]
        return "" if least <= value <= most else f"a number from {least} to {most}"
    return ""


def _print_version(context: typer.Context, param: typer.CallbackParam, value: bool) -> bool:
    """Print the version instead of doing anything else."""
    if value:
        from voicectl import __version__

        console = context.obj.console
        if context.obj.format_was_given:
            console.result({"version": __version__})
        else:
            console.text(f"voicectl {__version__}")
        raise typer.Exit
    return value


def looks_among(words: Sequence[str]) -> dict[str, object]:
    """Return the format and the colours that a command line asks for, where it cannot be read as a whole."""
    found: dict[str, object] = {}
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--":
            break
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            asked = value if equals else following
        else:
            flags, here, value = word.partition("O") if word.startswith("-") else ("", "", "")
            name = "output" if here and set(flags[1:]) <= SHORT_FLAGS else ""
            asked = value or following
        if asked in CHOICES.get(name, ()):
            found[name] = asked
    return found


def shared_options(*, hidden: bool) -> list[TyperOption]:
    """Return the options that every command accepts; they are listed at the root only."""
    values = [
        TyperOption(
            param_decls=[name, *declarations],
            type=TYPES.get(name),
            metavar=metavar,
            help=summary,
            hidden=hidden,
            is_eager=True,
            callback=_remember,
            expose_value=False,
        )
        for name, declarations, metavar, summary in VALUES
    ]
    flags = [
        TyperOption(
            param_decls=[name, *declarations],
            is_flag=True,
            default=False,
            help=summary,
            hidden=hidden,
            # Where a version is printed depends on the others, so they are read first.
            is_eager=name != "version",
            callback=_print_version if name == "version" else _remember,
            expose_value=False,
        )
        for name, declarations, summary in FLAGS
    ]
    return values + flags


def help_option() -> TyperOption:
    """Return `--help`, as every command has it."""
    return TyperOption(
        param_decls=["help", "-h", "--help"],
        is_flag=True,
        default=False,
        help="Show this help.",
        is_eager=True,
        callback=_show_help,
        expose_value=False,
    )


def _show_help(context: typer.Context, param: typer.CallbackParam, value: bool) -> bool:
    if value:
        from voicectl.cli.help_text import show_help

        context.obj.read_looks_alone()
        show_help(context)
        raise typer.Exit
    return value


def resolve(given: Mapping[str, object], environ: Mapping[str, str]) -> Options:
    """Fill in from variables what no flag gave; raise ConfigError naming a variable that is no use."""
    from voicectl.core.options import Options

    values = dict(given)
    for name, variable in VARIABLES.items():
        text = environ.get(variable, "")
        if text and name not in values:
            values[name] = _read(name, variable, text)
    return Options(**values)  # type: ignore[arg-type]


def _read(name: str, variable: str, text: str) -> object:
    if name == "no_input":
        return True
    try:
        value: object = TYPES.get(name, str)(text)
    except ValueError:
        raise ConfigError(
            "{variable} is {text!r}, which is no number",
            variable=variable,
            text=text,
            hint="unset {variable}",
        ) from None
    if possible := _possible_instead(name, value):
        raise ConfigError(
            "{variable} is {text!r}; it can be {possible}",
            variable=variable,
            text=text,
            possible=possible,
            hint="unset {variable}",
        )
    return value


def pairs(words: list[str], option: str) -> dict[str, str]:
    """Read repeated `K=V` words; raise UsageError naming the one that has no `=`."""
    result = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError("{option} wants NAME=VALUE, not {word!r}", option=option, word=word)
        result[name] = value
    return result
