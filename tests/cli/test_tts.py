"""`say` and `voices` as a shell meets them: words in, sound and results out."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path
from typing import Any

import pytest

from tests import pulse
from tests.conftest import Program
from voicectl.cli.speech_options import factor, semitones
from voicectl.core.errors import UsageError

FIELDS = (
    "vendor profile voice format sample_rate characters billed_characters duration_seconds bytes path "
    "request_ids cached chunks first_audio_ms total_ms"
)
HEAVY = {
    "pydantic",
    "rich",
    "httpx",
    "keyring",
    "asyncio",
    "numpy",
    "importlib.metadata",
    "tomllib",
    "platformdirs",
}
LONG = "This sentence is spoken again and again. " * 5000


def seconds(path: Path) -> float:
    with wave.open(str(path)) as sound:
        return sound.getnframes() / sound.getframerate()


def said(program: Program, *words: str, stdin: str | bytes = b"") -> dict[str, Any]:
    """Run `say` into a file and return the result."""
    done = program("say", "-o", "out.wav", "--if-exists", "overwrite", *words, stdin=stdin)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_hello_becomes_a_wav_file_and_a_result(voicectl: Program) -> None:
    done = voicectl("tts", "say", "Hello", "from", "voicectl", "-o", "hello.wav")
    result = json.loads(done.stdout)
    path = voicectl.home / "hello.wav"
    assert list(result) == FIELDS.split()
    assert result["vendor"] == "local"
    assert result["profile"] is None
    assert (result["voice"], result["format"], result["sample_rate"]) == ("en-US", "wav", 16000)
    assert (result["characters"], result["chunks"], result["path"]) == (19, 1, "hello.wav")
    assert result["bytes"] == path.stat().st_size
    assert result["duration_seconds"] == pytest.approx(seconds(path), abs=0.001)
    assert 0.8 < seconds(path) < 3
    assert 0 < result["first_audio_ms"] <= result["total_ms"]


def test_on_this_machine_without_a_choice_is_said_on_stderr(voicectl: Program) -> None:
    assert "vendor local" in voicectl("say", "hi", "-o", "x.wav").stderr
    assert voicectl("say", "hi", "-o", "x.wav", "--vendor", "local").stderr == ""
    assert voicectl("say", "hi", "-o", "x.wav", "-q").stderr == ""


def test_a_local_run_loads_nothing_heavy(voicectl: Program) -> None:
    script = (
        "import sys\n"
        "from voicectl.cli.app import run\n"
        "code = run(['tts', 'say', 'hello', '-o', 'hello.wav'])\n"
        "print(*sys.modules, file=open('modules', 'w'))\n"
        "sys.exit(code)\n"
    )
    command = [sys.executable, "-c", script]
    subprocess.run(command, cwd=voicectl.home, env=voicectl.environment(), check=True, capture_output=True)
    loaded = set((voicectl.home / "modules").read_text().split())
    assert "py_nanotts" in loaded
    assert not loaded & HEAVY


def run_without_espeak(program: Program, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program as if only nano were installed; its loaded modules are written to `modules`."""
    script = (
        "import sys\n"
        "sys.modules['espeakng_loader'] = sys.modules['hibari'] = None\n"
        "from voicectl.cli.app import run\n"
        f"code = run({list(words)!r})\n"
        "print(*sys.modules, file=open('modules', 'w'))\n"
        "sys.exit(code)\n"
    )
    environment = program.environment({"PATH": "/nonexistent"})
    command = [sys.executable, "-c", script]
    return subprocess.run(
        command, cwd=program.home, env=environment, capture_output=True, encoding="utf-8", check=False
    )


def test_chinese_without_an_engine_exits_69_in_chinese_before_any_engine_loads(voicectl: Program) -> None:
    done = run_without_espeak(voicectl, "say", "你好", "-o", "x.wav")
    assert (done.returncode, done.stdout) == (69, "")
    assert "没有已安装的引擎会说“zh”；已安装：nano (en, de, es, fr, it)" in done.stderr
    lines = [line.strip() for line in done.stderr.splitlines()]
    assert "pip install 'voicectl[espeak]'" in lines
    assert "voicectl profile add NAME --vendor aliyun" in lines
    assert "py_nanotts" not in (voicectl.home / "modules").read_text().split()
    assert not (voicectl.home / "x.wav").exists()


def test_what_cannot_be_said_is_told_before_where_the_sound_should_go(voicectl: Program) -> None:
    assert run_without_espeak(voicectl, "say", "你好").returncode == 69
    assert run_without_espeak(voicectl, "say", "...").returncode == 65
    assert run_without_espeak(voicectl, "say", "hello").returncode == 2


