"""Profiles of the vendors' own tools, by name only: enough to point the way to them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from voicectl.core.errors import ConfigError
from voicectl.profiles.aws_files import AwsFiles


def vendor_of(name: str, environment: Mapping[str, str]) -> str:
    """Return the vendor whose tool knows a profile of this name; empty where none does."""
    try:
        if name in AwsFiles(environment=environment).profiles():
            return "aws"
    except ConfigError:
        # A broken file of another tool is no reason to fail here.
        pass
    return "aliyun" if name in _aliyun_names(environment.get("HOME", "")) else ""


def _aliyun_names(home: str) -> frozenset[str]:
    import json

    try:
        found = json.loads(Path(home, ".aliyun", "config.json").read_text("utf-8-sig"))
        return frozenset(str(profile["name"]) for profile in found["profiles"])
    except (OSError, ValueError, TypeError, KeyError):
        return frozenset()
