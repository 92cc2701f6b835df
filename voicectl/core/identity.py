"""Whom a vendor takes an account for, and how to ask. The asking: `vendors/<name>/identity.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whom the vendor sees; `name` is its own word for the account, empty where it tells none."""

    name: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`ask` makes one cheap signed call; `endpoints` are the services that an account's commands go to.

    `mirror`, where a vendor has one, answers with the address that a request seems to come from.
    """

    ask: Callable[[], Caller]
    endpoints: Callable[[], tuple[Endpoint, ...]]
    mirror: Endpoint | None = None
