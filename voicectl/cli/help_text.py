"""The help of a command, from its own words and options. Pages on topics: `help_pages.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import typer

from voicectl.cli.help_layout import Part, laid_out

GLOBAL_PANELS: Mapping[str, tuple[str, ...]] = {
    "Which account": ("profile", "vendor", "region", "endpoint_url"),
    "What is printed": (
        "output", "query", "quiet", "verbose", "debug", "debug_file", "log_file", "color",
    ),
    "Before anything is sent": ("dry_run", "yes", "no_input"),
    "The network": (
        "timeout", "connect_timeout", "retries", "ca_bundle", "allow_http", "allow_host", "allow_private",
        "max_bytes",
    ),
    "Also": ("help", "version"),
}  # fmt: skip
"""The options of every command, by what they are about, as the root's help lists them."""
ROOT_EXAMPLES = (
    'voicectl say "Hello there" -o hello.wav',
    "voicectl profile add work --vendor aws --region eu-west-1",
    "voicectl sign explain request.txt",
)
SHORT = "    "
"""Stands where an option has no short form, so that the long ones stand below each other."""


def show_help(context: typer.Context) -> None:
    """Print the help of a context's command."""
    console_of(context.obj).text(help_of(context))


def console_of(session: Any) -> Any:
    """Return a console, also where a variable is broken: help has to come all the same."""
    from voicectl.core.errors import VoicectlError

    try:
        return session.console
    except VoicectlError:
        from voicectl.cli.console import Console
        from voicectl.core.options import Options

        return Console(session.world, Options())


def help_of(context: Any) -> str:
    """Return the help of a context's command, as wide as the terminal."""
    console = console_of(context.obj)
    command = context.command
    first, *rest = [each for each in (command.help or "").split("\n\n") if not is_example(each)]
    parts = [Part("", [], _on_a_line(first), indent=-2), Part(f"Usage: {_usage(context)}")]
    if examples := _examples(command):
        parts.append(Part("Examples:", [(example, "") for example in examples]))
    parts += [Part("", [], _on_a_line(each), indent=-2) for each in rest]
    parts += _members(context)
    parts += _arguments(command)
    parts += _options(context)
    return laid_out(parts, console.width, console.heading)


def examples_in(words: str) -> list[str]:
    """Return the examples in help: paragraphs of lines that call the program and are no sentence."""
    return [line.strip() for each in words.split("\n\n") if is_example(each) for line in each.splitlines()]


def is_example(paragraph: str) -> bool:
    """Say whether all lines of a paragraph call the program."""
    return all("voicectl " in line and not line.endswith(".") for line in paragraph.splitlines())


def _usage(context: Any) -> str:
    words = [context.command_path]
    if hasattr(context.command, "list_commands"):
        return " ".join([*words, "COMMAND", "[OPTIONS]"])
    for param in context.command.params:
        if param.param_type_name == "argument":
            name = _argument(param)
            words.append(name if param.required else f"[{name}]")
        elif param.required:
            words.append(f"{param.opts[-1]} {param.metavar}")
    return " ".join([*words, "[OPTIONS]"])


def _argument(param: Any) -> str:
    return str(param.metavar or param.name.upper()).replace("[", "").replace("]", "")


def _examples(command: Any) -> list[str]:
    """Return a command's examples; those of a group are its first members'."""
    if hasattr(command, "rows"):
        return list(ROOT_EXAMPLES)
    members = [_examples(each)[:1] for each in getattr(command, "commands", {}).values()]
    return examples_in(command.help or "") or [line for lines in members for line in lines][:2]


def _on_a_line(words: str) -> str:
    return " ".join(words.split())


def _members(context: Any) -> Iterator[Part]:
    """Yield the commands of a group."""
    group = context.command
    if hasattr(group, "rows"):
        yield Part("Commands:", [(name, row.summary) for name, row in group.rows.items()])
    elif hasattr(group, "commands"):
        members = [(name, each) for name, each in group.commands.items() if not each.hidden]
        told = [(name, _on_a_line((each.help or "").split("\n\n")[0])) for name, each in members]
        yield Part("Commands:", told)


def _arguments(command: Any) -> Iterator[Part]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    if arguments:
        yield Part("Arguments:", [(_argument(each), each.help or "") for each in arguments])


def _options(context: Any) -> Iterator[Part]:
    """Yield the command's own options by what they are about, then those that every command has."""
    options = {
        each.name: each
        for each in context.command.params
        if each.param_type_name == "option" and not each.hidden
    }
    if context.parent is None:
        for heading, names in GLOBAL_PANELS.items():
            yield Part(f"{heading}:", [_row(options[name]) for name in names])
        return
    if hasattr(context.command, "commands"):
        return
    del options["help"]
    panels: dict[str, list[tuple[str, str]]] = {}
    for option in options.values():
        panels.setdefault(getattr(option, "rich_help_panel", None) or "Options", []).append(_row(option))
    for heading, rows in sorted(panels.items(), key=lambda panel: panel[0] != "Options"):
        yield Part(f"{heading}:", rows)
    yield Part("Global options; `voicectl --help` explains them:", [], _shared(context.command))


def _row(option: Any) -> tuple[str, str]:
    """Return an option's names with its value, and what it does."""
    short = [name for name in option.opts if not name.startswith("--")]
    names = ", ".join([*short, *(name for name in option.opts if name not in short), *option.secondary_opts])
    value = "" if option.is_flag else f" {_value(option)}"
    return ("" if short else SHORT) + names + value, _with_default(option)


def _value(option: Any) -> str:
    choices = getattr(option.type, "choices", None)
    if option.metavar or not choices:
        return str(option.metavar or option.name.upper())
    return "|".join(str(getattr(choice, "value", choice)) for choice in choices)


def _with_default(option: Any) -> str:
    """Return what an option does, and what holds without it, unless its words say that."""
    words = str(option.help or "")
    shown = option.show_default if isinstance(option.show_default, str) else option.default
    default = getattr(shown, "value", shown)
    if callable(default) or not default or default is True or not option.show_default:
        return words
    told = f"{default:g}" if isinstance(default, float) else str(default)
    return words if told in words else f"{words.removesuffix('.')} ({told})."


def _shared(command: Any) -> str:
    """Return the names of the options that every command has."""
    shared = {each.name: each for each in command.params if each.hidden}
    names = [
        "/".join(shared[name].opts) for panel in GLOBAL_PANELS.values() for name in panel if name in shared
    ]
    return ", ".join(names)
