"""What is played is heard: whole, at once, by the first player that works; and silence when stopped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.audio.tones import HERTZ, RATE, SPEECH, split, tone
from tests.pulse import Heard, Loudspeaker
from voicectl.audio.player import HELD_BYTES, PlayerSink
from voicectl.audio.sinks import Written
from voicectl.audio.wav import header
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import Unavailable, Unsupported

PCM = tone(0.6)
LEAD = bytes(2 * RATE * 60 // 1000)

PLAY = """
    import os, sys
    if sys.argv[1] != "miniaudio":
        sys.modules["miniaudio"] = None
    from tests.audio.tones import SPEECH, split, tone
    from voicectl.audio.player import PlayerSink
    sink = PlayerSink(environment=os.environ, passed_on=lambda: os.environ, platform="linux")
    with sink.open(SPEECH) as out:
        for each in split(tone(0.6), 1001):
            out.write(each)
"""


def play_in_another_process(environment: dict[str, str], player: str, folder: Path) -> None:
    """Play the tone through one player only: nothing else is on PATH."""
    if found := shutil.which(player):
        (folder / player).symlink_to(found)
    environment = environment | {"PATH": str(folder), "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-c", textwrap.dedent(PLAY), player]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def pitch(heard: Heard) -> float:
    """Return the frequency of what was heard, by its crossings of zero."""
    sound = heard.sound()
    return sum(a < 0 <= b for a, b in pairwise(sound)) / heard.seconds()


@pytest.mark.slow
@pytest.mark.parametrize("player", ["miniaudio", "paplay", "pw-play", "pacat", "ffplay"])
def test_a_tone_is_heard_whole(speaker: Loudspeaker, player: str, tmp_path: Path) -> None:
    if player == "miniaudio":
        pytest.importorskip("miniaudio", reason="miniaudio is not installed", exc_type=ImportError)
    elif not shutil.which(player):
        pytest.skip(f"{player} is not installed")
    with speaker.listening() as heard:
        play_in_another_process(speaker.environ, player, tmp_path)
    assert heard.seconds() == pytest.approx(0.6, rel=0.10)
    assert pitch(heard) == pytest.approx(HERTZ, rel=0.02)


@pytest.mark.skipif(not shutil.which("aplay"), reason="aplay is not installed")
def test_a_tone_goes_through_alsa(tmp_path: Path) -> None:
    heard = tmp_path / "heard.raw"
    (tmp_path / ".asoundrc").write_text(
        f'pcm.!default {{ type file slave.pcm "null" file "{heard}" format "raw" }}\n'
    )
    (tmp_path / "bin").mkdir()
    play_in_another_process({"HOME": str(tmp_path)}, "aplay", tmp_path / "bin")
    assert heard.read_bytes().rstrip(b"\0").startswith(PCM[:-100])


@pytest.fixture
def player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Return a maker of players: shell scripts on a PATH of their own; miniaudio is not installed."""
    monkeypatch.setitem(sys.modules, "miniaudio", None)

    def make(name: str, script: str) -> None:
        file = tmp_path / name
        file.write_text(f"#!/bin/sh\ncd '{tmp_path}'\nPATH=/usr/bin:/bin\n{script}\n")
        file.chmod(0o755)

    return make


def sink(folder: Path) -> PlayerSink:
    return PlayerSink(environment={"PATH": str(folder)}, platform="linux")


def play(folder: Path, pcm: bytes = PCM, audio: AudioFormat = SPEECH) -> Written:
    with sink(folder).open(audio) as out:
        for each in split(pcm, 10001):
            out.write(each)
    return out.written


Make = Callable[[str, str], None]


def test_nothing_that_plays_names_the_way_out(player: Make, tmp_path: Path) -> None:
    for deed in (sink(tmp_path).ready, lambda: play(tmp_path)):
        with pytest.raises(Unavailable) as caught:
            deed()
        assert "-o FILE" in caught.value.hint


