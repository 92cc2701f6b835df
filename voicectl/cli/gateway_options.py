"""The options of `gateway serve` for a team, and how each is read. What they start: `gateway_serve.py`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicectl.core.errors import UsageError

if TYPE_CHECKING:
    from voicectl.gateway.keys import Limits
    from voicectl.gateway.plan import Plan

ENVS = ("live", "test")
_LIMIT = re.compile(r"(.+)=([1-9][0-9]{0,10}|\*)(?:,([1-9][0-9]{0,10}|\*))?")
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
            typer.Option(
                "--trusted-proxy", metavar="CIDR|unix", help="Believe its X-Forwarded-For; repeatable."
            ),
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
        Annotated[str, typer.Option(metavar="COMMAND", help="Run it with key id and rule when one matches.")],
        "",
    ),
    "rule_webhook": (
        Annotated[str, typer.Option(metavar="URL", help="Post key id and rule there when one matches.")],
        "",
    ),
    "redis": (
        Annotated[
            str,
            typer.Option(
                metavar="URL",
                help="Count together with other gateways, there.",
                show_default="VOICECTL_GATEWAY_REDIS",
            ),
        ],
        "",
    ),
    "redis_keys": (
        Annotated[
            bool,
            typer.Option("--redis-keys", help="Read keys there, which another gateway publishes."),
        ],
        False,
    ),
    "profile_limit": (
        Annotated[
            list[str] | None,
            typer.Option(
                "--profile-limit",
                metavar="NAME=RPM[,N]",
                help="Requests a minute, and N under way, of all keys together; repeatable.",
            ),
        ],
        None,
    ),
    "audio_dir": (
        Annotated[
            str, typer.Option(metavar="DIR", help="Keep sound of /v1/tts there, shared with other gateways.")
        ],
        "",
    ),
    "socket_mode": (
        Annotated[str, typer.Option(metavar="MODE", help="Who may use the socket of --host unix:PATH.")],
        "600",
    ),
    "metrics_port": (
        Annotated[
            int | None,
            typer.Option(
                metavar="N",
                min=0,
                max=65535,
                help="Show metrics there; 0 shows none.",
                show_default="9464, with --env test 9465",
            ),
        ],
        None,
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
    from voicectl.gateway.plan import METRICS_PORTS, Plan

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
    env, metrics_port = Env(given["env"]), given["metrics_port"]
    return Plan(
        env=env,
        profiles=("", *(given["also"] or ())),
        hosts=tuple(given["allow_name"] or ()),
        trusted=tuple(given["trusted_proxy"] or ()),
        behind_proxy=given["behind_proxy"],
        tls_cert=given["tls_cert"],
        tls_key=given["tls_key"],
        rules=given["rules"],
        rule_command=_words(given["rule_command"]),
        rule_webhook=_webhook(given["rule_webhook"], given["rules"]),
        profile_limits=dict(map(_profile_limit, given["profile_limit"] or ())),
        socket_mode=_mode(given["socket_mode"]),
        audio_directory=given["audio_dir"],
        redis_url=given["redis"],
        reads_keys_there=given["redis_keys"],
        metrics_port=METRICS_PORTS[env] if metrics_port is None else metrics_port,
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


def _webhook(url: str, rules: str) -> str:
    """Return a URL that may be posted to; UsageError for one that may not, or never would be."""
    if url:
        from voicectl.gateway.webhook import request_to

        request_to(url)
    if url and not rules:
        raise UsageError("--rule-webhook wants rules", hint="--rules rules.toml")
    return url


def _profile_limit(word: str) -> tuple[str, Limits]:
    """Read `NAME=RPM` or `NAME=RPM,N`; a star is no limit."""
    from voicectl.gateway.keys import Limits

    found = _LIMIT.fullmatch(word)
    if found is None:
        raise UsageError(
            "--profile-limit wants NAME=RPM or NAME=RPM,N, not {word!r}",
            word=word,
            hint="--profile-limit work=600,8",
        )
    name, *figures = found.groups()
    per_minute, under_way = (int(each) if each and each != "*" else None for each in figures)
    return name, Limits(per_minute=per_minute, concurrency=under_way, characters_a_day=None)


def _mode(word: str) -> int:
    """Read the mode of a file, which its owner can at least use."""
    try:
        mode = int(word, 8)
    except ValueError:
        mode = 0
    if mode & 0o600 != 0o600 or mode > 0o777:
        raise UsageError(
            "--socket-mode can be 600, 660 or 666, not {word!r}", word=word, hint="--socket-mode 660"
        )
    return mode
