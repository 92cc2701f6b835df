"""Prints what each start costs, as a ratio to `python -c pass` in the same run: python tests/bench/startup.py

CPU seconds (user and system) and wall time of whole processes; every round runs each command once, so
that a change in the machine's speed meets all of them alike. The figures are medians of the rounds'
ratios. `--peers` installs awscli, awscurl and httpie into an environment of their own and runs them as
well; `--plugins` installs twenty packages that bring vendors.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
ROUNDS, PLUGINS = 15, 20
PEERS = ("awscli", "awscurl", "httpie")
VOICECTL = (sys.executable, "-m", "voicectl")
NOTHING = (sys.executable, "-c", "pass")
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secretEXAMPLE",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIEXAMPLE",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secretEXAMPLE",
}
SIGN = ("sign", "debug", "--scheme", "aws-sigv4", "--service", "polly", "--url", "https://polly.example/")
CALL = ("call", "create", "--vendor", "aliyun", "--to", "13800138000", "--template", "TTS_1", "--dry-run")
SPEECH = '{"OutputFormat":"pcm","Text":"hello","VoiceId":"Joanna"}'
CARD = 'from voicectl.core.vendor import Vendor\nCARD = Vendor(name="acme{number}", title="Acme")\n'
POINTS = "[voicectl.vendors]\nacme{number} = acme{number}:CARD\n"


class Start(NamedTuple):
    """A command, and the ratio that is promised for its CPU time; 0 where none is."""

    name: str
    command: Sequence[str]
    promised: float = 0
    environ: Mapping[str, str] = {}


def own(name: str, *words: str, promised: float = 0, **environ: str) -> Start:
    return Start(name, (*VOICECTL, *words), promised, environ)


def starts(url: str) -> list[Start]:
    """Return what is measured always."""
    polly = ("--vendor", "aws", "--voice", "Joanna", "--endpoint-url", url)
    return [
        own("--version", "--version", promised=3),
        own("--help", "--help", promised=7),
        own("tts --help", "tts", "--help", promised=8),
        own("help exit-codes", "help", "exit-codes"),
        own("completion bash", "completion", "bash"),
        own("plugin list", "plugin", "list"),
        own("sign debug", *SIGN),
        own("call create --dry-run", *CALL),
        own("api --dry-run", "api", "aws", "sts", "GetCallerIdentity", "--dry-run"),
        own(
            "tts say (local)",
            "tts",
            "say",
            "hello",
            "--vendor",
            "local",
            "--no-cache",
            "-o",
            "a.wav",
            promised=10,
        ),
        own("tts say (Polly on loopback)", "tts", "say", "hello", *polly, "--no-cache", "-o", "b.wav"),
    ]


@contextmanager
def with_keyring() -> Iterator[Start | None]:
    """Yield a command that reads a real keyring, None where there is none to start."""
    from tests.profiles.keyring_session import MISSING, keyring, own_home

    if MISSING:
        print(f"no keyring is read: {', '.join(MISSING)} not installed", file=sys.stderr)
        yield None
        return
    with own_home() as home, keyring(home) as environ:
        add = ("profile", "add", "kept", "--vendor", "aws", "--set", "access_key_id=AKID", "--secret-stdin")
        subprocess.run(
            [*VOICECTL, *add], input=b"secretEXAMPLE", env={**environ}, check=True, capture_output=True
        )
        yield own("auth env (keyring)", "auth", "env", "-p", "kept", **environ)


def with_plugins(directory: str) -> Iterator[Start]:
    """Yield what may be slowed down by packages that bring vendors."""
    from tests.packages import Package, install_all

    packages = [
        Package(f"acme{number}", CARD.format(number=number), POINTS.format(number=number))
        for number in range(PLUGINS)
    ]
    place = {"PYTHONPATH": f"{install_all(Path(directory), packages)}{os.pathsep}{ROOT}"}
    yield own(f"--help, {PLUGINS} plugins", "--help", **place)
    yield own(f"plugin list, {PLUGINS} plugins", "plugin", "list", **place)
    yield own(f"help vendors, {PLUGINS} plugins", "help", "vendors", **place)
    yield own("help vendors, no plugin", "help", "vendors")


def with_peers(directory: str, url: str) -> Iterator[Start]:
    """Yield what others need to start, to show help, and to ask Polly."""
    place = Path(directory, "peers")
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    found = place / "bin"
    subprocess.run([str(found / "pip"), "install", "--quiet", *PEERS], check=True, capture_output=True)
    aws, curl, http = (str(found / name) for name in ("aws", "awscurl", "http"))
    asked = ("polly", "synthesize-speech", "--endpoint-url", url, "--output-format", "pcm", "--text", "hello")
    yield Start("aws --version", (aws, "--version"))
    yield Start("awscurl --help", (curl, "--help"))
    yield Start("http --version", (http, "--version"))
    yield Start("http --help", (http, "--help"))
    yield Start("aws polly (loopback)", (aws, *asked, "--voice-id", "Joanna", "c.pcm"))
    signed = ("--service", "polly", "--region", "us-east-1", "-X", "POST", "-d", SPEECH)
    yield Start("awscurl (loopback)", (curl, *signed, f"{url}/v1/speech"))
    yield Start("http (loopback, unsigned)", (http, "--ignore-stdin", f"{url}/v1/speech", "Text=hello"))


def cost(start: Start, directory: str) -> tuple[float, float]:
    """Return CPU and wall seconds of one whole process; a failure ends the bench."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": directory,
        "PYTHONPATH": str(ROOT),
        **KEYS,
        **start.environ,
    }
    began = time.perf_counter()
    child = subprocess.Popen(
        start.command, cwd=directory, env=environ, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stderr
    talk = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{start.name}: {talk.decode()}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - began


def measured(
    all_starts: Sequence[Start], rounds: int, directory: str
) -> dict[str, list[tuple[float, float]]]:
    """Return the ratios of each round; the first, which fills the caches of files, does not count."""
    ratios: dict[str, list[tuple[float, float]]] = {start.name: [] for start in all_starts}
    for number in range(rounds + 1):
        floor_cpu, floor_wall = cost(Start("pass", NOTHING), directory)
        for start in all_starts:
            cpu, wall = cost(start, directory)
            if number:
                ratios[start.name].append((cpu / floor_cpu, wall / floor_wall))
    return ratios


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--plugins", action="store_true")
    options = parser.parse_args()
    from tests.bench.polly import SERVER

    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
        stack.callback(server.kill)
        assert server.stdout
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        found = starts(url)
        found += filter(None, [stack.enter_context(with_keyring())])
        found += with_plugins(directory) if options.plugins else ()
        found += with_peers(directory, url) if options.peers else ()
        ratios = measured(found, options.rounds, directory)
    print(f"{'command':<30} {'CPU x':>7} {'wall x':>7} {'promised':>9}")
    for start in found:
        cpu, wall = (statistics.median(each) for each in zip(*ratios[start.name], strict=True))
        print(f"{start.name:<30} {cpu:>7.2f} {wall:>7.2f} {start.promised or '':>9}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
