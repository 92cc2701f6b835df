"""Packages made on the spot and really installed by pip, for what other packages bring."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Package(NamedTuple):
    """A distribution of one module."""

    name: str
    source: str
    entry_points: str


def install(place: Path, name: str, source: str, entry_points: str) -> Path:
    """Make a wheel of one module and let pip install it; return the directory to import from."""
    return install_all(place, [Package(name, source, entry_points)])


def install_all(place: Path, packages: Iterable[Package]) -> Path:
    """Let pip install packages, all in one go; return the directory to import from."""
    target = place / "installed"
    words = ["install", "--quiet", "--no-index", "--no-deps", "--no-compile", "--target", str(target)]
    wheels = [str(wheel_of(each, place)) for each in packages]
    subprocess.run([sys.executable, "-m", "pip", *words, *wheels], check=True, capture_output=True)
    return target


def wheel_of(package: Package, place: Path) -> Path:
    """Write a wheel of one module."""
    module = package.name.replace("-", "_")
    info = f"{module}-1.0.dist-info"
    wheel = place / f"{module}-1.0-py3-none-any.whl"
    about = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{module}.py", package.source)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package.name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", about)
        archive.writestr(f"{info}/entry_points.txt", package.entry_points)
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def install_project(project: Path, place: Path) -> Path:
    """Let pip build and install a package from its source; return the directory to import from."""
    target = place / "installed"
    words = ["install", "--quiet", "--no-index", "--no-deps", "--no-compile", "--no-build-isolation"]
    subprocess.run(
        [sys.executable, "-m", "pip", *words, "--target", str(target), str(project)],
        check=True,
        capture_output=True,
    )
    return target
