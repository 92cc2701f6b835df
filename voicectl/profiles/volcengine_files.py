"""Volcengine's own sources, read only: the files of its SDKs and its CLI, variables for roles.

Specification: https://www.volcengine.com/docs/6369/67269
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from voicectl.core.errors import ConfigError, CredentialError, VoicectlError
from voicectl.profiles.spellings import keys_in
from voicectl.profiles.tool_files import (
    Entry,
    Sections,
    below_home,
    quoted,
    read_ini,
    read_json,
    sed_out,
    texts_in,
)
from voicectl.profiles.ways import Identity, Instance, Keys, Role, Session, Way

Section = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolcengineFiles:
    """What lies in `~/.volc` and `~/.volcengine`, and what variables say of roles."""

    environment: Mapping[str, str] = field(repr=False)

    def ways(self) -> Iterator[Way]:
        """Yield the ways that hold without any voicectl profile: the older SDKs' files, then the CLI's."""
        way: Way | None
        if way := self._identity():
            yield way
        if way := _keys(self._ini().get("default", {}), "~/.volc/credentials, [default]"):
            yield way
        if way := _keys(texts_in(read_json(self._json_path)), "~/.volc/config"):
            yield way
        if way := self._chosen():
            yield way
        if self.environment.get("VOLCENGINE_ECS_METADATA_DISABLED", "").lower() != "true":
            role = self.environment.get("VOLCENGINE_ECS_METADATA", "")
            yield Instance(place="the ECS metadata service", role=role, explicit=bool(role))

    def entries(self) -> Iterator[Entry]:
        """Yield every account in the three files, broken ones with what is wrong."""
        for name, section in self._ini().items():
            path = self._ini_path or Path()
            blank = sed_out(path, name, ("secret_access_key", "session_token"))
            yield _entry(name, path, section, f"~/.volc/credentials, [{name}]", blank)
        if found := texts_in(read_json(self._json_path)):
            path = self._json_path or Path()
            yield _entry("default", path, found, "~/.volc/config", f"rm {quoted(path)}")
        for name, profile in self._profiles().items():
            try:
                way, trouble = self._way(name, profile), ""
            except VoicectlError as error:
                way, trouble = None, str(error)
            yield Entry(
                name=name,
                path=self._cli_path or Path(),
                way=way,
                region=profile.get("region", ""),
                blank=f"ve configure delete --profile {quoted(name)}",
                trouble=trouble,
            )

    def _identity(self) -> Identity | None:
        told = self.environment.get
        role, token_file = told("VOLCENGINE_OIDC_ROLE_TRN", ""), told("VOLCENGINE_OIDC_TOKEN_FILE", "")
        if not (role and token_file):
            return None
        session = Session(
            role=role,
            name=told("VOLCENGINE_OIDC_ROLE_SESSION_NAME") or "voicectl",
            policy=told("VOLCENGINE_OIDC_ROLE_POLICY", ""),
        )
        url = told("VOLCENGINE_OIDC_STS_ENDPOINT", "")
        return Identity(
            place="VOLCENGINE_OIDC_TOKEN_FILE",
            session=session,
            token_file=token_file,
            url=url if "://" in url or not url else f"https://{url}",
        )

    def _chosen(self) -> Way | None:
        named, profiles = self.environment.get("VOLCENGINE_PROFILE", ""), self._profiles()
        if named and named not in profiles:
            raise CredentialError(
                "VOLCENGINE_PROFILE is {name!r}, which is not in {path}",
                name=named,
                path=self._cli_path,
                hint="unset VOLCENGINE_PROFILE   or: ve configure list",
            )
        name = named or str(read_json(self._cli_path).get("current") or "default")
        return self._way(name, profiles[name]) if name in profiles else None

    def _way(self, name: str, profile: Section) -> Way | None:
        place = f"Volcengine profile {name!r}"
        match profile.get("mode", "").lower():
            case "ak" | "":
                return _keys(profile, place)
            case "ramrolearn":
                source = _keys(profile, place)
                if source is None:
                    raise CredentialError("{place} has no keys to ask for its role with", place=place)
                account = _needed(profile, "account-id", place)
                role = f"trn:iam::{account}:role/{_needed(profile, 'role-name', place)}"
                return Role(place=place, session=Session(role=role), source=source)
            case "oidc":
                session = Session(role=_needed(profile, "role-trn", place))
                token_file = _needed(profile, "oidc-token-file", place)
                return Identity(place=place, session=session, token_file=token_file)
            case "ecsrole":
                return Instance(place=f"{place}, ECS metadata", role=profile.get("role-name", ""))
        raise ConfigError(
            "{place} is of the mode {mode!r}, which is not supported",
            place=place,
            mode=profile["mode"],
            hint="ve configure set --mode ak",
        )

    def _profiles(self) -> Sections:
        found = read_json(self._cli_path).get("profiles")
        return {str(name): texts_in(each) for name, each in found.items()} if isinstance(found, dict) else {}

    @property
    def _cli_path(self) -> Path | None:
        return below_home(self.environment, "VOLCENGINE_CLI_CONFIG_FILE", ".volcengine/config.json")

    @property
    def _ini_path(self) -> Path | None:
        return below_home(self.environment, "", ".volc/credentials")

    @property
    def _json_path(self) -> Path | None:
        return below_home(self.environment, "", ".volc/config")

    def _ini(self) -> Sections:
        return read_ini(self._ini_path)


def _entry(name: str, path: Path, section: Section, place: str, blank: str) -> Entry:
    try:
        return Entry(name=name, path=path, way=_keys(section, place), blank=blank)
    except VoicectlError as error:
        return Entry(name=name, path=path, blank=blank, trouble=str(error))


def _keys(section: Section, place: str) -> Keys | None:
    found = keys_in(section, place)
    return Keys(place=place, credentials=found) if found else None


def _needed(profile: Section, name: str, place: str) -> str:
    if not profile.get(name):
        raise ConfigError("{place} has no {name}", place=place, name=name, hint="ve configure set")
    return profile[name]
