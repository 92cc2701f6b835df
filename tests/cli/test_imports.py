"""What each command loads: no more than it needs, because every module is paid for at every start."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cloud.polly import LASTING, keys_in_environment, polly
from tests.cloud.server import serving
from tests.conftest import Program
from tests.packages import Package, install_all

pytestmark = pytest.mark.slow

# As `main` does it, but for the end: that leaves no time to look.
SCRIPT = """
import gc, os, sys
import typer.main
from voicectl.__main__ import collect_late
looks, made, make = [], [], typer.main.get_command_from_info
def watched(*facts, **more):
    command = make(*facts, **more)
    made.append(command)
    return command
typer.main.get_command_from_info = watched
collect_late()
gc.callbacks.append(lambda phase, info: looks.append(phase))
from voicectl.cli.app import run
code = run(sys.argv[1:])
sys.stdout.flush()
os.write(2, " ".join(map(str, ["LOADED", code, len(looks), len(made), *sys.modules])).encode())
"""
NEVER = {"asyncio", "botocore", "click", "numpy", "pydantic", "rich", "websockets", "xml"}
NETWORK = {"email", "http", "httpx", "httpcore", "ssl", "socket", "voicectl.transport"}
ACCOUNTS = {"keyring", "voicectl.profiles", "voicectl.runtime", "voicectl.vendors"}
SOUND = {"voicectl.audio", "voicectl.actions.tts"}
METADATA = {"importlib.metadata"}
BATCHES = {"voicectl.actions.batch", "voicectl.actions.flowing", "csv"}
HELP = {"voicectl.cli.help_text", "voicectl.cli.help_layout", "voicectl.cli.help_pages"}
SENDING = {"email", "http", "httpx", "httpcore", "ssl", "voicectl.transport.http", "voicectl.transport.tls"}
ELSEWHERE = {"voicectl.profiles.outside", "voicectl.profiles.theirs", "voicectl.profiles.token_cache"}
KEPT = {"voicectl.kept.ledger", "voicectl.kept.pieces", "voicectl.kept.sounds"}
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secretEXAMPLE",
    "AWS_REGION": "us-east-1",
}
ALIYUN = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIEXAMPLE", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secretEXAMPLE"}
TWILIO = {"TWILIO_ACCOUNT_SID": "AC" + 32 * "0", "TWILIO_AUTH_TOKEN": "secretEXAMPLE"}
OWN_KEYS = {"VOICECTL_ACCESS_KEY_ID": "AKIDEXAMPLE", "VOICECTL_ACCESS_KEY_SECRET": "secretEXAMPLE"}


class Start(NamedTuple):
    """A command line, how many modules of ours it may load, and which modules of anybody it may not."""

    words: str
    ours: int
    kept_out: set[str]
    environ: Mapping[str, str] = {}


class Seen(NamedTuple):
    """What a start has loaded, the commands that it made, and how often it looked for garbage."""

    modules: set[str]
    commands: int
    looks: int

    @property
    def ours(self) -> list[str]:
        return sorted(name for name in self.modules if name.partition(".")[0] == "voicectl")

    def within(self, kept_out: set[str]) -> list[str]:
        return sorted(
            name for name in self.modules if any(f"{name}.".startswith(f"{each}.") for each in kept_out)
        )


SLACK = 6
"""So many modules fewer than allowed, and the list wants to be made shorter."""
POLLY_LOADS = 111
STARTS = [
    Start("--help", 19, NETWORK | ACCOUNTS | SOUND | METADATA),
    Start("tts --help", 35, NETWORK | ACCOUNTS | METADATA | {"voicectl.actions.tts"}),
    Start("help exit-codes", 23, NETWORK | ACCOUNTS | SOUND | METADATA),
    Start("help environment", 31, NETWORK | SOUND | METADATA | {"keyring", "voicectl.runtime"}),
    Start("completion bash", 17, NETWORK | ACCOUNTS | SOUND | METADATA | HELP),
    Start(
        "plugin list", 29, {"voicectl.transport", "httpx", *SOUND, *HELP, "keyring", "voicectl.vendors.aws"}
    ),
    Start("profile list", 36, NETWORK | SOUND | METADATA | HELP | {"keyring", "voicectl.vendors"}),
    Start(
        "sign debug --scheme aws-sigv4 --service polly --region us-east-1 --url https://polly.example/",
        44,
        NETWORK | SOUND | METADATA | HELP | {"keyring", "voicectl.vendors", "voicectl.profiles.sources"},
        OWN_KEYS,
    ),
    Start("auth env --vendor aws", 40, NETWORK | SOUND | METADATA | HELP | {"keyring"}, KEYS),
    Start(
        "api aws sts GetCallerIdentity --dry-run",
        76,
        SENDING | METADATA | HELP | ELSEWHERE | KEPT | {"keyring", "voicectl.vendors.aws.tts"},
        KEYS,
    ),
    Start(
        "call create --vendor aliyun --to 13800138000 --template TTS_1 --dry-run",
        100,
        SENDING | METADATA | HELP | ELSEWHERE | KEPT | BATCHES | {"keyring", "phonenumbers"},
        ALIYUN,
    ),
    Start(
        "call create --vendor twilio --to +14155550123 --from +14155550100 --text hi --dry-run",
        96,
        SENDING | METADATA | HELP | ELSEWHERE | KEPT | BATCHES | {"keyring"},
        TWILIO,
    ),
    Start(
        "say hello --vendor local --no-cache -o x.wav",
        74,
        NETWORK | METADATA | HELP | BATCHES | KEPT | {"hashlib", "keyring", "voicectl.profiles.sources"},
    ),
    Start(
        "say hello --vendor aws --voice Joanna --no-cache --dry-run -o x.wav",
        107,
        SENDING | METADATA | HELP | BATCHES | ELSEWHERE | KEPT | {"keyring"},
        KEYS,
    ),
]


def seen(program: Program, words: Sequence[str], env: Mapping[str, str]) -> Seen:
    """Return what a command has done to start, after it went well."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words], env=program.environment(env), cwd=program.home,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    talk, _, told = done.stderr.rpartition("LOADED ")
    code, looks, commands, *modules = told.split()
    assert code == "0", talk
    return Seen(set(modules), int(commands), int(looks))


