"""What all parts of a check-up share: one run, its accounts, its variables. Nothing is judged here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voicectl.core.errors import VoicectlError
from voicectl.core.profile import Profile

if TYPE_CHECKING:
    from voicectl.core.options import Options
    from voicectl.profiles.choice import Choice
    from voicectl.runtime import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One run of the program; profiles that cannot be read are one finding, and then there are none."""

    runtime: Runtime
    environment: Mapping[str, str]
    options: Options

    @property
    def profiles(self) -> list[tuple[str, Profile]]:
        try:
            return sorted(self.runtime.accounts.profiles.items())
        except VoicectlError:
            return []

    @property
    def vendors_of_variables(self) -> list[str]:
        """The vendors of which some variable for keys is set."""
        from voicectl.profiles.forms import ALL

        def is_set(name: str) -> bool:
            return bool(self.environment.get(name))

        return [
            form.vendor
            for form in ALL
            if any(is_set(row.secret) or is_set(row.key_id) for kind in form.kinds for row in kind.variables)
        ]

    @property
    def choices(self) -> list[Choice]:
        """Every account here: each profile, and vendors of which there are only variables."""
        from voicectl.profiles.choice import Choice

        choices = [Choice(profile=profile, named=True) for _, profile in self.profiles]
        known = {choice.vendor for choice in choices}
        asked = [self.options.vendor] if self.options.vendor else []
        vendors = dict.fromkeys((*asked, *self.vendors_of_variables))
        return choices + [
            Choice(profile=Profile(name="", vendor=vendor)) for vendor in vendors if vendor not in known
        ]
