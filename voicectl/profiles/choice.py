"""Which vendor and which profile a command works with. Whose keys it then uses: `sources.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from voicectl.core.account import AccountForm
from voicectl.core.errors import ConfigError, NotFound, UsageError
from voicectl.core.options import Options
from voicectl.core.profile import Accounts, Profile
from voicectl.profiles.variables import value_of

LOCAL = "local"
PROFILE = "profile"
REGION_VARIABLES = {"aws": ("AWS_REGION", "AWS_DEFAULT_REGION"), "twilio": ("TWILIO_REGION",)}
SCHEME_OF_VENDOR = {
    "aws": "aws-sigv4",
    "aliyun": "aliyun-acs3",
    "volcengine": "volcengine-v4",
    "tencent": "tencent-tc3",
    "twilio": "basic",
    "emotivoice": "bearer",
    "openai": "bearer",
}
"""The scheme that `sign` takes for a profile when none is named."""
VENDOR_OF_SCHEME = {
    "aws-sigv4": "aws",
    "aws-sigv4-query": "aws",
    "aws-sigv4-s3": "aws",
    "aliyun-rpc-v1": "aliyun",
    "aliyun-acs3": "aliyun",
    "aliyun-oss-v1": "aliyun",
    "aliyun-oss-v4": "aliyun",
    "volcengine-v4": "volcengine",
    "volcengine-v4-query": "volcengine",
    "tos4": "volcengine",
    "tencent-tc3": "tencent",
}
"""Whose variables hold the keys of a scheme that belongs to one vendor."""

Foreign = Callable[[str], str]
"""Say which vendor's own tool has a profile of this name; empty for none."""


class Choice(NamedTuple):
    """The profile to work with; one without a name where only the vendor is known.

    `named`: by flag or variable, so that its keys win over the vendor's variables.
    `fell_back`: nobody chose, and speech is made on this machine; to be said.
    """

    profile: Profile
    named: bool = False
    fell_back: bool = False

    @property
    def vendor(self) -> str:
        return self.profile.vendor


def choose(
    options: Options,
    environment: Mapping[str, str],
    accounts: Accounts,
    *,
    speech: bool,
    foreign: Foreign = lambda name: "",
) -> Choice:
    """Choose by flag, variable, default profile, in the contract's order.

    Raises UsageError for `local` with a region or endpoint and for a profile of another vendor than
    `--vendor`, NotFound for an unknown profile, ConfigError where nothing chooses.
    """
    choice = _chosen(options, environment, accounts, foreign)
    if choice is None:
        if not speech:
            raise ConfigError(
                "no vendor was chosen",
                hint="add --vendor NAME or --profile NAME\nor: voicectl profile add NAME --vendor VENDOR",
            )
        choice = Choice(profile=Profile(name="", vendor=LOCAL), fell_back=True)
    if choice.vendor == LOCAL:
        _refuse_cloud_words(options, environment, fell_back=choice.fell_back)
    return choice


def _chosen(
    options: Options, environment: Mapping[str, str], accounts: Accounts, foreign: Foreign
) -> Choice | None:
    variable = environment.get("VOICECTL_PROFILE", "")
    default = accounts.profiles.get(accounts.default)
    if options.profile:
        return _of_flag(_found(options.profile, accounts, foreign), options.vendor)
    if options.vendor:
        return _of_vendor(options.vendor, accounts.profiles.get(variable), default)
    if variable:
        return Choice(profile=_found(variable, accounts, foreign), named=True)
    if vendor := environment.get("VOICECTL_VENDOR"):
        return _of_vendor(vendor, None, default)
    if accounts.default and default is None:
        raise ConfigError(
            "the default profile {name!r} does not exist",
            name=accounts.default,
            hint="voicectl profile use NAME",
        )
    return Choice(profile=default) if default else None


def _of_flag(profile: Profile, vendor: str) -> Choice:
    if vendor and vendor != profile.vendor:
        raise UsageError(
            "profile {profile!r} is of {own}, not of {vendor}",
            profile=profile.name,
            own=profile.vendor,
            vendor=vendor,
            hint="leave out --vendor or --profile",
        )
    return Choice(profile=profile, named=True)


def _of_vendor(vendor: str, named: Profile | None, default: Profile | None) -> Choice:
    """Take along the profile that would have been used anyway, if it is of this vendor."""
    if named is not None and named.vendor == vendor:
        return Choice(profile=named, named=True)
    if default is not None and default.vendor == vendor:
        return Choice(profile=default)
    return Choice(profile=Profile(name="", vendor=vendor))


def _found(name: str, accounts: Accounts, foreign: Foreign) -> Profile:
    if name in accounts.profiles:
        return accounts.profiles[name]
    vendor = foreign(name)
    if not vendor:
        known = ", ".join(sorted(accounts.profiles)) or "none"
        raise NotFound(
            "there is no profile {name!r}; there is: {known}",
            name=name,
            known=known,
            hint="voicectl profile add '{name}' --vendor VENDOR",
        )
    variable = {"aws": "AWS_PROFILE"}.get(vendor, "ALIBABA_CLOUD_PROFILE")
    raise NotFound(
        "there is no profile {name!r} here; it is one of {vendor}'s own tool",
        name=name,
        vendor=vendor,
        variable=variable,
        hint="{variable}='{name}' voicectl --vendor {vendor} …\nor: voicectl profile import {vendor}",
    )


def _refuse_cloud_words(options: Options, environment: Mapping[str, str], *, fell_back: bool) -> None:
    """Raise UsageError for a flag of a cloud's; for a variable of it only where nobody chose `local`."""
    words = {"--region": options.region, "--endpoint-url": options.endpoint_url}
    if fell_back:
        words |= {name: environment.get(name, "") for name in ("VOICECTL_REGION", "VOICECTL_ENDPOINT_URL")}
    given = next((word for word, value in words.items() if value), "")
    if given:
        raise UsageError(
            "{word} means a cloud vendor, but none was chosen"
            if fell_back
            else "{word} means a cloud vendor, but local is this machine",
            word=given,
            hint="add --vendor NAME, or leave out {word}",
        )


class Place(NamedTuple):
    """Where a region is told, in the words of `profile show --origin`, and what is told there."""

    origin: str
    region: str


def regions(
    choice: Choice,
    options: Options,
    environment: Mapping[str, str],
    *,
    from_files: Callable[[], str] = lambda: "",
    files_count: bool = False,
) -> Iterator[Place]:
    """Yield the places of a region, nearest first; what comes later is not looked at before.

    Like its keys, a named profile's region wins over the vendor's variables, and a default profile's
    loses to them. `files_count`: a variable names an account in the vendor's own files, so that they
    count like variables; else they come last.
    """
    profile = Place(PROFILE, choice.profile.region)
    yield Place("flag --region", options.region)
    yield Place("env VOICECTL_REGION", environment.get("VOICECTL_REGION", ""))
    if choice.named:
        yield profile
    for name in REGION_VARIABLES.get(choice.vendor, ()):
        yield Place(f"env {name}", environment.get(name, ""))
    if files_count:
        yield Place("file", from_files())
    yield profile
    yield Place("file", from_files())


def settings_of(choice: Choice, form: AccountForm, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the public fields that hold; like keys, a named profile's win over variables."""
    told = {
        field.name: value
        for field in form.fields
        if (value := next(filter(None, (value_of(environment, name) for name in field.variables)), ""))
    }
    own = choice.profile.settings
    return {**told, **own} if choice.named else {**own, **told}
