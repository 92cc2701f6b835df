"""The sources of a vendor's own tools as one source: asked in their order, when nothing of ours has keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from voicectl.core.credentials import Credentials
from voicectl.profiles.aliyun_files import AliyunFiles
from voicectl.profiles.aws_files import AwsFiles
from voicectl.profiles.fulfil import SessionSource, SessionWay, keys_by
from voicectl.profiles.outside import Outside
from voicectl.profiles.tencent_files import TencentFiles
from voicectl.profiles.tool_files import Entry
from voicectl.profiles.volcengine_files import VolcengineFiles
from voicectl.profiles.ways import Way

Files = AwsFiles | AliyunFiles | VolcengineFiles | TencentFiles
FILES: Mapping[str, Callable[..., Files]] = {
    "aws": AwsFiles,
    "aliyun": AliyunFiles,
    "volcengine": VolcengineFiles,
    "tencent": TencentFiles,
}


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
    files = FILES[outside.vendor](environment=outside.environment)
    return TheirSource(ways=files.ways, outside=outside, name=f"{outside.vendor}'s own files and roles")


def session_of(outside: Outside) -> SessionSource | None:
    """Return the session that the vendor's own files lead to first; None where they lead elsewhere."""
    files = FILES[outside.vendor](environment=outside.environment)
    way: Way | None = files.role_of_variables() if isinstance(files, TencentFiles) else None
    way = way or next(files.ways(), None)
    return SessionSource(way=way, outside=outside) if isinstance(way, SessionWay) else None


def role_of_variables(outside: Outside) -> TheirSource:
    """Return the source of a role that Tencent's variables name; it goes before the keys there."""

    def ways() -> Iterator[Way]:
        if way := TencentFiles(environment=outside.environment).role_of_variables():
            yield way

    return TheirSource(ways=ways, outside=outside, name="TENCENTCLOUD_ROLE_ARN")


def entries_of(vendor: str, environment: Mapping[str, str]) -> tuple[Entry, ...]:
    """Return every account in the files of a vendor's own tools. Raises ConfigError for a broken file."""
    return tuple(FILES[vendor](environment=environment).entries())
