"""The README's stories of calls and recordings, run as they stand there, against vendors on loopback."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from sysconfig import get_path
from typing import Any

import pytest
import yaml

from tests.cloud.call_faults import SPOILS
from tests.cloud.dyvms import KEY, Dyvms
from tests.cloud.line_faults import Spoiling
from tests.cloud.server import Answer, Bytes, RawRequest, serving
from tests.conftest import Program
from tests.vendors.test_recordings import RESOURCE, SOUND, TWILIO, Recorder

ROOT = Path(__file__).parents[2]
STORY = re.compile(r"<!-- story: (\w+) -->\n+```(sh|yaml)\n(.*?)```", re.DOTALL)
TOLD = {name: text for name, _, text in STORY.findall((ROOT / "README.md").read_text(encoding="utf-8"))}
DUTY = "13800138000", "13800138001"
PROFILE = '[profile.duty]\nvendor = "aliyun"\n"call.per_number_minute" = "0"\n'
ANSWERED, NO_ANSWER, BUSY = "200000", "200003", "200002"


class Phones(Dyvms):
    """Phones whose calls end one after the other as `ends` has it."""

    ends: Iterator[str] = iter(())

    def __call__(self, request: RawRequest) -> Answer | Bytes:
        if request.header("x-acs-action") == "SingleCallByTts":
            self.course = (next(self.ends),)
        return super().__call__(request)


def run(program: Program, command: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    for name in ("alarm", "nightly_recordings"):
        (program.home / f"{name}.sh").write_text(TOLD[name], encoding="utf-8")
    path = f"{get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["sh", "-c", command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**program.environment(env), "PATH": path},
        cwd=program.home,
        timeout=60,
        check=False,
        text=True,
    )


def commands(name: str) -> Iterator[tuple[str, str]]:
    """Yield each job of a file of CI with the commands of its own."""
    found: Any = yaml.safe_load(TOLD[name])
    for job, words in found.get("jobs", found).items():
        steps = words.get("script") or [step["run"] for step in words["steps"] if "run" in step]
        yield job, "\n".join(steps)


def duty(program: Program, url: str) -> dict[str, str]:
    config = program.home / "config"
    config.mkdir(mode=0o700)
    (config / "profiles.toml").write_text(PROFILE)
    (config / "profiles.toml").chmod(0o600)
    return {
        "VOICECTL_CONFIG_DIR": str(config),
        "VOICECTL_PROFILE": "duty",
        "VOICECTL_ENDPOINT_URL": url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY.key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY.secret,
        "CI_PIPELINE_ID": "7",
        "GITHUB_RUN_ID": "7",
        "CI_PROJECT_NAME": "shop",
        "GITHUB_REPOSITORY": "us/shop",
    }


def test_the_readme_tells_every_snippet_word_for_word() -> None:
    kept = {path.stem: path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.yml")}
    assert kept
    assert kept == {name: TOLD.get(name) for name in kept}


@pytest.mark.parametrize("name", ["gitlab", "github"])
def test_the_alarm_calls_until_somebody_listens_and_a_second_run_calls_nobody(
    voicectl: Program, name: str
) -> None:
    phones = Phones()
    phones.ends = iter([BUSY, NO_ANSWER, ANSWERED])
    command = dict(commands(name))["alarm"]
    with serving(phones) as server:
        env = duty(voicectl, server.url)
        done = run(voicectl, command, env)
        again = run(voicectl, command, env)
    assert (done.returncode, done.stdout) == (0, "13800138000 listened for 12 s\n"), done.stderr
    assert done.stderr.splitlines() == ["round 1: nobody listened"]
    assert again.returncode == 0, again.stderr
    assert [ring.number for ring in phones.rang] == [*DUTY, DUTY[0]]


def test_the_alarm_stops_where_a_phone_may_have_rung(voicectl: Program) -> None:
    phones = Phones()
    phones.ends = iter([ANSWERED])
    lost = Spoiling(phones, SPOILS["502"], lambda request: True)
    with serving(lost) as server:
        done = run(voicectl, f"sh alarm.sh i w {' '.join(DUTY)}", duty(voicectl, server.url))
    assert (done.returncode, len(phones.rang)) == (15, 1)
    assert "***8000 aliyun.lost." in done.stderr


@pytest.mark.parametrize("name", ["gitlab", "github"])
def test_recordings_of_the_night_come_once(voicectl: Program, name: str) -> None:
    recorder = Recorder([{**RESOURCE, "date_created": format_datetime(datetime.now(UTC))}])
    command = dict(commands(name))["recordings"]
    with serving(recorder) as server:
        env = {**TWILIO, "VOICECTL_VENDOR": "twilio", "VOICECTL_ENDPOINT_URL": server.url}
        done = run(voicectl, command, env)
        again = run(voicectl, command, env)
        recorder.items.clear()
        none = run(voicectl, command, env)
    assert (done.returncode, done.stdout) == (0, f"1 recordings, {len(SOUND)} bytes\n"), done.stderr
    assert again.returncode == 0, again.stderr
    (tape,) = (voicectl.home / "tapes").iterdir()
    assert tape.read_bytes() == SOUND
    assert (none.returncode, none.stdout) == (0, "0 recordings, 0 bytes\n"), none.stderr
