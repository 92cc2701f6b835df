"""AWS's shared config and credentials files, read only: which profile gets its keys in which way.

The order inside a profile is that of AWS's own tools. Nothing here asks the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from voicectl.core.errors import ConfigError, CredentialError, VoicectlError
from voicectl.profiles.forms import AWS
from voicectl.profiles.sources import EnvironmentSource
from voicectl.profiles.spellings import keys_in
from voicectl.profiles.tool_files import Entry, Sections, below_home, home_in, number_in, quoted, read_ini
from voicectl.profiles.ways import (
    Address,
    Identity,
    Instance,
    Keys,
    Library,
    Program,
    Role,
    Session,
    Sso,
    Way,
)

Section = Mapping[str, str]
CONTAINER = "http://169.254.170.2"
CONTAINER_VARIABLE = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
CONTAINER_HOSTS = {"localhost", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsFiles:
    """The files that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name, else those in `~/.aws`."""

    environment: Mapping[str, str] = field(repr=False)
    _read: dict[str, Sections] = field(default_factory=dict, init=False, repr=False)

    @property
    def profile(self) -> str:
        """The profile in use. Unlike botocore, `AWS_PROFILE` stands before `AWS_DEFAULT_PROFILE`."""
        return self.environment.get("AWS_PROFILE") or self.environment.get("AWS_DEFAULT_PROFILE") or "default"

    def profiles(self) -> frozenset[str]:
        """Return the names of all profiles in both files."""
        return frozenset({*self._config(), *self._keys()})

    def region(self) -> str:
        """Return the region of the profile in use; empty where none is told."""
        return self._region_of(self.profile)

    def ways(self) -> Iterator[Way]:
        """Yield the ways that hold without any voicectl profile, in AWS's order."""
        if way := self._chosen():
            yield way
        if way := _container(self.environment):
            yield way
        if self.environment.get("AWS_EC2_METADATA_DISABLED", "").lower() != "true":
            yield Instance(place="the instance metadata service", explicit=False, allow_v1=False)

    def entries(self) -> Iterator[Entry]:
        """Yield every profile, broken ones with what is wrong."""
        keys = self._keys()
        for name in sorted(self.profiles()):
            path = self._path("AWS_SHARED_CREDENTIALS_FILE" if name in keys else "AWS_CONFIG_FILE")
            try:
                way, trouble = self.way(name), ""
            except VoicectlError as error:
                way, trouble = None, str(error)
            set_empty = [f"aws configure set {field} '' --profile {quoted(name)}" for field in BLANKED]
            yield Entry(
                name=name,
                path=path or Path(),
                region=self._region_of(name),
                way=way,
                trouble=trouble,
                blank=" && ".join(set_empty),
            )

    def way(self, name: str, *, alone: bool = True) -> Way | None:
        """Return how a profile gets its keys; None where it does not.

        Unless it is `alone`, a web identity of the environment comes first, as with AWS's own tools.
        """
        profile = self._merged().get(name, {})
        if profile.get("role_arn") and not profile.get("web_identity_token_file"):
            return self._role(name, profile, ())
        return (None if alone else _web_identity(self.environment)) or self._without_role(name, profile)

    def _chosen(self) -> Way | None:
        if self.profile != "default" and self.profile not in self.profiles():
            raise CredentialError(
                "AWS_PROFILE is {profile!r}, which is in none of the shared AWS files",
                profile=self.profile,
                hint="unset AWS_PROFILE   or: aws configure list-profiles",
            )
        return self.way(self.profile, alone=False)

    def _without_role(self, name: str, profile: Section) -> Way | None:
        place = _place(name)
        if profile.get("web_identity_token_file"):
            return _identity_of(profile, place)
        if profile.get("sso_session") or profile.get("sso_start_url"):
            return self._sso(name, profile)
        if way := self._static(name, self._keys().get(name, {})):
            return way
        if profile.get("login_session"):
            return self._library(name)
        if command := profile.get("credential_process"):
            return Program(place=f"{place}, credential_process", command=command)
        return self._static(name, self._config().get(name, {}))

    def _role(self, name: str, profile: Section, visited: tuple[str, ...]) -> Role:
        place = _place(name)
        source, other = profile.get("source_profile", ""), profile.get("credential_source", "")
        if bool(source) == bool(other):
            raise ConfigError(
                "{place} has a role_arn and {count} of source_profile and credential_source; it wants one",
                place=place,
                count="both" if source else "none",
                name=name,
                hint="aws configure set source_profile default --profile '{name}'",
            )
        given = self._source(source, (*visited, name)) if source else self._elsewhere(other, place)
        session = Session(
            role=profile["role_arn"],
            name=profile.get("role_session_name", "voicectl"),
            seconds=number_in(profile.get("duration_seconds", ""), place),
            external_id=profile.get("external_id", ""),
            region=self._region_of(name) or self._region_in_use(),
        )
        return Role(place=place, session=session, source=given, mfa_serial=profile.get("mfa_serial", ""))

    def _source(self, name: str, visited: tuple[str, ...]) -> Way:
        """Return how a `source_profile` gets its keys; there, static ones stand before a role."""
        way: Way | None
        profile, place = self._merged().get(name), _place(visited[-1])
        if profile is None:
            raise ConfigError(
                "{place} names the source_profile {name!r}, which there is not",
                place=place,
                name=name,
                hint="aws configure list-profiles",
            )
        if way := self._static(name, profile):
            return way
        if name in visited:
            raise ConfigError(
                "{place}: the source_profile entries go round in a circle: {circle}",
                place=_place(visited[0]),
                circle=" -> ".join((*visited, name)),
                hint="let one of them have keys of its own",
            )
        if profile.get("role_arn") and not profile.get("web_identity_token_file"):
            return self._role(name, profile, visited)
        if way := self._without_role(name, profile):
            return way
        raise CredentialError("{place}: {name!r} has no keys", place=place, name=name, hint="aws configure")

    def _elsewhere(self, source: str, place: str) -> Way:
        match source.lower():
            case "environment":
                kind = AWS.kinds[0]
                found = EnvironmentSource(kind=kind, environment=self.environment).credentials(EPOCH)
                if found is None:
                    raise CredentialError(
                        "{place} takes its keys from variables, and none are set",
                        place=place,
                        hint="export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…",
                    )
                return Keys(place=f"{place}, environment", credentials=found)
            case "ec2instancemetadata":
                return Instance(place=f"{place}, instance metadata", allow_v1=False)
            case "ecscontainer":
                if way := _container(self.environment):
                    return way
                raise CredentialError(
                    "{place} takes its keys from the container, and {variable} is not set",
                    place=place,
                    variable=CONTAINER_VARIABLE,
                    hint="run it in a task that has a role",
                )
        raise ConfigError(
            "{place}: there is no credential_source {source!r}",
            place=place,
            source=source,
            hint="Environment, Ec2InstanceMetadata or EcsContainer",
        )

    def _sso(self, name: str, profile: Section) -> Sso:
        place, session = _place(name), profile.get("sso_session", "")
        shared = self._sections("AWS_CONFIG_FILE").get(f"sso-session {session}") if session else profile
        found = {**(shared or {}), "sso_account_id": "", "sso_role_name": "", **profile}
        needed = ("sso_start_url", "sso_region", "sso_account_id", "sso_role_name")
        if gaps := [field for field in needed if not found.get(field)]:
            raise ConfigError(
                "{place} lacks {gaps} for SSO",
                place=place,
                gaps=", ".join(gaps),
                name=name,
                hint="aws configure sso --profile '{name}'",
            )
        return Sso(
            place=place,
            profile=name,
            account=found["sso_account_id"],
            role=found["sso_role_name"],
            region=found["sso_region"],
            start_url=found["sso_start_url"],
            session=session,
            directory=f"{home_in(self.environment)}/.aws/sso/cache",
        )

    def _library(self, name: str) -> Library:
        config, keys = self._path("AWS_CONFIG_FILE"), self._path("AWS_SHARED_CREDENTIALS_FILE")
        return Library(place=_place(name), profile=name, config=str(config), credentials=str(keys))

    def _static(self, name: str, section: Section) -> Keys | None:
        place = _place(name)
        found = keys_in({key: text for key, text in section.items() if key in STATIC}, place)
        if found is None:
            return None
        if found.key_id.startswith("ASIA") and found.security_token is None:
            raise CredentialError(
                "{place} has a temporary key id and no aws_session_token",
                place=place,
                hint="copy the token as well; a temporary key is useless without it",
            )
        return Keys(place=place, credentials=found)

    def _region_of(self, name: str) -> str:
        return self._merged().get(name, {}).get("region", "")

    def _region_in_use(self) -> str:
        return self.environment.get("AWS_REGION") or self.environment.get("AWS_DEFAULT_REGION", "")

    def _merged(self) -> Sections:
        """Return each profile with what both files say of it."""
        config, keys = self._config(), self._keys()
        return {name: {**config.get(name, {}), **keys.get(name, {})} for name in {*config, *keys}}

    def _config(self) -> Sections:
        found = self._sections("AWS_CONFIG_FILE")
        return {
            name.removeprefix("profile").strip().strip("\"'"): section
            for name, section in found.items()
            if name == "default" or name.startswith(("profile ", "profile\t"))
        }

    def _keys(self) -> Sections:
        return self._sections("AWS_SHARED_CREDENTIALS_FILE")

    def _sections(self, variable: str) -> Sections:
        if variable not in self._read:
            self._read[variable] = read_ini(self._path(variable))
        return self._read[variable]

    def _path(self, variable: str) -> Path | None:
        return below_home(self.environment, variable, USUAL[variable])


