"""Tencent Cloud's card: what it can do here. Its fields and variables: `profiles/forms.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.core.vendor import Access, Vendor

if TYPE_CHECKING:
    from voicectl.core.identity import Identity


def _identity(access: Access) -> Identity:
    from voicectl.vendors.tencent.identity import identity

    return identity(access)


CARD = Vendor(name="tencent", title="Tencent Cloud", identity=_identity)
