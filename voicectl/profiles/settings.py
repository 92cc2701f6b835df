"""Profiles in one TOML file, without any secret. Where the file lies: `paths.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from voicectl.core.errors import ConfigError, UsageError
from voicectl.core.profile import Accounts, Profile, check_name
from voicectl.kept.known import remember
from voicectl.kept.private_files import locked, read_private, write_private
from voicectl.profiles.paths import needed

FILE = "profiles.toml"
TABLES = {"endpoint": "endpoints", "secret": "secrets", "host": "hosts"}
TABLES_OF_SETTINGS = ("price", "call")
"""The tables whose entries are settings: `per_million` in `price` is `price.per_million` everywhere else."""


class ProfileFile(NamedTuple):
    """`profiles.toml` in the configuration directory; shells find its names in the `cache` directory."""

    directory: Path | None
    cache: Path | None = None

    @property
    def path(self) -> Path:
        return needed(self.directory, "VOICECTL_CONFIG_DIR") / FILE

    def load(self) -> Accounts:
        """Return what the file says; nothing where there is none. Raises ConfigError."""
        if self.directory is None:
            return Accounts()
        return _accounts(self._document(), self.path)

    def update(self, change: Callable[[Accounts], Accounts]) -> Accounts:
        """Read, change and write under a lock; what this version does not know is kept."""
        import tomli_w

        with locked(self.path):
            document = self._document()
            accounts = change(_accounts(document, self.path))
            write_private(self.path, tomli_w.dumps(_written(accounts, document)).encode())
        remember(self.cache, "profiles", accounts.profiles)
        return accounts

    def _document(self) -> dict[str, Any]:
        data = read_private(self.path)
        return parsed(data, self.path) if data else {}


def parsed(data: bytes, path: Path) -> dict[str, Any]:
    """Read a TOML file; raise ConfigError with the place of what is wrong."""
    import tomllib

    text = data.decode("utf-8-sig", "surrogateescape")
    try:
        data.decode()
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        place, problem = _place_of(data[: error.start].decode(errors="replace")), "this is no UTF-8"
    except tomllib.TOMLDecodeError as error:
        place, problem = _place_in(str(error), text)
    raise ConfigError(
        "{path}:{line}:{column}: {problem}",
        path=path,
        line=place[0],
        column=place[1],
        problem=problem,
        hint="mend that line; the file was not changed",
    )


def _place_of(before: str) -> tuple[int, int]:
    """Return line and column, from 1, of what comes after this text."""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _place_in(message: str, text: str) -> tuple[tuple[int, int], str]:
    """Split the parser's message into place and problem; it may say only "at end of document"."""
    import re

    problem, _, place = message.partition(" (at ")
    numbers = [int(number) for number in re.findall(r"\d+", place)]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else _place_of(text), problem.lower()


def _accounts(document: Mapping[str, Any], path: Path) -> Accounts:
    profiles = _table(document.get("profile", {}), "profile", path)
    return Accounts(
        default=_text(document.get("default", ""), "default", path),
        profiles={name: _profile(name, table, path) for name, table in profiles.items()},
    )


def _profile(name: str, found: object, path: Path) -> Profile:
    place = f"profile.{name}"
    try:
        check_name(name)
    except UsageError as error:
        raise ConfigError("{path}: {problem}", path=path, problem=str(error)) from None
    values = _table(found, place, path)
    tables = {
        field: {
            key: _text(value, f"{place}.{table}.{key}", path)
            for key, value in _table(values.get(table, {}), f"{place}.{table}", path).items()
        }
        for table, field in TABLES.items()
    }
    words = {k: _text(v, f"{place}.{k}", path) for k, v in values.items() if not isinstance(v, dict)}
    for table in TABLES_OF_SETTINGS:
        for key, value in _table(values.get(table, {}), f"{place}.{table}", path).items():
            words[f"{table}.{key}"] = _amount(value, f"{place}.{table}.{key}", path)
    vendor, region = words.pop("vendor", ""), words.pop("region", "")
    if not vendor:
        raise ConfigError(
            "{path}: {place} names no vendor", path=path, place=place, hint='vendor = "aws" below [{place}]'
        )
    return Profile(name=name, vendor=vendor, region=region, settings=words, **tables)


def _table(value: object, place: str, path: Path) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError("{path}: {place} is no table", path=path, place=place, hint="[{place}]")
    return value


def _text(value: object, place: str, path: Path) -> str:
    if not isinstance(value, str):
        raise ConfigError(
            "{path}: {place} is no text", path=path, place=place, hint="put its value between quotes"
        )
    return value


def _amount(value: object, place: str, path: Path) -> str:
    """Return a number as text; people write one without quotes."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else _text(value, place, path)


def _written(accounts: Accounts, old: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document to write: `old` with its profiles replaced."""
    head = {"default": accounts.default} if accounts.default else {}
    before = old.get("profile", {})
    gone, come = before.keys() - accounts.profiles.keys(), accounts.profiles.keys() - before.keys()
    # Where one went and one came, it is the same under a new name.
    renamed = dict(zip(come, gone, strict=True)) if len(come) == len(gone) == 1 else {}
    profiles = {
        name: _written_profile(profile, before.get(renamed.get(name, name), {}))
        for name, profile in accounts.profiles.items()
    }
    rest = {key: value for key, value in old.items() if key not in {"default", "profile"}}
    return head | rest | ({"profile": profiles} if profiles else {})


def _written_profile(profile: Profile, old: Mapping[str, Any]) -> dict[str, Any]:
    inside = {
        table: {
            name.removeprefix(f"{table}."): text
            for name, text in profile.settings.items()
            if name.startswith(f"{table}.")
        }
        for table in TABLES_OF_SETTINGS
    }
    starts = tuple(f"{table}." for table in TABLES_OF_SETTINGS)
    settings = {name: text for name, text in profile.settings.items() if not name.startswith(starts)}
    words = {"vendor": profile.vendor, "region": profile.region, **settings}
    tables: dict[str, Any] = {table: dict(getattr(profile, field)) for table, field in TABLES.items()}
    tables |= inside
    unknown = {k: v for k, v in old.items() if isinstance(v, dict) and k not in tables}
    return {key: value for key, value in (words | tables | unknown).items() if value}
