"""What an operator asks of a gateway, as it came from the command line. Put together: `assembly.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from voicectl.gateway.keys import REPORTED_AFTER, Env, Limits

RETENTION_DAYS = 180
"""At least what article 21 of China's Cybersecurity Law asks for; nothing is kept for ever."""
PORTS = {Env.LIVE: 8787, Env.TEST: 8788}
METRICS_PORTS = {Env.LIVE: 9464, Env.TEST: 9465}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a gateway is to be served. `port` is None for the usual one, 0 for any that is free.

    `host` is an address, or `unix:PATH`, whose socket gets `socket_mode`. `profile_limits` are those that
    all keys share.

    `profiles` are names, the first one meant where none is named; empty words are whom the command
    line means. `hosts` are names besides this machine's own; `trusted` are networks of proxies.
    """

    env: Env = Env.LIVE
    host: str = "127.0.0.1"
    port: int | None = None
    profiles: tuple[str, ...] = ("",)
    hosts: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()
    behind_proxy: bool = False
    tls_cert: str = ""
    tls_key: str = ""
    rules: str = ""
    rule_command: tuple[str, ...] = ()
    rule_webhook: str = ""
    profile_limits: Mapping[str, Limits] = field(default_factory=dict)
    socket_mode: int = 0o600
    audio_directory: str = ""
    metrics_port: int = METRICS_PORTS[Env.LIVE]
    metrics_per_key: bool = False
    max_age_seconds: float = REPORTED_AFTER
    retention_days: int = RETENTION_DAYS
    audit_text: bool = False
    serves_unlogged: bool = False
    redis_url: str = ""
    reads_keys_there: bool = False