def test_another_script_without_an_engine_is_answered_in_english(voicectl: Program) -> None:
    done = run_without_espeak(voicectl, "-O", "json", "say", "Привет", "-o", "x.wav")
    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert (error["exit_code"], error["kind"]) == (69, "unavailable")
    assert error["message"] == "no installed engine speaks 'ru'; installed: nano (en, de, es, fr, it)"
    assert error["hint"].splitlines()[0] == "pip install 'voicectl[espeak]'"


def test_a_missing_engine_prints_its_install_line(voicectl: Program) -> None:
    done = run_without_espeak(voicectl, "say", "hi", "-o", "x.wav", "--engine", "espeak")
    assert done.returncode == 69
    assert "pip install 'voicectl[espeak]'" in done.stderr


def test_chinese_is_spoken_by_espeak(voicectl: Program) -> None:
    result = said(voicectl, "你好，世界")
    assert (result["voice"], result["sample_rate"], result["characters"]) == ("cmn", 22050, 5)
    assert 0.7 < result["duration_seconds"] < 3


@pytest.mark.parametrize(
    ("raw", "encoding", "characters"),
    [
        ("Grüße\r\n".encode(), "", 7),
        ("Grüße".encode("utf-8-sig"), "", 5),
        ("Grüße".encode("utf-16"), "", 5),
        ("Grüße".encode("latin-1"), "latin-1", 5),
        ("你好".encode("gb18030"), "gb18030", 2),
    ],
)
def test_text_on_stdin_may_be_in_any_encoding(
    raw: bytes, encoding: str, characters: int, voicectl: Program
) -> None:
    result = said(voicectl, *(["--encoding", encoding] if encoding else []), stdin=raw)
    assert result["characters"] == characters
    assert result["duration_seconds"] > 0.3


@pytest.mark.parametrize("name", ["text.txt", "-"])
def test_text_may_come_from_a_file(name: str, voicectl: Program) -> None:
    (voicectl.home / "text.txt").write_text("Hello")
    assert said(voicectl, "-f", name, stdin="Hello")["characters"] == 5


def test_text_in_another_encoding_is_named_by_line_and_byte(voicectl: Program) -> None:
    done = voicectl("say", "-o", "x.wav", stdin=b"one\ncaf\xe9 au lait")
    assert done.returncode == 65
    assert "line 2, byte 4: 0xe9 is not utf-8" in done.stderr
    assert "--encoding cp1252" in done.stderr


def test_an_argument_that_is_no_utf8_is_bad_input(voicectl: Program) -> None:
    command = [*map(str.encode, voicectl.command("say", "-o", "x.wav")), b"caf\xe9"]
    environment = voicectl.environment({"LC_ALL": "C.UTF-8"})
    done = subprocess.run(command, cwd=voicectl.home, env=environment, capture_output=True, check=False)
    assert done.returncode == 65
    assert b"0xe9 is not utf-8" in done.stderr


