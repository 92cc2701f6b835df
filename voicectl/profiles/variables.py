"""Keys in environment variables, without what profiles need. A vendor's variables: `forms.py`."""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import CredentialError

KEY_ID, SECRET, TOKEN = "VOICECTL_ACCESS_KEY_ID", "VOICECTL_ACCESS_KEY_SECRET", "VOICECTL_SECURITY_TOKEN"


def value_of(environment: Mapping[str, str], variable: str) -> str:
    """Return a variable's text; blanks or control characters around or in it are an error."""
    text = environment.get(variable, "")
    if text.strip() != text or not text.isprintable():
        raise CredentialError(
            "{variable} holds blanks or line breaks that no key has",
            variable=variable,
            hint="set {variable} anew, without them",
        )
    return text


def own_keys(environment: Mapping[str, str]) -> Credentials | None:
    """Return the keys in voicectl's own variables, which serve any vendor; None where there are none.

    A secret alone is a bearer key. Raises CredentialError for a key id without its secret.
    """
    key_id, secret, token = (value_of(environment, name) for name in (KEY_ID, SECRET, TOKEN))
    if key_id and not secret:
        raise CredentialError(
            "{present} is set, but {missing} is not",
            present=KEY_ID,
            missing=SECRET,
            hint="export {missing}=…   or: unset {present}",
        )
    if not secret:
        return None
    return Credentials(key_id=key_id, secret=Secret(secret), security_token=Secret(token) if token else None)
