"""Aliyun's own sources, read only: the CLI's config.json, the SDKs' credentials file, variables for roles.

Modes: https://www.alibabacloud.com/help/en/cli/configure-credentials
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from voicectl.core.errors import ConfigError, CredentialError, VoicectlError
from voicectl.profiles.spellings import keys_in, moment_in
from voicectl.profiles.tool_files import (
    Entry,
    Sections,
    below_home,
    number_in,
    quoted,
    read_ini,
    read_json,
    sed_out,
    texts_in,
)
from voicectl.profiles.ways import Address, Identity, Instance, Keys, Program, Role, Session, Way

Section = Mapping[str, str]
PROFILE = "ALIBABA_CLOUD_PROFILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class AliyunFiles:
    """What lies in `~/.aliyun` and `~/.alibabacloud`, and what variables say of roles."""

    environment: Mapping[str, str] = field(repr=False)

    def ways(self) -> Iterator[Way]:
        """Yield the ways that hold without any voicectl profile, in the order of Aliyun's SDKs."""
        told, way = self.environment.get, self._identity()
        if way:
            yield way
        named, known = told(PROFILE, ""), False
        cli = {} if told("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "").lower() == "true" else self._cli()
        name = named or str(self._config().get("current") or "")
        if name in cli:
            known = True
            if way := self._of_cli(name, cli, ()):
                yield way
        name = named or "default"
        if section := self._ini().get(name):
            known = True
            if way := _of_section(section, f"Aliyun credentials file, [{name}]"):
                yield way
        if named and not known:
            raise CredentialError(
                "{variable} is {name!r}, which is in none of Aliyun's files",
                variable=PROFILE,
                name=named,
                hint="unset {variable}   or: aliyun configure list",
            )
        yield from self._near()

    def entries(self) -> Iterator[Entry]:
        """Yield every account in both files, broken ones with what is wrong."""
        cli = self._cli()
        for name, profile in cli.items():
            try:
                way, trouble = self._of_cli(name, cli, ()), ""
            except VoicectlError as error:
                way, trouble = None, str(error)
            yield Entry(
                name=name,
                path=self._cli_path or Path(),
                way=way,
                region=profile.get("region_id", ""),
                blank=f"aliyun configure delete --profile {quoted(name)}",
                trouble=trouble,
            )
        for name, section in self._ini().items():
            try:
                way, trouble = _of_section(section, f"Aliyun credentials file, [{name}]"), ""
            except VoicectlError as error:
                way, trouble = None, str(error)
            path = self._ini_path or Path()
            blank = sed_out(path, name, ("access_key_secret", "security_token"))
            yield Entry(name=name, path=path, way=way, blank=blank, trouble=trouble)

    def _identity(self) -> Way | None:
        names = ("ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE")
        role, provider, token_file = (self.environment.get(name, "") for name in names)
        if not (role and provider and token_file):
            return None
        session = Session(
            role=role,
            name=self.environment.get("ALIBABA_CLOUD_ROLE_SESSION_NAME") or "voicectl",
            region=self._sts_region,
        )
        return Identity(place=names[2], session=session, token_file=token_file, provider=provider)

    def _near(self) -> Iterator[Way]:
        """Yield the machine's own role, then the address that a variable names."""
        told = self.environment.get
        if told("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "").lower() != "true":
            role = told("ALIBABA_CLOUD_ECS_METADATA", "")
            allow_v1 = told("ALIBABA_CLOUD_IMDSV1_DISABLED", "").lower() != "true"
            yield Instance(
                place="the ECS metadata service", role=role, explicit=bool(role), allow_v1=allow_v1
            )
        if url := told("ALIBABA_CLOUD_CREDENTIALS_URI", ""):
            yield Address(place="ALIBABA_CLOUD_CREDENTIALS_URI", url=url)

    def _of_cli(self, name: str, cli: Sections, visited: tuple[str, ...]) -> Way | None:
        if name not in cli:
            raise ConfigError("there is no Aliyun profile {name!r}", name=name, hint="aliyun configure list")
        if name in visited:
            raise ConfigError(
                "the source_profile entries of Aliyun profile {name!r} go round in a circle: {circle}",
                name=visited[0],
                circle=" -> ".join((*visited, name)),
                hint="let one of them have keys of its own",
            )
        profile, place = cli[name], f"Aliyun profile {name!r}"
        source: Way | None
        match profile.get("mode", "").lower():
            case "ak" | "":
                return _keys({**profile, "sts_token": ""}, place)
            case "ststoken":
                return _keys(profile, place, token=True)
            case "ramrolearn":
                source = _keys(profile, place)
            case "chainableramrolearn":
                source = self._of_cli(_needed(profile, "source_profile", place), cli, (*visited, name))
            case _:
                return self._keyless(profile, place)
        if source is None:
            raise CredentialError("{place} has no keys to ask for its role with", place=place)
        return Role(place=place, session=self._session(profile, place), source=source)

    def _keyless(self, profile: Section, place: str) -> Way | None:
        match profile.get("mode", "").lower():
            case "ecsramrole":
                return Instance(place=f"{place}, ECS metadata", role=profile.get("ram_role_name", ""))
            case "oidc":
                return Identity(
                    place=place,
                    session=self._session(profile, place),
                    token_file=_needed(profile, "oidc_token_file", place),
                    provider=_needed(profile, "oidc_provider_arn", place),
                )
            case "external":
                if self.environment.get("ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS"):
                    raise ConfigError(
                        "{place}: ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS forbids its program", place=place
                    )
                return Program(place=place, command=_needed(profile, "process_command", place))
            case "credentialsuri":
                return Address(place=place, url=_needed(profile, "credentials_uri", place))
            case "cloudsso" | "oauth":
                return _cached(profile, place)
        raise ConfigError(
            "{place} is of the mode {mode!r}, which is not supported",
            place=place,
            mode=profile.get("mode", ""),
            hint="aliyun configure --mode AK",
        )

    def _session(self, profile: Section, place: str) -> Session:
        return Session(
            role=_needed(profile, "ram_role_arn", place),
            name=profile.get("ram_session_name") or profile.get("role_session_name") or "voicectl",
            seconds=number_in(profile.get("expired_seconds", "").removesuffix(".0"), place),
            policy=profile.get("policy", ""),
            external_id=profile.get("external_id", ""),
            region=profile.get("sts_region") or self._sts_region,
        )

    @property
    def _sts_region(self) -> str:
        return self.environment.get("ALIBABA_CLOUD_STS_REGION", "")

    @property
    def _cli_path(self) -> Path | None:
        return below_home(self.environment, "", ".aliyun/config.json")

    @property
    def _ini_path(self) -> Path | None:
        """Where the credentials file is: documentation and SDKs name it differently."""
        plain = below_home(self.environment, "ALIBABA_CLOUD_CREDENTIALS_FILE", ".alibabacloud/credentials")
        suffixed = below_home(self.environment, "", ".alibabacloud/credentials.ini")
        named = bool(self.environment.get("ALIBABA_CLOUD_CREDENTIALS_FILE"))
        return suffixed if suffixed and suffixed.exists() and not named else plain

    def _config(self) -> Mapping[str, object]:
        return read_json(self._cli_path)

    def _cli(self) -> Sections:
        listed = self._config().get("profiles")
        profiles = [texts_in(profile) for profile in listed] if isinstance(listed, list) else []
        return {profile["name"]: profile for profile in profiles if profile.get("name")}

    def _ini(self) -> Sections:
        return read_ini(self._ini_path, comments=("#",))


def _of_section(section: Section, place: str) -> Way | None:
    match section.get("type", ""):
        case "access_key" | "sts" | "":
            return _keys(section, place)
        case "ram_role_arn":
            source = _keys(section, place)
            if source is None:
                raise CredentialError("{place} has no keys to ask for its role with", place=place)
            return Role(place=place, session=_session_of(section, place), source=source)
        case "oidc_role_arn":
            return Identity(
                place=place,
                session=_session_of(section, place),
                token_file=_needed(section, "oidc_token_file_path", place),
                provider=_needed(section, "oidc_provider_arn", place),
            )
        case "ecs_ram_role":
            return Instance(place=f"{place}, ECS metadata", role=section.get("role_name", ""))
    raise ConfigError(
        "{place} is of the type {type!r}, which is not supported",
        place=place,
        type=section["type"],
        hint="type = access_key",
    )


def _session_of(section: Section, place: str) -> Session:
    return Session(
        role=_needed(section, "role_arn", place),
        name=section.get("role_session_name") or "voicectl",
        policy=section.get("policy", ""),
    )


def _keys(profile: Section, place: str, *, token: bool = False) -> Keys | None:
    names = ("access_key_id", "access_key_secret", "sts_token", "security_token")
    found = keys_in({name: profile[name] for name in names if profile.get(name)}, place)
    if found is None:
        return None
    if found.security_token is None and (token or found.key_id.startswith("STS.")):
        raise CredentialError(
            "{place} has a temporary key id without its token", place=place, hint="copy the token as well"
        )
    return Keys(place=place, credentials=found)


def _cached(profile: Section, place: str) -> Keys:
    """Return the keys that a login has left; making new ones is left to the tool that owns the login."""
    renewal = "aliyun configure --profile NAME"
    end = moment_in(profile.get("sts_expiration", ""))
    found = _keys(profile, place, token=True)
    if found is None or end is None:
        raise CredentialError(
            "{place}: there are no keys of its login at hand", place=place, renewal=renewal, hint="{renewal}"
        )
    return Keys(place=place, credentials=replace(found.credentials, expires_at=end), renewal=renewal)


def _needed(profile: Section, name: str, place: str) -> str:
    if not profile.get(name):
        raise ConfigError("{place} has no {name}", place=place, name=name, hint="aliyun configure")
    return profile[name]
