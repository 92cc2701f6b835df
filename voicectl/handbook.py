"""Wiring for `help`, and for refusals that name who can: what vendors take, whose variables are whose.

The tables themselves lie with the vendors and in `profiles/`; nothing is sent to fill them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from voicectl.core.account import Variables
    from voicectl.core.service import Service
    from voicectl.core.vendor import Vendor


class Variable(NamedTuple):
    """A variable of the environment, whose it is, and which field of an account it holds."""

    name: str
    vendor: str
    field: str


class Entry(NamedTuple):
    """What one vendor is and takes."""

    card: Vendor
    services: tuple[Service, ...]

    @property
    def deeds(self) -> tuple[str, ...]:
        """What can be done there, in the words of the commands."""
        card = self.card
        offers = {"tts": card.tts, "call": card.call, "recording": card.recording, "token": card.token}
        return tuple(word for word, offer in offers.items() if offer is not None)


def vendors(name: str = "") -> Iterator[Entry]:
    """Yield all vendors that are built in, or the one of that name; UsageError where nobody brings it."""
    from voicectl.vendors.registry import BUILT_IN, load

    for each in (name,) if name else BUILT_IN:
        card = load(each)
        yield Entry(card, card.services() if card.services else ())


def takers(wish: str, wanted: object = None) -> tuple[str, ...]:
    """Return the vendors of which an interface takes this wish, with the value that is wanted."""
    return tuple(
        entry.card.name
        for entry in vendors()
        if any(service.takes(wish, wanted) for service in entry.services)
    )


def secret_variables() -> Iterator[Variable]:
    """Yield the variables from which keys and accounts are read, vendor by vendor, ours last."""
    from voicectl.profiles.choice import REGION_VARIABLES
    from voicectl.profiles.forms import ALL, OWN_VARIABLES

    for form in ALL:
        for kind in form.kinds:
            for names in kind.variables:
                yield from _of_credential(form.vendor, names, (kind.key_id, kind.secret, kind.token))
        for field in form.fields:
            yield from (Variable(name, form.vendor, field.name) for name in field.variables)
        yield from (Variable(name, form.vendor, "region") for name in REGION_VARIABLES.get(form.vendor, ()))
    yield from _of_credential("any", OWN_VARIABLES, ("access_key_id", "access_key_secret", "security_token"))


def _of_credential(vendor: str, names: Variables, fields: tuple[str, str, str]) -> Iterator[Variable]:
    key_id, secret, token = fields
    listed = [(names.key_id, key_id), (names.secret, secret), *((each, token) for each in names.tokens)]
    listed += [(names.expires, "expires_at"), *((each, "profile") for each in names.shadows)]
    yield from (Variable(name, vendor, field) for name, field in listed if name)
