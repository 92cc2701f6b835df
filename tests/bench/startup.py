"""Prints what each start costs, as a ratio to `python -c pass` in the same run: python tests/bench/startup.py

CPU seconds (user and system), wall time and the most memory of whole processes; every round runs each
command once, so that a change in the machine's speed meets all of them alike. The figures are medians of
the rounds' ratios; who takes less memory than this bench is shown with the bench's own. What is run is
the package as users have it, with its byte code: built and installed into an environment of its own, with
the core dependencies and the small engine for speech; `--here` runs this interpreter's instead. `--peers`
installs awscli, awscurl and httpie into another and runs them as well; `--plugins` installs twenty
packages that bring vendors.
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
HELP, HELP_WITH_PLUGINS = "--help", f"--help, {PLUGINS} plugins"
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
    """A command, and the ratio that is promised for its CPU time; 0 where none is.

    The command of one of ours is its words.
    """

    name: str
    command: Sequence[str]
    promised: float = 0
    environ: Mapping[str, str] = {}
    is_ours: bool = True


class Cost(NamedTuple):
    """What one whole process took."""

    cpu: float
    wall: float
    megabytes: float


def starts(url: str) -> list[Start]:
    """Return what is measured always."""
    say = ("tts", "say", "hello", "--no-cache", "-o")
    polly = (*say, "b.wav", "--vendor", "aws", "--voice", "Joanna", "--endpoint-url", url)
    return [
        Start("--version", ("--version",), 2),
        Start(HELP, ("--help",), 6),
        Start("tts --help", ("tts", "--help"), 7.5),
        Start("help exit-codes", ("help", "exit-codes"), 6.5),
        Start("completion bash", ("completion", "bash"), 6.5),
        Start("plugin list", ("plugin", "list"), 8.5),
        Start("sign debug", SIGN, 8.5),
        Start("call create --dry-run", CALL, 11),
        Start("api --dry-run", ("api", "aws", "sts", "GetCallerIdentity", "--dry-run"), 10),
        Start("tts say (local)", (*say, "a.wav", "--vendor", "local"), 9),
        Start("tts say (Polly on loopback)", polly, 16),
    ]


@contextmanager
def with_keyring(python: str) -> Iterator[Start | None]:
    """Yield a command that reads a real keyring, None where there is none to start."""
    from tests.profiles.keyring_session import MISSING, keyring, own_home

    if MISSING:
        print(f"no keyring is read: {', '.join(MISSING)} not installed", file=sys.stderr)
        yield None
        return
    with own_home() as home, keyring(home) as environ:
        add = ("profile", "add", "kept", "--vendor", "aws", "--set", "access_key_id=AKID", "--secret-stdin")
        subprocess.run(
            [python, "-m", "voicectl", *add],
            input=b"secretEXAMPLE",
            env={**environ},
            check=True,
            capture_output=True,
        )
        yield Start("auth env (keyring)", ("auth", "env", "-p", "kept"), 12, environ)


def with_plugins(directory: str) -> Iterator[Start]:
    """Yield what may be slowed down by packages that bring vendors."""
    from tests.packages import Package, install_all

    packages = [
        Package(f"acme{number}", CARD.format(number=number), POINTS.format(number=number))
        for number in range(PLUGINS)
    ]
    place = {"PYTHONPATH": str(install_all(Path(directory), packages))}
    yield Start(HELP_WITH_PLUGINS, ("--help",), 0, place)
    yield Start(f"plugin list, {PLUGINS} plugins", ("plugin", "list"), 0, place)
    yield Start(f"help vendors, {PLUGINS} plugins", ("help", "vendors"), 0, place)
    yield Start("help vendors, no plugin", ("help", "vendors"))


def with_peers(directory: str, url: str) -> Iterator[Start]:
    """Yield what others need to start, to show help, and to ask Polly."""
    found = environment(directory, "peers", *PEERS).parent
    aws, curl, http = (str(found / name) for name in ("aws", "awscurl", "http"))
    asked = ("polly", "synthesize-speech", "--endpoint-url", url, "--output-format", "pcm", "--text", "hello")
    signed = ("--service", "polly", "--region", "us-east-1", "-X", "POST", "-d", SPEECH)
    commands = {
        "aws --version": (aws, "--version"),
        "awscurl --help": (curl, "--help"),
        "http --version": (http, "--version"),
        "http --help": (http, "--help"),
        "aws polly (loopback)": (aws, *asked, "--voice-id", "Joanna", "c.pcm"),
        "awscurl (loopback)": (curl, *signed, f"{url}/v1/speech"),
        "http (loopback, unsigned)": (http, "--ignore-stdin", f"{url}/v1/speech", "Text=hello"),
    }
    yield from (Start(name, command, is_ours=False) for name, command in commands.items())


def environment(directory: str, name: str, *packages: str) -> Path:
    """Return the interpreter of a new environment with these packages."""
    place = Path(directory, name)
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    python = place / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", *packages]
    subprocess.run(pip, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ)
    return python


def cost(command: Sequence[str], directory: str, more: Mapping[str, str]) -> Cost:
    """Return what one whole process takes; a failure ends the bench."""
    environ = {"PATH": os.environ["PATH"], "HOME": directory, **KEYS, **more}
    began = time.perf_counter()
    child = subprocess.Popen(
        command, cwd=directory, env=environ, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stderr
    talk = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)}: {talk.decode()}")
    peak = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - began, peak)


def measured(python: str, all_starts: Sequence[Start], rounds: int, directory: str) -> dict[str, list[Cost]]:
    """Return ratios and memory of each round; the first, which fills the caches of files, does not count."""
    costs: dict[str, list[Cost]] = {start.name: [] for start in all_starts}
    for number in range(rounds + 1):
        floor = cost((python, "-c", "pass"), directory, {})
        for start in all_starts:
            ours = (python, "-m", "voicectl") if start.is_ours else ()
            found = cost((*ours, *start.command), directory, start.environ)
            if number:
                costs[start.name].append(
                    Cost(found.cpu / floor.cpu, found.wall / floor.wall, found.megabytes)
                )
    return costs


def median(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(each) for each in zip(*costs, strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--here", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--plugins", action="store_true")
    options = parser.parse_args()
    from tests.bench.polly import SERVER

    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        package = f"voicectl[local] @ {ROOT.as_uri()}"
        python = sys.executable if options.here else str(environment(directory, "ours", package))
        server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
        stack.callback(server.kill)
        assert server.stdout
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        found = starts(url)
        found += filter(None, [stack.enter_context(with_keyring(python))])
        found += with_plugins(directory) if options.plugins else ()
        found += with_peers(directory, url) if options.peers else ()
        costs = measured(python, found, options.rounds, directory)
    print(f"{'command':<30} {'CPU x':>7} {'wall x':>7} {'peak MB':>8} {'at most':>8}")
    for start in found:
        usual = median(costs[start.name])
        figures = f"{usual.cpu:>7.2f} {usual.wall:>7.2f} {usual.megabytes:>8.1f}"
        print(f"{start.name:<30} {figures} {start.promised or '':>8}")
    if options.plugins:
        added = median(costs[HELP_WITH_PLUGINS]).cpu - median(costs[HELP]).cpu
        print(f"{PLUGINS} plugins add {added:.2f} to {HELP}, and may add 1")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
