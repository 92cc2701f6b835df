"""Whom a vendor takes an account for, and how to ask. The asking: `vendors/<name>/identity.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint


class Caller(NamedTuple):
    """Whom the vendor sees; `name` is its own word for the account, empty where it tells none."""

    name: str = ""
    request_id: str = ""


class Identity(NamedTuple):
    """`ask` makes one cheap signed call; `endpoints` are the services that an account's commands go to.

    `mirror`, where a vendor has one, answers with the address that a request seems to come from.
    """

    ask: Callable[[], Caller]
    endpoints: Callable[[], tuple[Endpoint, ...]]
    mirror: Endpoint | None = None
