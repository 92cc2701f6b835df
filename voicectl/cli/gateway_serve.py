"""The options of `gateway serve` for a team, and what they start. The sandbox's own: `gateway.py`."""

from __future__ import annotations

import secrets
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicectl.core.errors import UsageError

if TYPE_CHECKING:
    from voicectl.cli.session import Session
    from voicectl.gateway.plan import Plan
    from voicectl.runtime import Runtime

ENVS = ("live", "test")
ID_BYTES, IDS_AT_ONCE = 16, 64
OPTIONS: dict[str, tuple[object, object]] = {
    "env": (
        Annotated[str, typer.Option(metavar="NAME", help="live, or test: a tone for keys of the sandbox.")],
        "live",
    ),
    "also": (
        Annotated[
            list[str] | None,
            typer.Option("--also", metavar="PROFILE", help="Serve this profile as well; repeatable."),
        ],
        None,
    ),
    "allow_name": (
        Annotated[
            list[str] | None,
            typer.Option("--host-name", metavar="NAME", help="Answer to this Host as well; repeatable."),
        ],
        None,
    ),
    "trusted_proxy": (
        Annotated[
            list[str] | None,
            typer.Option("--trusted-proxy", metavar="CIDR", help="Believe its X-Forwarded-For; repeatable."),
        ],
        None,
    ),
    "behind_proxy": (
        Annotated[bool, typer.Option("--behind-proxy", help="A proxy with TLS stands before it.")],
        False,
    ),
    "tls_cert": (Annotated[str, typer.Option(metavar="FILE", help="The certificate of its own TLS.")], ""),
    "tls_key": (Annotated[str, typer.Option(metavar="FILE", help="That certificate's key.")], ""),
    "rules": (Annotated[str, typer.Option(metavar="FILE", help="What may not be said, and how.")], ""),
    "rule_command": (
        Annotated[str, typer.Option(metavar="COMMAND", help="Run it with key and rule when one matches.")],
        "",
    ),
    "redis": (
        Annotated[str, typer.Option(metavar="URL", help="Count together with other gateways, there.")],
        "",
    ),
    "redis_keys": (
        Annotated[
            bool,
            typer.Option("--redis-keys", help="Read keys there, which another gateway publishes."),
        ],
        False,
    ),
    "metrics_port": (
        Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Show metrics there; 0 shows none.")],
        9464,
    ),
    "metrics_per_key": (
        Annotated[bool, typer.Option("--metrics-per-key", help="Count each key by itself.")],
        False,
    ),
    "max_age": (
        Annotated[
            str, typer.Option("--max-age", metavar="TIME", help="Remind of keys not rotated for so long.")
        ],
        "90d",
    ),
    "audit_days": (
        Annotated[int, typer.Option(metavar="N", min=1, help="Keep the audit log for so many days.")],
        180,
    ),
    "audit_text": (
        Annotated[bool, typer.Option("--audit-text", help="Write the texts into it, too.")],
        False,
    ),
    "audit_failure": (
        Annotated[
            str, typer.Option(metavar="DEED", help="block or allow requests that cannot be written down.")
        ],
        "block",
    ),
}
"""Each option by the name of its parameter: how it is declared, and what it is unless given."""


def plan_of(given: Mapping[str, Any]) -> Plan:
    """Read the options; UsageError for a word that is none of those that there are."""
    from voicectl.actions.token import duration
    from voicectl.gateway.keys import Env
    from voicectl.gateway.plan import Plan

    for option, known in (("env", ENVS), ("audit_failure", ("block", "allow"))):
        if given[option] not in known:
            raise UsageError(
                "{option} can be {known}, not {value!r}",
                option=f"--{option.replace('_', '-')}",
                known=" or ".join(known),
                value=given[option],
                first=known[0],
                hint="{option} {first}",
            )
    if given["redis_keys"] and not given["redis"]:
        raise UsageError("--redis-keys wants to know where", hint="--redis rediss://HOST:6379/0")
    return Plan(
        env=Env(given["env"]),
        profiles=("", *(given["also"] or ())),
        hosts=tuple(given["allow_name"] or ()),
        trusted=tuple(given["trusted_proxy"] or ()),
        behind_proxy=given["behind_proxy"],
        tls_cert=given["tls_cert"],
        tls_key=given["tls_key"],
        rules=given["rules"],
        rule_command=_words(given["rule_command"]),
        redis_url=given["redis"],
        reads_keys_there=given["redis_keys"],
        metrics_port=given["metrics_port"],
        metrics_per_key=given["metrics_per_key"],
        max_age_seconds=duration(given["max_age"]).total_seconds(),
        retention_days=given["audit_days"],
        audit_text=given["audit_text"],
        serves_unlogged=given["audit_failure"] == "allow",
    )


def _words(command: str) -> tuple[str, ...]:
    """Part a command as a shell would; UsageError where a quotation has no end."""
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise UsageError(
            "--rule-command cannot be read: {reason}", reason=str(error).lower(), hint="--rule-command /PATH"
        ) from None


def ids_from(chance: Callable[[int], bytes]) -> Callable[[], str]:
    """Return what gives 128 bits as text each time; chance is asked for many at once, which is cheaper."""
    held: list[str] = []

    def new_id() -> str:
        if not held:
            text = chance(ID_BYTES * IDS_AT_ONCE).hex()
            held.extend(text[at : at + 2 * ID_BYTES] for at in range(0, len(text), 2 * ID_BYTES))
        return held.pop()

    return new_id


def serve_team(session: Session, plan: Plan, host: str, port: int | None) -> None:
    """Serve the profiles of this command line to those who have keys."""
    from voicectl.gateway.assembly import Here
    from voicectl.gateway.limits import Tick
    from voicectl.gateway.place import directory_in, master_in
    from voicectl.gateway.team_start import start
    from voicectl.runtime import Runtime

    def runtime_of(name: str) -> Runtime:
        if not name:
            return session.runtime
        runtime = Runtime(session.world, session.options._replace(profile=name, vendor=""))
        runtime.warn, runtime.tell = session.runtime.warn, session.runtime.tell
        return runtime

    def still_of(name: str) -> Runtime:
        named = session.options._replace(profile=name, vendor="") if name else session.options
        return Runtime(session.world, named._replace(dry_run=True))

    start(
        replace(plan, host=host, port=port),
        Here(lambda: Tick(time.time(), session.world.monotonic()), ids_from(secrets.token_bytes)),
        directory_in(session.runtime.directories.state),
        runtime_of=runtime_of,
        still_of=still_of,
        master=lambda: master_in(session.world.environ, session.runtime.stores),
        out=session.console,
    )
