"""`voicectl token`: short-lived tokens. Looking at them and renewing them: `actions/token.py`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from voicectl import accounts
from voicectl.cli.failures import show_unsent
from voicectl.cli.groups import new_group
from voicectl.cli.session import Session, session_of
from voicectl.core.errors import Guarded

if TYPE_CHECKING:
    from voicectl.core.profile import Profile
    from voicectl.core.token import Token, Tokens

app = new_group("Short-lived tokens: inspect, refresh, print.")


@app.command()
def inspect(
    context: typer.Context,
    min_ttl: Annotated[
        str, typer.Option("--min-ttl", metavar="TIME", help="Exit 3 if it lives shorter: 90s, 10m, 2h, 1d.")
    ] = "",
) -> None:
    """Show what is known of the token at hand, but not the token; nothing is sent.

    voicectl token inspect --min-ttl 10m || voicectl token refresh --force

    voicectl token inspect --vendor aliyun -O json --query seconds_left
    """
    from voicectl.actions.token import check_life, duration
    from voicectl.actions.token import inspect as look_at

    session = session_of(context)
    least = duration(min_ttl) if min_ttl else None
    choice, tokens = accounts.tokens(session.runtime)
    now = session.runtime.clock.moment().now
    token = look_at(tokens.source, now)
    _show(session, choice.profile, tokens, token, now)
    if least is not None:
        check_life(token, now, least)


@app.command()
def refresh(
    context: typer.Context,
    force: Annotated[bool, typer.Option("--force", help="Also where the token at hand lives on.")] = False,
) -> None:
    """Have a new token made where the one at hand is missing or stale, and show what is known of it.

    voicectl token refresh

    voicectl --vendor aliyun token refresh --force
    """
    from voicectl.actions.token import refresh as renew

    session = session_of(context)
    choice, tokens = accounts.tokens(session.runtime)
    now = session.runtime.clock.moment().now
    token = renew(tokens.source, now, force=force)
    if session.options.dry_run:
        show_unsent(session)
    else:
        _show(session, choice.profile, tokens, token, now)


@app.command("print")
def print_(context: typer.Context) -> None:
    """Print the token itself for another program, renewed first if it is stale.

    curl -H "X-NLS-Token: $(voicectl --vendor aliyun token print)" …

    export ALIYUN_NLS_TOKEN="$(voicectl -p work token print)"
    """
    from voicectl.actions.token import usable

    session = session_of(context)
    console, runtime = session.console, session.runtime
    if console.stdout_is_terminal and not session.options.yes:
        raise Guarded("a token would be shown on the terminal", hint="add --yes, or pipe it into a program")
    choice, tokens = accounts.tokens(runtime)
    token = accounts.token_text(usable(tokens.source, runtime.clock.moment().now))
    if runtime.unsent:
        show_unsent(session)
    elif session.format_was_given:
        console.result({"vendor": choice.vendor, "profile": choice.profile.name or None, "token": token})
    else:
        console.text(token)


def _show(session: Session, profile: Profile, tokens: Tokens, token: Token, now: datetime) -> None:
    from voicectl.actions.token import shown

    row = {
        "vendor": profile.vendor,
        "profile": profile.name or None,
        "kind": tokens.kind,
        "source": tokens.source.name,
        **shown(token, now),
    }
    session.console.result(row)
