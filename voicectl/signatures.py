"""The wiring of `sign`: with whose keys a request is signed that nobody sends. All else: `runtime.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicectl.core.account import Variables
    from voicectl.core.credentials import Credentials
    from voicectl.core.options import Options
    from voicectl.profiles.choice import Choice
    from voicectl.runtime import Runtime

CHOOSING_VARIABLES = ("VOICECTL_PROFILE", "VOICECTL_VENDOR")


def signing_keys(
    runtime: Runtime, environ: Mapping[str, str], options: Options, scheme: str
) -> tuple[str, str, Credentials]:
    """Return scheme, region and credentials, which a request does not bring.

    A named profile decides; else `VOICECTL_ACCESS_KEY_ID` and its like, then the variables of the
    vendor that was named or whose scheme it is, then the default profile if it is of that vendor.
    """
    from voicectl.profiles.variables import own_keys

    is_named = options.profile or environ.get("VOICECTL_PROFILE")
    own = None if is_named else own_keys(environ)
    region = options.region or environ.get("VOICECTL_REGION", "")
    if own and scheme and region:
        return scheme, region, own
    from voicectl.profiles.choice import SCHEME_OF_VENDOR

    choice = _choice(runtime, environ, options, scheme)
    credentials = own or runtime.key_source(choice, offline=True).credentials(runtime.clock.moment().now)
    assert credentials is not None, "a needed chain answers or raises"
    return scheme or SCHEME_OF_VENDOR.get(choice.vendor, ""), runtime.region(choice), credentials


def shell_variables(runtime: Runtime, environ: Mapping[str, str], options: Options, scheme: str) -> Variables:
    """Return the names under which a shell holds the keys of a scheme: the vendor's own, else ours."""
    from voicectl.profiles.forms import OWN_VARIABLES

    kinds = runtime.form_of(_choice(runtime, environ, options, scheme)).kinds
    return next((kind.variables[0] for kind in kinds if kind.variables), OWN_VARIABLES)


def _choice(runtime: Runtime, environ: Mapping[str, str], options: Options, scheme: str) -> Choice:
    """Return what was chosen, else what fits a scheme that belongs to one vendor."""
    from voicectl.core.profile import Profile
    from voicectl.profiles.choice import VENDOR_OF_SCHEME, Choice

    is_chosen = options.profile or options.vendor or any(map(environ.get, CHOOSING_VARIABLES))
    if is_chosen or not scheme:
        return runtime.choice()
    vendor = VENDOR_OF_SCHEME.get(scheme, "")
    default = runtime.accounts.profiles.get(runtime.accounts.default)
    is_fitting = default is not None and default.vendor == vendor
    return Choice(profile=default if default and is_fitting else Profile(name="", vendor=vendor))
