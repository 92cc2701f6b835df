"""What we tell and hand on ourselves: a report of our own fault, a program that plays. No secret is in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.many import run_many
from tests.cli.seeking import sung, sung_in_files
from tests.conftest import Program
from tests.packages import install
from voicectl.profiles.forms import secret_variables
from voicectl.signing.schemes import names

SECRET = 's3cret/EXAMPLE+0001="x&<y>-long-enough'
UNASKED = "9876543210/zyxwvutsrq+PONMLKJIHG=="
FAULTY = """
from contextlib import contextmanager

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.tts import TextLimit
from voicectl.core.vendor import Vendor

class Faulty:
    formats = (AudioFormat(Container.WAV, 16000),)
    text_limit = TextLimit(100)

    def __init__(self, access):
        self.access = access

    def settle(self, utterance):
        return utterance

    def voices(self):
        return iter(())

    @contextmanager
    def synthesize(self, utterance):
        import os

        keys = self.access.keys("api_key").credentials(self.access.clock.moment().now)
        in_a_local = keys.secret.reveal()
        try:
            raise KeyError(in_a_local.encode())
        except KeyError as error:
            environment = dict(os.environ)
            raise ValueError(f"cannot take {in_a_local!r} with {environment}") from error
        yield

CARD = Vendor(name="faulty", title="faulty", tts=Faulty)
"""
MODES = {
    "quiet": (),
    "json": ("-O", "json"),
    "verbose": ("--verbose",),
    "debug": ("--debug",),
    "debug in json": ("--debug", "-O", "json"),
    "debug in a file": ("--debug-file", "debug", "--log-file", "log"),
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a vendor is installed that has a fault."""
    points = "[voicectl.vendors]\nfaulty = faulty_voice:CARD\n"
    return install(tmp_path_factory.mktemp("faulty"), "faulty-voice", FAULTY, points)


def test_a_report_of_our_own_fault_shows_no_secret(voicectl: Program, package: Path) -> None:
    program = replace(voicectl, environ={**voicectl.environ, "PYTHONPATH": str(package)})
    add = ("profile", "add", "p", "--vendor", "faulty", "--store", "file", "--secret-stdin")
    stored = program(*add, "--set", "base_url=https://h.example", stdin=f"api_key={SECRET}\n")
    assert stored.returncode == 0, stored.stderr
    secrets = {"asked for": SECRET, "not asked for": UNASKED}
    for mode in MODES.values():
        done = program("say", "hi", "-p", "p", "-o", "x.wav", *mode, env={"AWS_SECRET_ACCESS_KEY": UNASKED})
        assert done.returncode == 70, done.stderr
        assert "ValueError: cannot take" in done.stderr
        assert "***" in done.stderr
        assert sung(secrets, done.stdout + done.stderr) == []
    assert "Traceback" in (program.home / "debug").read_text()
    assert sung_in_files(secrets, program.home, but=("secrets",)) == []


def keys_of_all() -> Mapping[str, str]:
    names = {*secret_variables(), "VOICECTL_GATEWAY_MASTER", "AWS_CONTAINER_AUTHORIZATION_TOKEN"}
    return dict.fromkeys(sorted(names), SECRET)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="no /proc to look into")  # noqa: PTH112
def test_a_player_gets_no_key_and_no_word_of_the_text(voicectl: Program, tmp_path: Path) -> None:
    hidden, players = tmp_path / "hidden", tmp_path / "players"
    for folder in (hidden, players):
        folder.mkdir()
    (hidden / "miniaudio.py").write_text("raise ImportError('not here')\n")
    seen = tmp_path / "seen"
    script = players / "aplay"
    script.write_text(
        f"#!/bin/sh\n/bin/cat /proc/$$/cmdline /proc/$$/environ > '{seen}'; /bin/cat > /dev/null\n"
    )
    script.chmod(0o755)
    environ = {**keys_of_all(), "PATH": str(players), "PYTHONPATH": str(hidden), "XDG_RUNTIME_DIR": "/run/me"}
    done = voicectl("say", "EXAMPLEWORD", "--play", "--vendor", "local", "--engine", "nano", env=environ)
    assert done.returncode == 0, done.stderr
    told = seen.read_text().replace("\0", "\n")
    assert "XDG_RUNTIME_DIR=/run/me" in told
    assert sung({"a key": SECRET}, told) == []
    assert "EXAMPLEWORD" not in told


