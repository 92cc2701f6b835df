"""What each command loads: no more than it needs, because every module is paid for at every start."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.cloud.polly import LASTING, keys_in_environment, polly
from tests.cloud.server import serving
from tests.conftest import Program
from tests.packages import Package, install_all

pytestmark = pytest.mark.slow

SCRIPT = """
import os, sys
from voicectl.cli.app import run
code = run(sys.argv[1:])
sys.stdout.flush()
os.write(2, " ".join(["LOADED", str(code), *sys.modules]).encode())
"""
NEVER = {"asyncio", "botocore", "click", "numpy", "pydantic", "rich", "websockets", "xml"}
NETWORK = {"httpx", "httpcore", "http.client", "ssl", "socket", "voicectl.transport"}
ACCOUNTS = {"keyring", "voicectl.profiles", "voicectl.runtime", "voicectl.vendors"}
SOUND = {"voicectl.audio", "voicectl.actions.tts"}
METADATA = {"importlib.metadata"}
BATCHES = {"voicectl.actions.batch", "voicectl.actions.flowing", "csv", "hashlib"}
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secretEXAMPLE",
    "AWS_REGION": "us-east-1",
}
TWILIO = {"TWILIO_ACCOUNT_SID": "AC" + 32 * "0", "TWILIO_AUTH_TOKEN": "secretEXAMPLE"}
OWN_KEYS = {"VOICECTL_ACCESS_KEY_ID": "AKIDEXAMPLE", "VOICECTL_ACCESS_KEY_SECRET": "secretEXAMPLE"}
SIGN = "sign debug --scheme aws-sigv4 --service polly --region us-east-1 --url https://polly.example/"
CASES: dict[str, tuple[Mapping[str, str], set[str]]] = {
    "help": ({}, NETWORK | ACCOUNTS | SOUND | METADATA),
    "help exit-codes": ({}, NETWORK | ACCOUNTS | SOUND | METADATA),
    "help environment": ({}, NETWORK | SOUND | METADATA | {"keyring", "voicectl.runtime"}),
    "completion bash": ({}, NETWORK | ACCOUNTS | SOUND | METADATA),
    "plugin list": ({}, NETWORK - {"socket"} | SOUND | {"keyring", "voicectl.vendors.aws"}),
    "profile list": ({}, NETWORK | SOUND | METADATA | {"keyring", "voicectl.vendors"}),
    SIGN: (
        OWN_KEYS, NETWORK | SOUND | METADATA | {"keyring", "voicectl.vendors", "voicectl.profiles.sources"},
    ),
    "auth env --vendor aws": (KEYS, NETWORK | SOUND | METADATA | {"keyring"}),
    "api aws sts GetCallerIdentity --dry-run": (
        KEYS, {"httpx", "keyring", "voicectl.vendors.aws.tts"} | METADATA,
    ),
    "call create --vendor aliyun --to 13800138000 --template TTS_1 --dry-run": (
        {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIEXAMPLE", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secretEXAMPLE"},
        {"httpx", "keyring", "phonenumbers", "voicectl.kept.ledger", *METADATA, *BATCHES - {"hashlib"}},
    ),
    "call create --vendor twilio --to +14155550123 --from +14155550100 --text hi --dry-run": (
        TWILIO, {"httpx", "keyring", "voicectl.kept.ledger", *METADATA, *BATCHES - {"hashlib"}},
    ),
    "say hello --vendor local --no-cache -o x.wav": ({}, NETWORK | METADATA | BATCHES | {"keyring"}),
    "say hello --vendor aws --voice Joanna --dry-run -o x.wav": (KEYS, {"httpx", "keyring"} | METADATA),
}  # fmt: skip


def loaded(program: Program, words: Sequence[str], env: Mapping[str, str]) -> set[str]:
    """Return the modules that a command has loaded when it is done, after it went well."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words], env=program.environment(env), cwd=program.home,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    talk, _, told = done.stderr.rpartition("LOADED ")
    code, *modules = told.split()
    assert code == "0", talk
    return set(modules)


def within(modules: set[str], forbidden: set[str]) -> list[str]:
    return sorted(name for name in modules if any(f"{name}.".startswith(f"{each}.") for each in forbidden))


@pytest.mark.parametrize("words", CASES)
def test_a_command_loads_what_it_needs(words: str, voicectl: Program) -> None:
    env, forbidden = CASES[words]
    modules = loaded(voicectl, words.split(), env)
    assert "voicectl.cli.app" in modules
    assert within(modules, forbidden | NEVER) == []


def test_speech_over_http_loads_one_client_and_no_keyring(voicectl: Program) -> None:
    with serving(polly()) as server:
        words = ["say", "hello", "--vendor", "aws", "--voice", "Joanna", "-o", "x.wav", "--no-cache"]
        env = {**keys_in_environment(LASTING), "AWS_REGION": "us-east-1", "VOICECTL_ENDPOINT_URL": server.url}
        modules = loaded(voicectl, words, env)
    assert "httpx" in modules
    assert within(modules, NEVER | METADATA | BATCHES - {"hashlib"} | {"keyring"}) == []


def test_twenty_packages_with_vendors_cost_help_nothing(voicectl: Program, tmp_path: Path) -> None:
    point = "[voicectl.vendors]\nacme{0} = acme{0}:CARD\n"
    place = install_all(
        tmp_path, [Package(f"acme{number}", "raise SystemExit", point.format(number)) for number in range(20)]
    )
    there = {"PYTHONPATH": str(place)}
    assert within(loaded(voicectl, ["--help"], there), {"acme1", "importlib.metadata"}) == []
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
