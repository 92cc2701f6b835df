"""An account of one of EmotiVoice's forms, with the card and the access that the program would use."""

from __future__ import annotations

from tests.fakes import world
from voicectl.core.options import Options
from voicectl.core.profile import Accounts, Profile
from voicectl.core.vendor import Access, Vendor
from voicectl.profiles.choice import Choice
from voicectl.runtime import AccountAccess, Runtime
from voicectl.vendors.registry import load

KEY = "ak_live_EXAMPLE"


def account(api: str, url: str = "", key: str = KEY) -> tuple[Vendor, Access]:
    """Return EmotiVoice's card, and the access of a profile that names this form and place."""
    settings = {"api": api, "base_url": url, "access_key_id": "EXAMPLE"}
    profile = Profile(name="x", vendor="emotivoice", settings={k: v for k, v in settings.items() if v})
    keys = {"VOICECTL_NO_KEYRING": "1", "EMOTIVOICE_API_KEY": key}
    runtime = Runtime(
        world({name: value for name, value in keys.items() if value}), Options(retries=0, timeout=1)
    )
    runtime.accounts = Accounts(profiles={"x": profile})
    return load("emotivoice"), AccountAccess(runtime, Choice(profile=profile))
