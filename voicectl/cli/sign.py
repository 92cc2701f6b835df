"""The group `voicectl sign`; its commands lie beside: `sign_debug.py`, `sign_explain.py`."""

from __future__ import annotations

from typing import Any

from voicectl.cli import sign_debug, sign_explain
from voicectl.cli.groups import Group, new_group


class SignGroup(Group):
    """`sign --debug …` is `sign debug …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args[:1] == ["--debug"] and not set(args) & set(self.list_commands(ctx)):
            args = ["debug", *args[1:]]
        return super().parse_args(ctx, args)


app = new_group("Show, explain and check signatures. `sign --debug …` is `sign debug …`.", SignGroup)
app.command()(sign_debug.debug)
app.command()(sign_explain.explain)
app.command()(sign_explain.verify)
app.command()(sign_debug.curl)