def test_every_variable_with_a_secret_is_known() -> None:
    some = {"AWS_SECRET_ACCESS_KEY", "VOLC_SECRETKEY", "TENCENTCLOUD_TOKEN", "VOICECTL_SECURITY_TOKEN"}
    assert some <= secret_variables()


STRAY = (
    ("profile", "add", "x", "--vendor", "aws", "--secret-stdin", "{secret}"),
    ("profile", "add", "x", "--vendor", "aws", "--secret-stdin", "access_key_secret={secret}"),
    ("profile", "add", "x", "--vendor", "aws", "--set", "access_key_secret={secret}"),
    ("profile", "add", "x", "--vendor", "openai", "--set", "api_keyy={secret}"),
    ("profile", "add", "x", "--vendor", "openai", "--secret-from", "{secret}"),
    ("profile", "set", "x", "access_key_secret={secret}"),
    ("say", "hi", "--vendor", "openai", "--api-key={secret}", "-o", "x.wav"),
    ("say", "hi", "--vendor", "openai", "-o", "x.wav", "--endpoint-url", "https://me:{secret}@h.test/"),
    ("say", "hi", "--vendor", "openai", "-o", "x.wav", "--endpoint-url", "https://h.test/?key={secret}"),
    ("recording", "download", "--url", "ftp://me:{secret}@h.test/a.wav?k={secret}", "-o", "x.wav"),
    ("recording", "download", "--url", "https://me:{secret}@h.test/a.wav?k={secret}", "-o", "x.wav", "-n"),
    ("token", "print", "{secret}"),
    ("auth", "env", "{secret}"),
    ("gateway", "key", "show", "{secret}"),
)


def test_a_secret_that_strayed_onto_the_command_line_is_not_repeated(voicectl: Program) -> None:
    secret = "s3cret-EXAMPLE+0001-long-enough"
    lines = [
        [*(word.format(secret=secret) for word in line), *mode]
        for line in STRAY
        for mode in ((), ("-O", "json"))
    ]
    done = run_many(voicectl, lines, {"OPENAI_API_KEY": "sk-other-EXAMPLE"})
    assert 70 not in {ran.code for ran in done}
    assert [ran for ran in done if sung({"it": secret}, ran.shown)] == []
    assert sung_in_files({"it": secret}, voicectl.home) == []


def test_nothing_that_signs_shows_what_it_signs_with(voicectl: Program) -> None:
    token = 't0ken/n+EXAMPLE=="x&<u>%41\\\\2-long-enough'
    secrets = {"secret": SECRET, "token": token}
    keys = dict(
        zip(
            ("VOICECTL_ACCESS_KEY_ID", "VOICECTL_ACCESS_KEY_SECRET", "VOICECTL_SECURITY_TOKEN"),
            ("AK", SECRET, token),
            strict=True,
        )
    )
    request = ("--url", "https://h.example/a?b=c", "--data", "{}", "--region", "r", "--service", "s")
    lines = [
        ["sign", deed, "--scheme", scheme, *request, *mode]
        for scheme in names()
        for deed in ("debug", "curl")
        for mode in (("--debug",), ("-O", "json", "--debug-file", "debug"))
    ]
    done = run_many(voicectl, lines, keys)
    assert sum(ran.code == 0 for ran in done) > len(names()) * 2
    assert [(ran.words, found) for ran in done if (found := sung(secrets, ran.shown))] == []
    assert sung_in_files(secrets, voicectl.home) == []
