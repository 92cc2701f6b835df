"""An account that lies in the files of a vendor's own tool. Finding it: `profiles/findings.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`kind` says how it gets its keys; `command` is the program's where that is one.

    `fields` are as `profile add` knows them, `masked` is what may be shown of its secret. `blank` is the
    command that would take the secret out of `path`, `elsewhere` how the account is used where it lies.
    `trouble` says what is wrong with it, if anything is.
    """

    vendor: str
    name: str
    path: str
    kind: str
    region: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    masked: str = ""
    command: str = ""
    blank: str = ""
    elsewhere: str = ""
    trouble: str = ""
