"""Which host and which path an account of Twilio is reached by. What is asked there: the other modules.

Specification: https://www.twilio.com/docs/global-infrastructure
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import ConfigError, CredentialError, UsageError

if TYPE_CHECKING:
    from voicectl.core.credentials import Credentials
    from voicectl.core.vendor import Access

USUAL_REGION = "us1"
USUAL_URL = "https://api.twilio.com"
EDGES = {"ie1": "dublin", "au1": "sydney", "jp1": "tokyo"}
"""The edge beside each region: a host with a region alone is going away."""
VERSION = "2010-04-01"
API_SECRET = "TWILIO_API_SECRET"


def region_of(access: Access) -> str:
    """Return the account's region; keys, tokens and calls belong to one."""
    return access.profile.region.lower() or USUAL_REGION


def api(access: Access, region: str = "") -> Endpoint:
    """Return where the REST interface is: of a call's own region, else of the account's."""
    own = region_of(access)
    edge = access.profile.settings.get("edge", "") if region in ("", own) else ""
    return access.endpoint("api", usual_url(region or own, edge))


def usual_url(region: str, edge: str) -> str:
    """Return Twilio's own URL for a region; UsageError for one whose edge nobody named."""
    if region == USUAL_REGION and not edge:
        return USUAL_URL
    edge = edge or EDGES.get(region, "")
    if not (edge and edge.isascii() and region.isascii() and edge.isalnum() and region.isalnum()):
        raise UsageError(
            "twilio has no region {region!r} that is known here; known are {known}",
            region=region,
            known=", ".join((USUAL_REGION, *EDGES)),
            hint="name the edge beside it: voicectl profile set NAME edge=…",
        )
    return f"https://api.{edge}.{region}.twilio.com"


def account_of(access: Access) -> str:
    """Return the account that calls belong to: the profile's, else the one whose token is the key.

    ConfigError where neither tells (an API key does not say whose it is), or where the two differ:
    the calls would be paid by another account than the one that was meant.
    """
    told = access.profile.settings.get("account_sid", "")
    keys = _keys(access)
    own = keys.key_id if keys is not None and keys.key_id.startswith("AC") else ""
    if told and own and told != own:
        raise ConfigError(
            "the auth token is of account {own}, but account_sid says {told}",
            own=own,
            told=told,
            hint="unset TWILIO_ACCOUNT_SID   or: voicectl profile set NAME account_sid={own}",
        )
    account = told or own
    if not (account.startswith("AC") and account.isascii() and account.isalnum()):
        raise ConfigError(
            "an API key of twilio does not tell its account; the account's sid (AC…) is missing",
            hint="export TWILIO_ACCOUNT_SID=AC…   or: voicectl profile set NAME account_sid=AC…",
        )
    return account


def is_account_key(access: Access) -> bool:
    """Say whether the account is asked with its own sid and auth token, not with an API key."""
    try:
        keys = _keys(access)
    except CredentialError:
        return False
    return keys is not None and keys.key_id.startswith("AC")


def _keys(access: Access) -> Credentials | None:
    """Return the keys; ConfigError for an API key without its secret, beside which a token may be set."""
    try:
        return access.keys().credentials(access.clock.moment().now)
    except CredentialError as error:
        if error.facts.get("missing") != API_SECRET:
            raise
        facts: dict[str, Any] = {**error.facts}
        raise ConfigError(error.message_template, hint=error.hint_template, **facts) from None


def account_path(access: Access) -> str:
    """Return the path of everything that belongs to the account."""
    return f"/{VERSION}/Accounts/{account_of(access)}"