@pytest.mark.parametrize("start", STARTS, ids=[start.words for start in STARTS])
def test_a_command_loads_what_it_needs(start: Start, voicectl: Program) -> None:
    found = seen(voicectl, start.words.split(), start.environ)
    assert found.within(start.kept_out | NEVER) == []
    assert start.ours - SLACK <= len(found.ours) <= start.ours, found.ours
    assert found.looks == 0


@pytest.mark.parametrize("words", ["cache stats", "plugin list", "profile list", "help exit-codes"])
def test_a_run_makes_the_one_command_that_it_needs(words: str, voicectl: Program) -> None:
    assert seen(voicectl, words.split(), {}).commands == 1


def test_a_run_that_lasts_looks_for_garbage_as_usual() -> None:
    script = (
        "import gc\nfrom voicectl.__main__ import FIRST_OBJECTS, collect_late\nusual = gc.get_threshold()\n"
        "collect_late()\nheld = [[] for _ in range(FIRST_OBJECTS // 2)]\nassert gc.get_threshold() != usual\n"
        "held += [[] for _ in range(FIRST_OBJECTS)]\nassert (gc.get_threshold(), gc.callbacks) == (usual, [])"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_speech_over_http_loads_one_client_and_no_keyring(voicectl: Program) -> None:
    with serving(polly()) as server:
        words = ["say", "hello", "--vendor", "aws", "--voice", "Joanna", "-o", "x.wav", "--no-cache"]
        env = {**keys_in_environment(LASTING), "AWS_REGION": "us-east-1", "VOICECTL_ENDPOINT_URL": server.url}
        found = seen(voicectl, words, env)
    assert "httpx" in found.modules
    assert found.within(NEVER | METADATA | HELP | BATCHES | ELSEWHERE | KEPT | {"keyring"}) == []
    assert POLLY_LOADS - SLACK <= len(found.ours) <= POLLY_LOADS, found.ours
    assert (found.looks, found.commands) == (0, 1)


def test_twenty_packages_with_vendors_cost_help_nothing(voicectl: Program, tmp_path: Path) -> None:
    point = "[voicectl.vendors]\nacme{0} = acme{0}:CARD\n"
    place = install_all(
        tmp_path, [Package(f"acme{number}", "raise SystemExit", point.format(number)) for number in range(20)]
    )
    there = {"PYTHONPATH": str(place)}
    assert seen(voicectl, ["--help"], there).within({"acme1", "importlib.metadata"}) == []
    floor = cpu_seconds([sys.executable, "-c", "pass"], voicectl.environment())
    with_them = cpu_seconds(voicectl.command("--help"), voicectl.environment(there))
    without = cpu_seconds(voicectl.command("--help"), voicectl.environment())
    assert with_them - without <= floor


def cpu_seconds(command: Sequence[str], environ: Mapping[str, str]) -> float:
    """Return the CPU time of a process, the median of several."""
    spent = []
    for _ in range(7):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, env=dict(environ), stdout=subprocess.DEVNULL, check=True, cwd=os.sep)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(spent)
