"""What was asked for by the options that every command has. How they are read: `cli/options.py`."""

from __future__ import annotations

from typing import NamedTuple


class Options(NamedTuple):
    """What was asked for by flags and, where no flag was given, by `VOICECTL_*` variables.

    `profile`, `vendor`, `region` and `endpoint_url` hold flags only: what a variable means for them
    depends on the profile. Times are in seconds.
    """

    profile: str = ""
    vendor: str = ""
    region: str = ""
    endpoint_url: str = ""
    output: str = "auto"
    query: str = ""
    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    debug_file: str = ""
    log_file: str = ""
    no_input: bool = False
    yes: bool = False
    dry_run: bool = False
    timeout: float = 30.0
    connect_timeout: float = 10.0
    retries: int = 2
    max_bytes: int = 2 * 2**30
    ca_bundle: str = ""
    allow_host: str = ""
    allow_http: bool = False
    allow_private: bool = False
    color: str = "auto"
