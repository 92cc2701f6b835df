"""Who asks Volcengine's speech service: which kind of key, in which headers, and a name for each try.

The page: https://www.volcengine.com/docs/6561/1598757. What the tries ask: `http_v1.py` and its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, CredentialSource
from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import ConfigError, CredentialError
from voicectl.core.request import Pairs, Request
from voicectl.core.signature import Signed, Signer
from voicectl.core.vendor import Access, Client
from voicectl.signing import schemes
from voicectl.vendors.volcengine.identity import SPEECH
from voicectl.vendors.volcengine.speech_errors import judge_speech

API_KEY, ACCESS_TOKEN, APP_ID = "speech_api_key", "speech_access_token", "speech_app_id"
KEYS_HINT = (
    "export VOLC_SPEECH_API_KEY=…   (the newer speech console has it)\n"
    "or: export VOLC_SPEECH_APP_ID=… VOLC_SPEECH_ACCESS_TOKEN=…   (the older console has both)"
)
V1_HINT = (
    "export VOLC_SPEECH_APP_ID=… VOLC_SPEECH_ACCESS_TOKEN=…\n"
    "or, for an API key, name an engine of the newer interface: --engine seed-tts-1.0"
)

Name = Callable[[Request, str], Request]
"""Write a name that was never used before into a request."""


@dataclass(frozen=True, slots=True)
class Named:
    """Signs each try under a name of its own: the service refuses one that it has seen."""

    signer: Signer
    name: Name

    @property
    def scheme(self) -> str:
        return self.signer.scheme

    def sign(self, request: Request, credentials: Credentials, at: Moment) -> Signed:
        """Return the request with its name and its key."""
        return self.signer.sign(self.name(request, at.nonce), credentials, at)


class SpeechAccess:
    """The speech service as one account asks it."""

    def __init__(self, access: Access) -> None:
        self._access = access

    @cached_property
    def endpoint(self) -> Endpoint:
        """Where the service is."""
        return self._access.endpoint("speech", SPEECH)

    def fresh_name(self) -> str:
        """Return a name that was never given before."""
        return self._access.clock.moment().nonce

    def app_id(self, hint: str = KEYS_HINT) -> str:
        """Return the application of an access token; ConfigError where there is a token without one."""
        found = self._access.profile.settings.get(APP_ID, "")
        if found:
            return found
        try:
            self._token.credentials(self._now)
        except CredentialError as error:
            raise error.knowing(hint=hint) from None
        raise ConfigError(
            "volcengine takes an access token together with its app id only, and there is no {field}",
            field=APP_ID,
            hint=hint,
        )

    def v1_client(self, name: Name) -> Client:
        """Return a client of the first interface, which knows access tokens only."""
        # The semicolon is theirs, and no blank follows it.
        return self._client(self._token, "Authorization", "Bearer;", name)

    def v3_client(self, name: Name) -> Client:
        """Return a client of the newer interface: with an API key where there is one, else with a token."""
        if self._has_api_key:
            return self._client(self._api_key, "X-Api-Key", "", name)
        return self._client(self._token, "X-Api-Access-Key", "", name)

    def v3_headers(self, engine: str, *, app_id: str = "X-Api-App-Id") -> Pairs:
        """Return what the newer interface wants beside the key; its pages differ in a header's name."""
        mine = () if self._has_api_key else ((app_id, self.app_id()),)
        return (*mine, ("X-Api-Resource-Id", engine), ("X-Control-Require-Usage-Tokens-Return", "text_words"))

    @cached_property
    def _api_key(self) -> CredentialSource:
        return self._access.keys(API_KEY, host=self.endpoint.host, needed=False)

    @cached_property
    def _token(self) -> CredentialSource:
        return self._access.keys(ACCESS_TOKEN, host=self.endpoint.host)

    @cached_property
    def _has_api_key(self) -> bool:
        return self._api_key.credentials(self._now) is not None

    @property
    def _now(self) -> datetime:
        return self._access.clock.moment().now

    def _client(self, source: CredentialSource, header: str, prefix: str, name: Name) -> Client:
        signer = schemes.build("bearer", options={"header": header, "prefix": prefix})
        return self._access.client(Named(signer, name), judge_speech, source)
