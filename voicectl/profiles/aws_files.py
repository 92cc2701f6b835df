"""AWS's shared config and credentials files, read only: static and temporary keys, and the region.

Roles, SSO and processes are recognised and refused by name; nothing here asks the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import ConfigError, CredentialError

Sections = Mapping[str, Mapping[str, str]]

# What stands in a profile, and what it is called; the ones above the keys come before them in AWS's
# own order, the ones below after.
BEFORE_KEYS = {
    "web_identity_token_file": "a web identity",
    "role_arn": "an assumed role",
    "sso_session": "SSO",
    "sso_start_url": "SSO",
}
AFTER_KEYS = {"login_session": "a login session", "credential_process": "credential_process"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsFiles:
    """The files that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name, else those in `~/.aws`."""

    environment: Mapping[str, str] = field(repr=False)

    @property
    def name(self) -> str:
        return "shared AWS files"

    @property
    def profile(self) -> str:
        return self.environment.get("AWS_PROFILE") or self.environment.get("AWS_DEFAULT_PROFILE") or "default"

    def profiles(self) -> frozenset[str]:
        """Return the names of all profiles in both files."""
        return frozenset({*self._config(), *self._keys()})

    def region(self) -> str:
        """Return the region of the profile in use; empty where none is told."""
        found = {**self._keys().get(self.profile, {}), **self._config().get(self.profile, {})}
        return found.get("region", "")

    def credentials(self, now: datetime) -> Credentials | None:
        """Return the profile's own keys. What is not supported yet: CredentialError."""
        config, keys = self._config().get(self.profile), self._keys().get(self.profile)
        if config is None and keys is None:
            if self.profile == "default":
                return None
            raise CredentialError(
                "AWS_PROFILE is {profile!r}, which is in none of the shared AWS files",
                profile=self.profile,
                hint="unset AWS_PROFILE   or: aws configure list-profiles",
            )
        self._refuse(config or {}, BEFORE_KEYS)
        for section in (keys or {}, config or {}):
            if found := self._from(section):
                return found
        self._refuse(config or {}, AFTER_KEYS)
        return None

    def _from(self, section: Mapping[str, str]) -> Credentials | None:
        key_id = section.get("aws_access_key_id", "")
        secret = section.get("aws_secret_access_key", "")
        token = section.get("aws_session_token") or section.get("aws_security_token", "")
        if bool(key_id) != bool(secret):
            raise CredentialError(
                "profile {profile!r} of the shared AWS files has no {missing}",
                profile=self.profile,
                missing="aws_secret_access_key" if key_id else "aws_access_key_id",
                hint="aws configure --profile {profile}",
            )
        if key_id.startswith("ASIA") and not token:
            raise CredentialError(
                "profile {profile!r} of the shared AWS files has a temporary key id and no aws_session_token",
                profile=self.profile,
                hint="copy the token as well; a temporary key is useless without it",
            )
        if not key_id:
            return None
        return Credentials(
            key_id=key_id, secret=Secret(secret), security_token=Secret(token) if token else None
        )

    def _refuse(self, section: Mapping[str, str], kinds: Mapping[str, str]) -> None:
        for key, title in kinds.items():
            if section.get(key):
                raise CredentialError(
                    "AWS profile {profile!r} gets its keys by {title}, which is not supported yet",
                    profile=self.profile,
                    title=title,
                    hint='eval "$(aws configure export-credentials --profile {profile} --format env)"',
                )

    def _config(self) -> Sections:
        found = self._sections("AWS_CONFIG_FILE", "config")
        return {
            name.removeprefix("profile").strip().strip("\"'"): section
            for name, section in found.items()
            if name == "default" or name.startswith(("profile ", "profile\t"))
        }

    def _keys(self) -> Sections:
        return self._sections("AWS_SHARED_CREDENTIALS_FILE", "credentials")

    def _sections(self, variable: str, usual: str) -> Sections:
        home = self.environment.get("HOME") or self.environment.get("USERPROFILE", "")
        named = self.environment.get(variable, "")
        if named.startswith("~/"):
            named = home + named[1:]
        if not named and not home:
            return {}
        return _read(Path(named or f"{home}/.aws/{usual}"))


def _read(path: Path) -> Sections:
    from configparser import Error, ParsingError, RawConfigParser

    try:
        text = path.read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "cannot read {path}: {reason}", path=path, reason=type(error).__name__, hint="ls -l '{path}'"
        ) from None
    parser = RawConfigParser(default_section="\0", strict=False, interpolation=None)
    try:
        parser.read_string(text)
    except Error as error:
        line = getattr(error, "lineno", 0) or (error.errors[0][0] if isinstance(error, ParsingError) else 1)
        # The parser's own words would quote the line, and that line may hold a key.
        raise ConfigError(
            "{path}:{line}: this line is neither [section] nor key = value",
            path=path,
            line=line,
            hint="mend that line",
        ) from None
    return {name: dict(parser.items(name)) for name in parser.sections()}
