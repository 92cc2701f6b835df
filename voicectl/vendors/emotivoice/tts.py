"""Which of the three forms a profile speaks, and what they share. Each form has a module of its own."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from voicectl.core.errors import ConfigError
from voicectl.signing import schemes
from voicectl.signing.keyless import IfKeyed, KeyIfAny

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.tts import Tts
    from voicectl.core.vendor import Access, Client, Judge

FORMS = {"openai": "server.ServerTts", "v1tts": "gateway.GatewayTts", "youdao": "youdao.YoudaoTts"}
UNSET = "https://base-url.invalid"


def form_of(access: Access) -> str:
    """Return the form that the profile names; it is never guessed."""
    api = access.profile.settings.get("api", "")
    if api not in FORMS:
        raise ConfigError(
            "EmotiVoice has three interfaces, and the profile does not say which: {known}",
            known=", ".join(FORMS),
            hint="voicectl profile add NAME --vendor emotivoice --set api=openai --set base_url=http://HOST:8000",
        )
    return api


def speech(access: Access) -> Tts:
    """Return the speech of the profile's form."""
    module, _, name = FORMS[form_of(access)].partition(".")
    form: Tts = getattr(import_module(f"voicectl.vendors.emotivoice.{module}"), name)(access)
    return form


def endpoint_of(access: Access, usual: str = "") -> Endpoint:
    """Return where the server is; ConfigError where nobody said so and there is no `usual` place."""
    url = access.profile.settings.get("base_url") or usual
    endpoint = access.endpoint("speech", url or UNSET)
    if not url and not endpoint.is_custom:
        raise ConfigError(
            "no base URL was given for {vendor}, and none is assumed",
            vendor="emotivoice",
            hint="export EMOTIVOICE_BASE_URL=http://HOST:8000\nor: profile add … --set base_url=URL",
        )
    return endpoint


def keyed_client(access: Access, endpoint: Endpoint, judge: Judge) -> Client:
    """Return a client that shows the profile's key where there is one; the server itself wants none."""
    source = access.keys("api_key", host=endpoint.host, needed=False)
    return access.client(IfKeyed(schemes.build("bearer")), judge, KeyIfAny(source))
