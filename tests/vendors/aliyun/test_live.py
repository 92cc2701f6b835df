"""`voicectl say` by WebSocket as a shell meets it: engines, choice, slow pipes, dry runs, secrets."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cloud.dashscope import KEY as DASHSCOPE_KEY
from tests.cloud.dashscope import DashScope, dashscope_talking
from tests.cloud.nls_account import KEYS
from tests.cloud.nls_talk import NlsTalk, nls_talking
from tests.cloud.sounds import seconds_of
from tests.conftest import Program

FIRST, SECOND = "第一句话在这里。", "Second sentence!"


class Shell:
    """Runs the program against both clouds, each at its own endpoint of a profile."""

    def __init__(self, program: Program, nls: NlsTalk, cosy: DashScope) -> None:
        self.program, self.nls, self.cosy = program, nls, cosy
        self.home = program.home

    def __call__(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.program(*words, env=variables)


@pytest.fixture
def shell(voicectl: Program) -> Iterator[Shell]:
    with nls_talking() as (nls, nls_server), dashscope_talking() as (cosy, cosy_server):
        keys = {**KEYS, "DASHSCOPE_API_KEY": DASHSCOPE_KEY, "VOICECTL_VENDOR": ""}
        places = {"nls_gateway": nls_server.url, "nls_meta": nls_server.url}
        places["dashscope"] = cosy_server.url.replace("http", "ws")
        lines = [f'{service} = "{url}"' for service, url in places.items()]
        text = 'default = "x"\n[profile.x]\nvendor = "aliyun"\n[profile.x.endpoint]\n' + "\n".join(lines)
        file = voicectl.home / ".config" / "voicectl" / "profiles.toml"
        file.parent.mkdir(parents=True, mode=0o700)
        file.write_text(text)
        file.chmod(0o600)
        program = replace(voicectl, environ={**voicectl.environ, **keys})
        yield Shell(program, nls, cosy)


def seconds(path: Path) -> float:
    with wave.open(str(path)) as sound:
        return sound.getnframes() / sound.getframerate()


@pytest.mark.parametrize("engine", ["nls-ws", "nls-flowing", "cosyvoice", "cosyvoice-v1"])
@pytest.mark.parametrize("name", ["a.wav", "a.mp3"])
def test_each_engine_writes_a_file_and_a_result(shell: Shell, engine: str, name: str) -> None:
    done = shell("say", FIRST, "-o", name, "--engine", engine)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    judge = shell.cosy if engine.startswith("cosy") else shell.nls
    assert result["request_ids"] == judge.tasks
    if name == "a.wav":
        assert seconds(shell.home / name) == pytest.approx(seconds_of(FIRST), abs=0.01)
    if engine == "cosyvoice":
        assert result["billed_characters"] == 15


@pytest.mark.parametrize("engine", ["nls-ws", "cosyvoice"])
def test_a_long_text_goes_side_by_side_and_comes_out_in_order(shell: Shell, engine: str) -> None:
    text = "".join(
        f"第{number}句话说得很慢，慢得很。" for number in range(1500 if engine == "cosyvoice" else 60)
    )
    done = shell.program(
        "say", "-o", "a.wav", "--engine", engine, "--jobs", "3", "--sample-rate", "8000", stdin=text.encode()
    )
    assert done.returncode == 0, done.stderr
    judge = shell.cosy if engine.startswith("cosy") else shell.nls
    said = sorted((str(each["text"]) for each in judge.spoken), key=text.index)
    assert len(said) > 1
    assert "".join(said) == text
    assert seconds(shell.home / "a.wav") == pytest.approx(seconds_of(text), abs=0.1)


def test_opus_comes_as_cosyvoice_has_it(shell: Shell) -> None:
    done = shell("say", FIRST, "-o", "a.opus", "--engine", "cosyvoice", "--sample-rate", "16000")
    assert done.returncode == 0, done.stderr
    assert [(each["format"], each["sample_rate"]) for each in shell.cosy.spoken] == [("opus", 16000)]
    assert (shell.home / "a.opus").read_bytes()[:4] == b"OggS"


def test_who_has_only_a_key_of_dashscope_speaks_by_cosyvoice_and_is_told(shell: Shell) -> None:
    done = shell("say", FIRST, "-o", "a.wav", ALIYUN_NLS_APPKEY="")
    assert done.returncode == 0, done.stderr
    assert "cosyvoice-v2 speaks: no appkey of NLS is given" in done.stderr
    assert [each["model"] for each in shell.cosy.spoken] == ["cosyvoice-v2"]


def test_subtitles_choose_the_interface_that_tells_times(shell: Shell) -> None:
    done = shell("say", FIRST, "-o", "a.wav", "--subtitles", "a.json")
    assert done.returncode == 0, done.stderr
    assert "nls-ws speaks" in done.stderr
    assert shell.nls.spoken[0]["enable_subtitle"] is True
    assert (shell.home / "a.json").exists()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--engine", "nls-ftp"), 2, "nls-rest"),
        (("--engine", "nls-ws", "--style", "softly"), 2, "--style"),
        (("--engine", "cosyvoice-v1", "--voice", "longwan_v2"), 2, "cosyvoice-v2"),
        (("--engine", "nls-ws", "--voice", "longwan_v2"), 2, "cosyvoice-v2"),
        (("--engine", "cosyvoice-v2", "--voice", "xiaoyun"), 2, "nls-rest"),
        (("--engine", "cosyvoice-v9"), 2, "--voice"),
        (("--engine", "nls-ws", "--sample-rate", "22050"), 2, "24000"),
        (("--engine", "nls-ws", "--format", "flac", "--rate", "3"), 2, "0.5 to 2"),
        (("--live", "--engine", "nls-ws"), 2, "--live"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_before_anything_is_sent(
    shell: Shell, words: tuple[str, ...], code: int, told: str
) -> None:
    text = () if "--live" in words else ("x",)
    done = shell("say", *text, "-o", "a.wav", *words)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr
    assert (shell.nls.tasks, shell.cosy.tasks, shell.nls.nls.created) == ([], [], [])


@pytest.mark.parametrize("engine", ["nls-flowing", "cosyvoice"])
def test_sound_comes_out_of_the_pipe_before_the_text_has_gone_in(shell: Shell, engine: str) -> None:
    program = shell.program
    words = ("say", "--live", "-o", "-", "--format", "pcm", "--engine", engine)
    running = subprocess.Popen(
        program.command(*words),
        env=program.environment(),
        cwd=shell.home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdin
    assert running.stdout
    assert running.stderr
    raw = FIRST.encode()
    for part in (raw[:4], raw[4:]):
        running.stdin.write(part)
        running.stdin.flush()
        time.sleep(0.1)
    first = running.stdout.read(2000)
    assert len(first) == 2000
    running.stdin.write(SECOND.encode())
    running.stdin.close()
    rest = running.stdout.read()
    told = running.stderr.read().decode()
    assert running.wait(10) == 0, told
    result = json.loads(told.splitlines()[-1])
    judge = shell.cosy if engine.startswith("cosy") else shell.nls
    assert judge.spoken[0]["text"] == FIRST + SECOND
    assert result["characters"] == len(FIRST + SECOND)
    assert len(first + rest) == 2 * result["sample_rate"] * (seconds_of(FIRST) + seconds_of(SECOND))


@pytest.mark.parametrize(("fault", "code"), [("", 130), ("error frame", 75)])
def test_it_ends_at_once_though_the_pipe_stays_open(shell: Shell, fault: str, code: int) -> None:
    shell.nls.fault = fault
    program = shell.program
    running = subprocess.Popen(
        program.command("say", "--live", "-o", "-", "--format", "pcm", "--engine", "nls-flowing"),
        env=program.environment(),
        cwd=shell.home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdin
    running.stdin.write(FIRST.encode())
    running.stdin.flush()
    assert running.stdout
    running.stdout.read(2000)
    if not fault:
        running.send_signal(signal.SIGINT)
    assert running.wait(10) == code
    assert running.stderr
    assert "Fatal" not in running.stderr.read().decode()


def test_a_pipe_of_another_encoding_and_one_without_text(shell: Shell) -> None:
    words = ("say", "--live", "-o", "a.wav", "--engine", "nls-flowing")
    done = shell.program(*words, "--encoding", "gb18030", stdin=FIRST.encode("gb18030"))
    assert done.returncode == 0, done.stderr
    assert shell.nls.spoken[0]["text"] == FIRST
    for raw, told in ((FIRST.encode("gb18030"), "byte 1 of the text is not utf-8"), (b" \n", "no text")):
        done = shell.program(*words, stdin=raw)
        assert (done.returncode, told in done.stderr) == (65, True), done.stderr
    assert len(shell.nls.spoken) == 1


def test_subtitles_of_a_live_text_are_those_that_the_vendor_tells(shell: Shell) -> None:
    words = ("say", "--live", "-o", "a.wav", "--engine", "nls-flowing", "--subtitles", "a.srt")
    done = shell.program(*words, stdin=(FIRST + SECOND).encode())
    assert done.returncode == 0, done.stderr
    told = (shell.home / "a.srt").read_text()
    assert FIRST in told.replace("\n", "")
    assert "Second" in told


def test_who_speaks_whole_texts_only_says_so(shell: Shell) -> None:
    done = shell.program("say", "--live", "-o", "a.wav", "--vendor", "local", stdin="hello")
    assert (done.returncode, "--live" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize("words", [("x", "--engine", "nls-ws"), ("x", "--engine", "cosyvoice"), ("--live",)])
def test_a_dry_run_shows_the_handshake_and_no_secret(shell: Shell, words: tuple[str, ...]) -> None:
    done = shell("say", *words, "-o", "a.wav", "--dry-run")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)["requests"][-1]
    assert (shown["method"], shown["headers"]["Upgrade"]) == ("GET", "websocket")
    assert shown["url"].startswith("ws://127.0.0.1:")
    assert DASHSCOPE_KEY not in done.stdout
    assert (shell.nls.tasks, shell.cosy.tasks, shell.nls.nls.created) == ([], [], [])


@pytest.mark.parametrize("engine", ["nls-ws", "cosyvoice"])
def test_no_key_and_no_token_is_in_any_output(shell: Shell, engine: str) -> None:
    judge = shell.cosy if engine == "cosyvoice" else shell.nls
    judge.fault = "error frame"
    words = ("say", FIRST, "-o", "a.wav", "--engine", engine, "--debug", "--log-file", "log")
    done = shell(*words)
    assert done.returncode == 75, done.stderr
    told = done.stdout + done.stderr + (shell.home / "log").read_text()
    secrets = [DASHSCOPE_KEY, KEYS["ALIBABA_CLOUD_ACCESS_KEY_SECRET"], *shell.nls.nls.created]
    assert [secret for secret in secrets if secret in told] == []
    assert "101" in (shell.home / "log").read_text()


@pytest.mark.parametrize("fault", ["cut", "no end", "text for sound", "oversize"])
def test_no_file_is_left_of_a_sound_that_broke_off(shell: Shell, fault: str) -> None:
    shell.nls.fault = fault
    done = shell("say", FIRST, "-o", "a.mp3", "--engine", "nls-ws", "--retries", "0")
    assert done.returncode == 74, done.stderr
    assert not (shell.home / "a.mp3").exists()
