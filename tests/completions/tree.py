"""The command tree as plain values: what a shell needs to know of it. Writing it down: one module a shell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from voicectl.accounts import built_in_vendors
from voicectl.cli.app import POINTERS, ROWS, SUMMARY
from voicectl.cli.groups import root
from voicectl.cli.options import COLORS, FORMATS
from voicectl.core.audio import Container
from voicectl.signing import schemes

FILES, FOLDERS, ANYTHING = "files", "folders", "anything"
PROFILES, VOICES = "profiles", "voices"


class Values(NamedTuple):
    """What may stand in a place: a kind of thing, or one of these `words`."""

    kind: str
    words: tuple[str, ...] = ()


class Opt(NamedTuple):
    """An option by all its names; a flag has no `values`."""

    names: tuple[str, ...]
    summary: str
    values: Values | None


class Node(NamedTuple):
    """A command or group; `path` are its words after `voicectl`."""

    path: tuple[str, ...]
    summary: str
    options: tuple[Opt, ...]
    children: tuple[Node, ...]
    argument: Values


WORDS = {
    "output": FORMATS,
    "color": COLORS,
    "vendor": built_in_vendors(),
    "scheme": schemes.names(),
    "form": tuple(sorted(Container)),
    "store": ("keyring", "file"),
}
OF_KIND = {"FILE": FILES, "PATH": FILES, "DIR": FOLDERS}
PROFILE_COMMANDS = ("show", "set", "use", "rename", "remove", "test")


def tree() -> Node:
    """Return the whole tree; options that every command takes are the root's."""
    command = root(SUMMARY, ROWS, POINTERS)
    children = tuple(
        node(command.get_command(None, name), (name,), row.summary) for name, row in ROWS.items()
    )
    return Node((), SUMMARY, tuple(options(command, hidden=False)), children, Values(ANYTHING))


def node(command: Any, path: tuple[str, ...], summary: str) -> Node:
    members = getattr(command, "commands", {})
    children = tuple(
        node(member, (*path, name), first_line(member))
        for name, member in members.items()
        if not member.hidden
    )
    own = tuple(each for each in options(command, hidden=False) if "--help" not in each.names)
    return Node(path, summary, own, children, argument(command, path))


def first_line(command: Any) -> str:
    return (command.help or "").strip().partition("\n")[0]


def options(command: Any, *, hidden: bool) -> Iterator[Opt]:
    for param in command.params:
        if param.param_type_name == "option" and param.hidden is hidden:
            names = (*param.opts, *param.secondary_opts)
            yield Opt(names, param.help or "", None if param.is_flag else values(param))


def values(param: Any) -> Values:
    choices = getattr(param.type, "choices", None)
    words = choices or WORDS.get(param.name)
    if words:
        return Values("words", tuple(str(getattr(word, "value", word)) for word in words))
    if param.name in ("profile", "voice"):
        return Values(PROFILES if param.name == "profile" else VOICES)
    return Values(OF_KIND.get(str(param.metavar or "").strip("[]…. ").partition("|")[0], ANYTHING))


def argument(command: Any, path: tuple[str, ...]) -> Values:
    """Return what the first argument of a command may be."""
    first = next((param for param in command.params if param.param_type_name == "argument"), None)
    if first is None:
        return Values(ANYTHING)
    if path[0] == "profile" and path[-1] in PROFILE_COMMANDS:
        return Values(PROFILES)
    return values(first)


def every(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, the nearest first."""
    yield node
    for child in node.children:
        yield from every(child)
