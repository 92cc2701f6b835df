"""The sources of a vendor's own tools as one source: asked in their order, when nothing of ours has keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from voicectl.core.credentials import Credentials
from voicectl.profiles.fulfil import SessionSource, SessionWay, keys_by
from voicectl.profiles.outside import Outside
from voicectl.profiles.tool_files import Entry
from voicectl.profiles.ways import Way

if TYPE_CHECKING:
    from voicectl.profiles.aliyun_files import AliyunFiles
    from voicectl.profiles.aws_files import AwsFiles
    from voicectl.profiles.tencent_files import TencentFiles
    from voicectl.profiles.volcengine_files import VolcengineFiles

Files: TypeAlias = "AwsFiles | AliyunFiles | VolcengineFiles | TencentFiles"
FILES = {
    "aws": "AwsFiles",
    "aliyun": "AliyunFiles",
    "volcengine": "VolcengineFiles",
    "tencent": "TencentFiles",
}
"""What reads a vendor's own files, each in a module of its own, which is loaded for that vendor only."""


@dataclass(slots=True, kw_only=True)
class TheirSource:
    """Yields the keys of the first way that has any; `name` tells which one that was."""

    ways: Callable[[], Iterator[Way]]
    outside: Outside
    name: str
    _given: Credentials | None = field(default=None, init=False, repr=False)

    def credentials(self, now: datetime) -> Credentials | None:
        """Return them; None where no way has any. Errors: see `keys_by`."""
        if self._given is not None and not self._given.stale_at(now):
            return self._given
        for way in self.ways():
            if found := keys_by(way, self.outside):
                self._given, self.name = found, way.place
                return found
        return None

    def renew(self, now: datetime) -> Credentials | None:
        """Return a new session where the keys are those of one; what else is found has no end of ours."""
        for way in self.ways():
            if keys_by(way, self.outside):
                if isinstance(way, SessionWay):
                    self._given = SessionSource(way=way, outside=self.outside).renew(now)
                    return self._given
                return None
        return None


def theirs(outside: Outside) -> TheirSource:
    """Return the source of the vendor's own files, roles and machine."""
    files = _files(outside.vendor, outside.environment)
    return TheirSource(ways=files.ways, outside=outside, name=f"{outside.vendor}'s own files and roles")


def session_of(outside: Outside) -> SessionSource | None:
    """Return the session that the vendor's own files lead to first; None where they lead elsewhere."""
    files = _files(outside.vendor, outside.environment)
    way = next(_role_ways(outside), None) if outside.vendor == "tencent" else None
    way = way or next(files.ways(), None)
    return SessionSource(way=way, outside=outside) if isinstance(way, SessionWay) else None


def role_of_variables(outside: Outside) -> TheirSource:
    """Return the source of a role that Tencent's variables name; it goes before the keys there."""
    return TheirSource(ways=lambda: _role_ways(outside), outside=outside, name="TENCENTCLOUD_ROLE_ARN")


def _role_ways(outside: Outside) -> Iterator[Way]:
    """Yield the way by a role that Tencent's variables name, where they name one."""
    from voicectl.profiles.tencent_files import TencentFiles

    if way := TencentFiles(environment=outside.environment).role_of_variables():
        yield way


def entries_of(vendor: str, environment: Mapping[str, str]) -> tuple[Entry, ...]:
    """Return every account in the files of a vendor's own tools. Raises ConfigError for a broken file."""
    return tuple(_files(vendor, environment).entries())


def _files(vendor: str, environment: Mapping[str, str]) -> Files:
    module = import_module(f"voicectl.profiles.{vendor}_files")
    made: Callable[..., Files] = getattr(module, FILES[vendor])
    return made(environment=environment)