def test_players_are_tried_in_order(player: Make, tmp_path: Path) -> None:
    for name in ("ffplay", "aplay", "pacat", "pw-play", "paplay"):
        player(name, f"echo {name} >> tried; exit 1")
    assert sink(tmp_path).ready()
    with pytest.raises(Unavailable, match="ffplay: exit code 1"):
        play(tmp_path)
    assert (tmp_path / "tried").read_text().split() == ["paplay", "pw-play", "pacat", "aplay", "ffplay"]


def test_a_sound_server_gets_samples_after_a_silence_it_may_swallow(player: Make, tmp_path: Path) -> None:
    player("paplay", 'echo "$@" > told; cat > heard')
    assert play(tmp_path, PCM + b"\x01") == Written(path=None, bytes=len(PCM), duration_seconds=0.6)
    assert (tmp_path / "heard").read_bytes() == LEAD + PCM
    assert (tmp_path / "told").read_text() == f"--raw --rate={RATE} --channels=1 --format=s16le\n"


def test_other_players_get_a_wav(player: Make, tmp_path: Path) -> None:
    player("aplay", "cat > heard")
    play(tmp_path)
    assert (tmp_path / "heard").read_bytes() == header(SPEECH) + PCM


def test_a_player_that_cannot_start_hands_over_all_the_sound(player: Make, tmp_path: Path) -> None:
    player("paplay", "head -c 8000 > /dev/null; echo 'Connection refused' >&2; exit 1")
    player("aplay", "cat > heard")
    play(tmp_path)
    assert (tmp_path / "heard").read_bytes() == header(SPEECH) + PCM


def test_a_player_that_dies_midway_is_an_error_with_its_last_words(player: Make, tmp_path: Path) -> None:
    player("paplay", "head -c 300000 > /dev/null; printf 'first\\nno \\033[31mdevice\\n\\n' >&2; exit 1")
    player("aplay", "cat > heard")
    with pytest.raises(Unavailable, match=r"paplay: no \\x1b\[31mdevice"):
        play(tmp_path, PCM * (1 + 10 * HELD_BYTES // len(PCM)))
    assert not (tmp_path / "heard").exists()


def test_sound_is_played_before_it_has_all_come(player: Make, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "heard")
    player("aplay", "head -c 4044 > heard; cat > /dev/null")
    with sink(tmp_path).open(SPEECH) as out:
        out.write(PCM[:4000])
        assert (tmp_path / "heard").read_bytes() == header(SPEECH) + PCM[:4000]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ZeroDivisionError])
def test_a_stopped_run_is_silent_and_leaves_no_child(
    player: Make, tmp_path: Path, error: type[BaseException]
) -> None:
    player("aplay", "echo $$ > pid; exec sleep 60")
    with pytest.raises(error):
        stopped(tmp_path, error)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def stopped(folder: Path, error: type[BaseException]) -> None:
    with sink(folder).open(SPEECH) as out:
        out.write(PCM)
        while not (folder / "pid").exists() or not (folder / "pid").read_text():
            threading.Event().wait(0.01)
        raise error


def test_a_container_is_not_sent_to_a_player(player: Make, tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="mp3"):
        play(tmp_path, b"\xff\xf3\x84\xc4", AudioFormat(Container.MP3, RATE))


@pytest.mark.slow
def test_the_sound_libraries_do_not_talk_where_there_is_no_device(tmp_path: Path) -> None:
    pytest.importorskip("miniaudio", reason="miniaudio is not installed", exc_type=ImportError)
    script = textwrap.dedent(PLAY).replace("os.environ", "{}")
    environment = {
        "HOME": str(tmp_path),
        "PYTHONPATH": str(Path.cwd()),
        "PULSE_SERVER": f"unix:{tmp_path}/no",
    }
    (tmp_path / ".asoundrc").write_text("pcm.!default { type hw card 99 }\n")
    command = [sys.executable, "-c", script, "miniaudio"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "Unavailable" in done.stderr
    assert "ALSA lib" not in done.stderr