USUAL = {"AWS_CONFIG_FILE": ".aws/config", "AWS_SHARED_CREDENTIALS_FILE": ".aws/credentials"}
STATIC = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token")
BLANKED = ("aws_secret_access_key", "aws_session_token")
EPOCH = datetime.fromtimestamp(0, UTC)


def _place(name: str) -> str:
    return f"AWS profile {name!r}"


def _web_identity(environment: Mapping[str, str]) -> Way | None:
    if not environment.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        return None
    names = {"role_arn": "AWS_ROLE_ARN", "web_identity_token_file": "AWS_WEB_IDENTITY_TOKEN_FILE"}
    names["role_session_name"] = "AWS_ROLE_SESSION_NAME"
    found = {field: environment.get(name, "") for field, name in names.items()}
    found["region"] = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION", "")
    return _identity_of(found, "AWS_WEB_IDENTITY_TOKEN_FILE")


def _identity_of(profile: Section, place: str) -> Identity:
    if not profile.get("role_arn"):
        raise ConfigError(
            "{place} has a web identity and no role", place=place, hint="set role_arn or AWS_ROLE_ARN"
        )
    session = Session(
        role=profile["role_arn"],
        name=profile.get("role_session_name") or "voicectl",
        region=profile.get("region", ""),
    )
    return Identity(place=place, session=session, token_file=profile["web_identity_token_file"])


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _container(environment: Mapping[str, str]) -> Address | None:
    """Return the address that a container is told; refuse one that a stranger may have set."""
    from urllib.parse import urlsplit

    relative = environment.get(CONTAINER_VARIABLE, "")
    full = environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
    if not relative and not full:
        return None
    url = f"{CONTAINER}/{relative.lstrip('/')}" if relative else full
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise ConfigError(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI is {url!r}, which is no address",
            url=url,
            hint="unset AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ) from None
    if parts.scheme != "https" and host not in CONTAINER_HOSTS and not _is_loopback(host):
        raise ConfigError(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI names {host!r}, which is not this container's",
            host=host,
            hint="unset AWS_CONTAINER_CREDENTIALS_FULL_URI",
        )
    return Address(
        place="the container's credentials",
        url=url,
        token=environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", ""),
        token_file=environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", ""),
    )
