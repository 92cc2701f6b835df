"""Groups of commands: the lazy root, which loads a group only when it is used, and how a group is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_command_name, get_group
from typer.models import CommandInfo

from voicectl.cli.options import help_option, shared_options
from voicectl.core.errors import Exit, UsageError

OWN_HELP: dict[str, list[str]] = {"help_option_names": []}
"""The library's own `--help` is off: ours is an option like the others."""


class Row(NamedTuple):
    """Where a group's commands are, and the line that help shows for it."""

    module: str
    summary: str
    attribute: str = "app"


class Group(TyperGroup):
    """A group that shows its help when no command is named, and the nearest one to a wrong name."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args:
            if ctx.obj.tells_errors_in_json:
                raise UsageError("a command is missing", path=ctx.command_path, hint="{path} --help")
            from voicectl.cli.help_text import console_of, help_of

            console_of(ctx.obj).error_line(help_of(ctx).rstrip("\n"))
            raise typer.Exit(Exit.USAGE)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        names = self.list_commands(ctx)
        if args[0] not in names:
            raise unknown_command(args[0], names, ctx.command_path)
        ctx.obj.command = f"{ctx.command_path} {args[0]}"
        return super().resolve_command(ctx, args)


class LazyGroup(Group):
    """A group whose members are rows of a table."""

    rows: Mapping[str, Row] = {}
    pointers: Mapping[str, str] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.rows)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        row = self.rows[cmd_name]
        return _command_of(getattr(import_module(row.module), row.attribute), cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        from difflib import get_close_matches

        near = get_close_matches(args[0], [*self.rows, *self.pointers], n=1)
        if near and near[0] in self.pointers:
            raise UsageError(
                "voicectl has no command {name!r}; what you want is here",
                name=args[0],
                here=self.pointers[near[0]],
                hint="{here}",
            )
        return super().resolve_command(ctx, args)


def unknown_command(name: str, names: list[str], path: str) -> UsageError:
    """Return the error for a command that does not exist, with the nearest one that does."""
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1)
    if near:
        return UsageError(
            "{path} has no command {name!r}; did you mean {near!r}?",
            path=path,
            name=name,
            near=near[0],
            hint="{path} {near} --help",
        )
    return UsageError("{path} has no command {name!r}", path=path, name=name, hint="{path} --help")


class Members(Mapping[str, Any]):
    """The commands of a group, each made when it is asked for: that takes a while, and a run needs one."""

    def __init__(self, apps: Mapping[str, typer.Typer]) -> None:
        self._apps = apps
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _command_of(self._apps[name], name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._apps)

    def __len__(self) -> int:
        return len(self._apps)


def _command_of(app: typer.Typer, name: str) -> Any:
    """Return a group or a command, with the options that all have."""
    is_group = app.registered_callback or len(app.registered_commands) + len(app.registered_groups) > 1
    command = _group_of(app) if is_group else get_command(app)
    command.name = name
    command.params.extend([*shared_options(hidden=True), help_option()])
    return command


def _group_of(app: typer.Typer) -> Any:
    empty = new_group(app.info.help or "", app.info.cls or Group)
    empty.registered_callback = app.registered_callback
    group: Any = get_group(empty)
    group.commands = Members({**dict(map(_alone, app.registered_commands)), **_groups_in(app)})
    return group


def _groups_in(app: typer.Typer) -> dict[str, typer.Typer]:
    return {str(each.name): each.typer_instance for each in app.registered_groups if each.typer_instance}


def _alone(command: CommandInfo) -> tuple[str, typer.Typer]:
    """Return the name of a group's command, and an app that has no other."""
    assert command.callback
    app = new_group("", TyperGroup)
    app.registered_commands.append(command)
    return command.name or get_command_name(command.callback.__name__), app


def new_group(summary: str, cls: type[TyperGroup] = Group) -> typer.Typer:
    """Return an empty group of commands with the house's settings."""
    return typer.Typer(
        cls=cls,
        help=summary,
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings=OWN_HELP,
    )


def new_command(function: Any, cls: type[TyperCommand] = TyperCommand) -> typer.Typer:
    """Return a command that stands at the root by itself."""
    app = new_group("", TyperGroup)
    app.command(cls=cls)(function)
    return app


def root(summary: str, rows: Mapping[str, Row], pointers: Mapping[str, str]) -> LazyGroup:
    """Return the root command over these rows."""
    app = new_group(summary, LazyGroup)
    app.callback()(lambda: None)
    group = get_command(app)
    assert isinstance(group, LazyGroup)
    group.rows, group.pointers = rows, pointers
    group.params.extend([*shared_options(hidden=False), help_option()])
    return group