@pytest.mark.parametrize("text", ["", " \n", "...", "😀", "\ufeff", "\x07"])
def test_text_without_words_exits_65_and_leaves_no_file(text: str, voicectl: Program) -> None:
    assert voicectl("say", text, "-o", "x.wav").returncode == 65
    assert voicectl("say", "-o", "x.wav", stdin=text).returncode == 65
    assert list(voicectl.home.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["hi", "-o", "json"], 2, "did you mean -O json?"),
        (["hi", "-o", "wav"], 2, "did you mean --format wav?"),
        (["hi", "-o", "speech"], 2, "--format wav"),
        (["hi", "-o", "speech.txt"], 2, "--format wav"),
        (["hi", "-o", "x.wav", "--format", "wma"], 2, "there is no audio format 'wma'"),
        (["hi"], 2, "-o FILE"),
        (["hi", "-o", "x.wav", "--play"], 2, "leave out -o or --play"),
        (["hi", "--play", "--format", "mp3"], 2, "add -o FILE"),
        (["-5", "degrees", "-o", "x.wav"], 2, "voicectl say -- TEXT"),
        (["--voise", "x", "hi", "-o", "x.wav"], 2, "--voice"),
        (["hi", "-f", "text.txt", "-o", "x.wav"], 2, "both words and a file"),
        (["-f", "absent.txt", "-o", "x.wav"], 66, "'absent.txt' cannot be read"),
        (["-f", ".", "-o", "x.wav"], 66, "'.' cannot be read"),
        (["hi", "-o", "x.wav", "-v", "nobody"], 2, "voicectl tts voices"),
        (["hi", "-o", "x.wav", "-v", "en-UK"], 2, "near ones: en-US, en-GB"),
        (["hi", "-o", "x.wav", "--engine", "polly"], 2, "there is no engine 'polly'"),
        (["hi", "-o", "x.wav", "--rate", "9"], 2, "takes 0.2 to 5"),
        (["hi", "-o", "x.wav", "--rate", "fast"], 2, "--rate wants a factor"),
        (["hi", "-o", "x.wav", "--pitch", "40"], 2, "takes -12 to 12"),
        (["hi", "-o", "x.wav", "--volume", "-10"], 2, "--volume wants a factor"),
        (["hi", "-o", "x.wav", "--region", "us-east-1"], 2, "--region means a cloud vendor"),
        (["hi", "-o", "x.wav", "--if-exists", "perhaps"], 2, "can be overwrite, error, skip"),
        (["hi", "-o", "absent/x.wav"], 73, "the folder"),
        (["-o", "x.wav", "--encoding", "nonsense"], 2, "there is no encoding 'nonsense'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_does_not_fit_is_refused_with_a_way_out(
    words: list[str], code: int, told: str, voicectl: Program
) -> None:
    done = voicectl("say", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert list(voicectl.home.glob("[!.]*")) == []


def test_text_after_two_dashes_may_look_like_an_option(voicectl: Program) -> None:
    assert said(voicectl, "--", "-5", "degrees")["characters"] == 10


def test_rate_changes_the_length(voicectl: Program) -> None:
    usual, slow, quick = (
        said(voicectl, "hello world this is a test", *rate)["duration_seconds"]
        for rate in ([], ["--rate", "0.5"], ["--rate", "+100%"])
    )
    assert 1.5 < slow / usual < 2.5
    assert 0.4 < quick / usual < 0.7


def test_mp3_is_written_by_the_name_of_the_file(voicectl: Program) -> None:
    done = voicectl("say", "hello", "-o", "x.MP3")
    assert json.loads(done.stdout)["format"] == "mp3"
    assert (voicectl.home / "x.MP3").read_bytes()[:2] in (b"\xff\xf3", b"\xff\xfb")


def run_to_bytes(program: Program, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        program.command(*words),
        cwd=program.home,
        env=program.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def test_sound_on_stdout_is_wav_that_any_reader_takes_and_the_result_goes_to_stderr(
    voicectl: Program,
) -> None:
    done = run_to_bytes(voicectl, "say", "hello", "-o", "-", "-O", "json", "-q")
    with wave.open(io.BytesIO(done.stdout)) as sound:
        frames = len(sound.readframes(sound.getnframes())) // 2
    result = json.loads(done.stderr)
    assert result["path"] is None
    assert result["duration_seconds"] == pytest.approx(frames / 16000, abs=0.001)
    assert result["bytes"] == len(done.stdout)


def test_pcm_on_stdout_has_no_header(voicectl: Program) -> None:
    done = run_to_bytes(voicectl, "say", "hello", "-o", "-", "--format", "pcm")
    assert done.stdout[:4] != b"RIFF"
    assert len(done.stdout) > 8000


def test_a_file_that_is_there_is_replaced_kept_or_refused(voicectl: Program) -> None:
    path = voicectl.home / "x.wav"
    path.write_bytes(b"old")
    refused = voicectl("say", "hi", "-o", "x.wav", "--if-exists", "error")
    assert (refused.returncode, path.read_bytes()) == (73, b"old")
    kept = voicectl("say", "hi", "-o", "x.wav", "--if-exists", "skip")
    assert (kept.returncode, path.read_bytes()) == (0, b"old")
    assert "left alone" in kept.stderr
    assert (json.loads(kept.stdout)["path"], json.loads(kept.stdout)["chunks"]) == ("x.wav", 0)
    assert voicectl("say", "hi", "-o", "x.wav").returncode == 0
    assert path.read_bytes()[:4] == b"RIFF"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("engine", ["nano", "espeak"])
def test_a_run_that_is_stopped_leaves_nothing_half_written(
    number: int, code: int, engine: str, voicectl: Program
) -> None:
    (voicectl.home / "long.txt").write_text(LONG)
    words = ["say", "-f", "long.txt", "-o", "x.wav", "--engine", engine]
    running = subprocess.Popen(
        voicectl.command(*words),
        cwd=voicectl.home,
        env=voicectl.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    began = time.monotonic()
    while len(list(voicectl.home.iterdir())) < 2 and time.monotonic() < began + 10:
        time.sleep(0.01)
    running.send_signal(number)
    assert running.wait(10) == code
    assert [path.name for path in voicectl.home.iterdir()] == ["long.txt"]


def test_a_reader_that_leaves_early_ends_it_with_141(voicectl: Program) -> None:
    running = subprocess.Popen(
        voicectl.command("say", "-o", "-"),
        cwd=voicectl.home,
        env=voicectl.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdin
    assert running.stdout
    assert running.stderr
    running.stdin.write(LONG.encode())
    running.stdin.close()
    assert running.stdout.read(4) == b"RIFF"
    running.stdout.close()
    assert running.wait(10) == 141
    assert b"Traceback" not in running.stderr.read()
    running.stderr.close()


def test_the_first_sound_comes_long_before_the_last(voicectl: Program) -> None:
    result = said(voicectl, stdin="One short sentence. " * 60)
    assert result["chunks"] == 60
    assert result["first_audio_ms"] * 5 < result["total_ms"]


def test_a_dry_run_sends_and_writes_nothing(voicectl: Program) -> None:
    done = voicectl("say", "hi", "-o", "x.wav", "--dry-run")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"requests": []})
    assert list(voicectl.home.iterdir()) == []


def test_people_get_one_line(voicectl: Program) -> None:
    assert voicectl("say", "hello", "-o", "x.wav", "-O", "text").stdout == "x.wav (0.6 s, wav, en-US)\n"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals here")
def test_audio_is_never_written_to_a_terminal(voicectl: Program) -> None:
    leader, follower = os.openpty()
    try:
        done = subprocess.run(
            voicectl.command("say", "hi", "-o", "-"),
            cwd=voicectl.home,
            env=voicectl.environment(),
            stdin=subprocess.DEVNULL,
            stdout=follower,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(follower)
        os.close(leader)
    assert done.returncode == 2
    assert b"terminal" in done.stderr


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals here")
def test_no_text_with_a_terminal_to_read_from_is_a_usage_error(voicectl: Program) -> None:
    leader, follower = os.openpty()
    try:
        done = subprocess.run(
            voicectl.command("say", "-o", "x.wav"),
            cwd=voicectl.home,
            env=voicectl.environment(),
            stdin=follower,
            capture_output=True,
            timeout=20,
            check=False,
        )
    finally:
        os.close(follower)
        os.close(leader)
    assert done.returncode == 2
    assert b"there is no text to speak" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(bool(pulse.missing()), reason=pulse.missing() or "-")
def test_what_is_played_can_be_heard(voicectl: Program) -> None:
    with tempfile.TemporaryDirectory(prefix="pulse") as folder, pulse.loudspeaker(Path(folder)) as speaker:
        with speaker.listening() as heard:
            done = voicectl("say", "hello world", "--play", env=speaker.environ)
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        assert (result["format"], result["path"]) == ("pcm", None)
        assert heard.seconds() == pytest.approx(result["duration_seconds"], abs=0.35)


def test_voices_are_listed_with_their_engines(voicectl: Program) -> None:
    done = voicectl("tts", "voices")
    voices = json.loads(done.stdout)
    assert {tuple(voice) for voice in voices} == {("id", "name", "lang", "gender", "engines", "vendor")}
    assert {
        "id": "de-DE",
        "name": "German",
        "lang": "de-DE",
        "gender": "female",
        "engines": ["nano"],
        "vendor": "local",
    } in voices
    assert any(voice["id"] == "cmn" and voice["engines"] == ["espeak"] for voice in voices)


def test_voices_on_request_are_a_table(voicectl: Program) -> None:
    assert "en-US" in voicectl("tts", "voices", "-O", "table").stdout


@pytest.mark.parametrize(
    ("word", "value"),
    [("", None), ("1.2", 1.2), ("2", 2.0), ("+10%", 1.1), ("-20%", 0.8), ("120%", 1.2), ("0", 0.0)],
)
def test_factors_are_read(word: str, value: float | None) -> None:
    assert factor("--rate", word) == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize("word", ["fast", "-1", "nan", "inf", "%", "+-1%", "-150%", "1e999"])
def test_what_is_no_factor_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        factor("--rate", word)


@pytest.mark.parametrize(("word", "value"), [("", None), ("2", 2.0), ("+3", 3.0), ("-1.5st", -1.5)])
def test_semitones_are_read(word: str, value: float | None) -> None:
    assert semitones("--pitch", word) == value


def test_what_is_no_number_of_semitones_is_refused() -> None:
    with pytest.raises(UsageError):
        semitones("--pitch", "high")
