"""Packages made on the spot and really installed by pip, for what other packages bring."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path


def install(place: Path, name: str, source: str, entry_points: str) -> Path:
    """Make a wheel of one module and let pip install it; return the directory to import from."""
    module, info = name.replace("-", "_"), f"{name.replace('-', '_')}-1.0.dist-info"
    wheel = place / f"{module}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{module}.py", source)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", entry_points)
        archive.writestr(f"{info}/RECORD", "")
    target = place / "installed"
    words = [
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-compile",
        "--target",
        str(target),
        str(wheel),
    ]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True, capture_output=True)
    return target


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
