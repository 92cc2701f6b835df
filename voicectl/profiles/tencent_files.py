"""Tencent Cloud's own sources, read only: the SDKs' credentials file, tccli's profiles, variables for roles.

Specification: https://www.tencentcloud.com/document/product/1278/54151
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from voicectl.core.errors import ConfigError, CredentialError, VoicectlError
from voicectl.profiles.forms import TENCENT
from voicectl.profiles.sources import EnvironmentSource
from voicectl.profiles.spellings import folded, keys_in, moment_in
from voicectl.profiles.tool_files import (
    Entry,
    below_home,
    quoted,
    read_ini,
    read_json,
    sed_out,
    texts_in,
)
from voicectl.profiles.ways import Identity, Instance, Keys, Role, Session, Way

Section = Mapping[str, str]
SYSTEM = Path("/etc/tencentcloud/credentials")
ROLE = "TENCENTCLOUD_ROLE_ARN"
TKE = ("TKE_PROVIDER_ID", "TKE_WEB_IDENTITY_TOKEN_FILE", "TKE_ROLE_ARN")


@dataclass(frozen=True, slots=True, kw_only=True)
class TencentFiles:
    """What lies in `~/.tencentcloud` and `~/.tccli`, and what variables say of roles."""

    environment: Mapping[str, str] = field(repr=False)
    system: Path = SYSTEM

    def role_of_variables(self) -> Role | None:
        """Return the role that variables name together with keys; it stands before those keys."""
        from datetime import UTC, datetime

        role = self.environment.get(ROLE, "")
        source = EnvironmentSource(kind=TENCENT.kinds[0], environment=self.environment)
        keys = source.credentials(datetime.fromtimestamp(0, UTC)) if role else None
        if keys is None:
            return None
        name = self.environment.get("TENCENTCLOUD_ROLE_SESSION_NAME") or "voicectl"
        return Role(
            place=ROLE,
            session=Session(role=role, name=name),
            source=Keys(place=f"{ROLE}, environment", credentials=keys),
        )

    def ways(self) -> Iterator[Way]:
        """Yield the ways that hold without any voicectl profile: the SDKs' order, tccli's file within it."""
        way: Way | None
        sections = read_ini(self._sdk_path)
        if "default" in sections and (way := _keys(sections["default"], f"{self._sdk_path}, [default]")):
            yield way
        if way := self._chosen():
            yield way
        yield Instance(place="the CVM metadata service", explicit=False)
        if way := self._identity():
            yield way

    def entries(self) -> Iterator[Entry]:
        """Yield every account in both kinds of file, broken ones with what is wrong."""
        way: Way | None
        path = self._sdk_path or Path()
        for name, section in read_ini(self._sdk_path).items():
            way, trouble = _tried(section, f"{path}, [{name}]")
            blank = sed_out(path, name, ("secret_key", "token"))
            yield Entry(name=name, path=path, way=way, trouble=trouble, blank=blank)
        for file in sorted(self._folder.glob("*.credential")) if self._folder else ():
            name = file.name.removesuffix(".credential")
            try:
                way, trouble = self._of_tccli(name), ""
            except VoicectlError as error:
                way, trouble = None, str(error)
            blank = f"tccli configure remove --profile {quoted(name)}"
            region = self._region(name)
            yield Entry(name=name, path=file, way=way, trouble=trouble, region=region, blank=blank)

    def _chosen(self) -> Way | None:
        named = self.environment.get("TCCLI_PROFILE", "")
        name = named or "default"
        if not self._folder or not (self._folder / f"{name}.credential").exists():
            if named:
                raise CredentialError(
                    "TCCLI_PROFILE is {name!r}, which tccli does not have",
                    name=named,
                    hint="unset TCCLI_PROFILE   or: tccli configure list",
                )
            return None
        return self._of_tccli(name)

    def _of_tccli(self, name: str) -> Way | None:
        place = f"tccli profile {name!r}"
        if not self._folder:
            return None
        found = read_json(self._folder / f"{name}.credential")
        texts = folded(found)
        keys = _keys(texts_in(found), place)
        if texts.get("type", "") in {"oauth", "sso"}:
            keys = _of_login(found, keys, place)
        role = texts.get("rolearn", "")
        if not role or keys is None:
            return keys
        session = Session(role=role, name=texts.get("rolesessionname") or "voicectl")
        return Role(place=place, session=session, source=keys)

    def _identity(self) -> Identity | None:
        provider, token_file, role = (self.environment.get(name, "") for name in TKE)
        if not (provider and token_file and role):
            return None
        return Identity(place=TKE[1], session=Session(role=role), token_file=token_file, provider=provider)

    def _region(self, name: str) -> str:
        if not self._folder:
            return ""
        try:
            found = read_json(self._folder / f"{name}.configure")
        except ConfigError:
            return ""
        return texts_in(found.get("_sys_param")).get("region", "") or texts_in(found).get("region", "")

    @property
    def _sdk_path(self) -> Path | None:
        own = below_home(self.environment, "", ".tencentcloud/credentials")
        return own if own and own.exists() else self.system

    @property
    def _folder(self) -> Path | None:
        return below_home(self.environment, "", ".tccli")


def _of_login(found: Mapping[str, object], keys: Keys | None, place: str) -> Keys:
    """Return the keys that a login has left; making new ones is left to tccli."""
    renewal = "tccli auth login"
    if keys is None:
        raise CredentialError(
            "{place}: there are no keys of its login at hand", place=place, renewal=renewal, hint="{renewal}"
        )
    inner = found.get("oauth") or found.get("sso") or {}
    texts = {**folded(texts_in(inner)), **folded(found)}
    end = moment_in(texts.get("expiresat", "") or texts.get("expiration", ""))
    return replace(keys, credentials=replace(keys.credentials, expires_at=end), renewal=renewal)


def _tried(section: Section, place: str) -> tuple[Keys | None, str]:
    try:
        return _keys(section, place), ""
    except VoicectlError as error:
        return None, str(error)


def _keys(section: Section, place: str) -> Keys | None:
    # The SDK's own example puts values between quotes.
    found = keys_in({name: text.strip("\"'") for name, text in section.items()}, place)
    return Keys(place=place, credentials=found) if found else None
