"""Is this machine fit: Python, libraries, time, sound? The rest is checked beside this file."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping

from voicectl.core.checkup import Finding, failed, not_checked, ok, warning
from voicectl.core.errors import Unavailable

OLDEST = (3, 11)
TIME_SECONDS = 5.0


def python(version: tuple[int, ...], described: str) -> Finding:
    """Judge the interpreter; `described` names it and the platform."""
    if version < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        return failed("python", described, f"install Python {wanted} or newer, and voicectl with it")
    return ok("python", described)


def libraries(versions: Mapping[str, str]) -> Finding:
    """Judge the libraries that voicectl needs, by name; an empty version means that one is absent."""
    absent = [name for name, version in versions.items() if not version]
    if absent:
        return failed(
            "libraries", f"not installed: {', '.join(absent)}", "pip install --force-reinstall voicectl"
        )
    return ok("libraries", ", ".join(f"{name} {version}" for name, version in versions.items()))


def time_sync(answer: str | None) -> Finding:
    """Judge what the system says of its clock: `yes`, `no`, or nothing that can be read."""
    match answer:
        case "yes":
            return ok("time", "the system keeps its clock in step")
        case "no":
            return failed("time", "the system's clock is not kept in step", "sudo timedatectl set-ntp true")
    return not_checked(
        "time", "nobody here tells whether the clock is kept in step", "voicectl doctor --network"
    )


def ask_timedatectl(path: str) -> str | None:
    """Return systemd's word on the clock, or None; the child gets `path` and no other variable of ours."""
    command = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    try:
        done = subprocess.run(
            command,
            env={"PATH": path, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIME_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def player(ready: Callable[[], bool]) -> Finding:
    """Judge whether sound can be heard; `ready` raises Unavailable where it cannot."""
    try:
        ready()
    except Unavailable as error:
        return warning("player", str(error), error.hint)
    return ok("player", "there is a way to play sound")


def extras(installed: Mapping[str, bool], wants: str) -> Finding:
    """Judge the parts that are installed by choice; `wants` is the one without which nothing speaks here."""
    there = [name for name, is_there in installed.items() if is_there]
    detail = f"installed: {', '.join(there) or 'none'}"
    if wants:
        return warning("extras", f"{detail}; nothing speaks without a network", wants)
    absent = [name for name, is_there in installed.items() if not is_there]
    return ok("extras", f"{detail}; not installed: {', '.join(absent)}" if absent else detail)
