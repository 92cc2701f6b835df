"""Errors on their way up, without what others repeat of our secrets. How it is found: `core/hiding.py`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from voicectl.core.credentials import SecretsInUse
from voicectl.core.errors import VoicectlError


@contextmanager
def hiding(secrets: SecretsInUse) -> Iterator[None]:
    """Hide the secrets in an error, whoever raised it: also who reads what is still to come."""
    try:
        yield
    except VoicectlError as error:
        hidden = error.hiding(secrets.hidden_in)
        if hidden.facts == error.facts:
            raise
        # The error as it was must not be shown as the cause of this one.
        raise hidden from None
