"""Long texts: fetched in parts, each paid for once, whatever happens in between."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import wave
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cloud.server import Server, serving
from tests.cloud.speller import KEYS, WORDS, Speller, heard, long_markup, said_in, spelled, without_blanks
from tests.conftest import Program

KILLS = 20
WEIGHING = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def plain(sentences: int) -> str:
    return "".join(
        f"Sentence {number} of many: 第{number}句话，价格是{number},000元。" for number in range(sentences)
    )


PLAIN = plain(3000)


def words_for(server: Server, file: Path, out: str, *more: str) -> Sequence[str]:
    return ("tts", "say", *WORDS, "--endpoint-url", server.url, "-f", str(file), "-o", out, *more)


def sound_of(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        return file.readframes(file.getnframes())


def kept_in(program: Program) -> list[Path]:
    folder = program.home / ".cache" / "voicectl" / "pieces"
    return sorted(folder.iterdir()) if folder.exists() else []


def killed(program: Program, words: Sequence[str], speller: Speller, chance: random.Random) -> int | None:
    """Kill the program when it has asked for some more pieces; return its exit code if it was done before."""
    speller.last.clear()
    goal = len(speller.times) + chance.randint(1, 5)
    running = subprocess.Popen(
        program.command(*words),
        env=program.environment(KEYS),
        cwd=program.home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while len(speller.times) < goal and running.poll() is None:
        time.sleep(0.002)
    time.sleep(chance.random() * 0.05)
    running.send_signal(signal.SIGKILL)
    code = running.wait()
    return None if code == -signal.SIGKILL else code


@pytest.mark.skipif(os.name == "nt", reason="nothing is killed like that on Windows")
def test_killed_again_and_again_it_pays_for_each_piece_once_and_ends_the_same(voicectl: Program) -> None:
    markup = long_markup(200_000)
    file = voicectl.home / "long.xml"
    file.write_text(markup, encoding="utf-8")
    speller, chance = Speller(seconds=0.02), random.Random(7)
    with serving(speller.judge()) as server:
        done = voicectl(*words_for(server, file, "whole.wav", "--ssml"), env=KEYS)
        assert done.returncode == 0, done.stderr
        pieces = Counter(speller.billed)
        assert set(pieces.values()) == {1}, "an unbroken run pays once"
        assert voicectl("cache", "clear").returncode == 0
        assert kept_in(voicectl) == []
        speller.billed.clear()
        may_be_twice: Counter[str] = Counter()
        words = words_for(server, file, "again.wav", "--ssml")
        for _ in range(KILLS):
            assert killed(voicectl, words, speller, chance) is None, "it was done before it was killed"
            assert not (voicectl.home / "again.wav").exists()
            # Of each connection the last answer may have been under way.
            may_be_twice.update(set(speller.last.values()))
        result = voicectl(*words, env=KEYS)
        assert result.returncode == 0, result.stderr
    assert speller.billed.keys() == pieces.keys()
    for piece, count in speller.billed.items():
        assert 1 <= count <= 1 + may_be_twice[piece], piece[:60]
    assert (voicectl.home / "again.wav").read_bytes() == (voicectl.home / "whole.wav").read_bytes()
    told = heard(sound_of(voicectl.home / "again.wav"))
    assert without_blanks(told) == without_blanks(said_in(markup))
    assert json.loads(result.stdout)["chunks"] == len(pieces)
    assert len([path for path in kept_in(voicectl) if path.suffix == ".piece"]) == len(pieces)


def test_a_hundred_pieces_open_as_many_connections_as_there_are_jobs(voicectl: Program) -> None:
    file = voicectl.home / "text.txt"
    text = plain(8000)
    file.write_text(text, encoding="utf-8")
    speller = Speller(seconds=0.005)
    with serving(speller.judge()) as server:
        done = voicectl(*words_for(server, file, "x.wav", "--jobs", "3"), env=KEYS)
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        assert result["chunks"] == speller.billed.total() > 100
        assert server.connections == 3
    assert result["billed_characters"] == sum(len(text) for text in speller.billed.elements())
    assert len(set(result["request_ids"])) == result["chunks"]
    assert without_blanks(heard(sound_of(voicectl.home / "x.wav"))) == without_blanks(text)


def test_a_failure_in_the_middle_says_what_is_kept_and_the_same_command_goes_on(voicectl: Program) -> None:
    file = voicectl.home / "text.txt"
    file.write_text(PLAIN, encoding="utf-8")
    speller = Speller(fails_after=10)
    with serving(speller.judge()) as server:
        words = words_for(server, file, "x.wav", "--retries", "0")
        done = voicectl(*words, env=KEYS)
        assert done.returncode == 75
        found = re.search(r"(\d+) of (\d+) pieces are kept: the same command goes on from there", done.stderr)
        assert found, done.stderr
        assert found[1] == "10"
        assert not (voicectl.home / "x.wav").exists()
        if os.name != "nt":
            assert {path.stat().st_mode & 0o777 for path in kept_in(voicectl)} == {0o600}
        speller.fails_after = None
        again = voicectl(*words, env=KEYS)
    assert again.returncode == 0, again.stderr
    assert set(speller.billed.values()) == {1}
    assert json.loads(again.stdout)["chunks"] == int(found[2])


@pytest.mark.parametrize("place", ["switched off", "no home", "read-only"])
def test_without_a_cache_it_works_all_the_same(voicectl: Program, place: str) -> None:
    file = voicectl.home / "text.txt"
    file.write_text(PLAIN, encoding="utf-8")
    out = voicectl.home / "x.wav"
    environ = {
        "switched off": {"VOICECTL_NO_CACHE": "1"},
        "no home": {"HOME": ""},
        "read-only": {"VOICECTL_CACHE_DIR": "/proc/voicectl"},
    }[place]
    speller = Speller()
    with serving(speller.judge()) as server:
        done = voicectl(*words_for(server, file, str(out), "--verbose"), env={**KEYS, **environ})
    assert done.returncode == 0, done.stderr
    assert "no sound is kept for another run: " in done.stderr
    assert without_blanks(heard(sound_of(out))) == without_blanks(PLAIN)


def test_a_damaged_piece_is_fetched_again(voicectl: Program) -> None:
    file = voicectl.home / "text.txt"
    file.write_text(PLAIN, encoding="utf-8")
    speller = Speller(fails_after=8)
    with serving(speller.judge()) as server:
        words = words_for(server, file, "x.wav", "--retries", "0")
        voicectl(*words, env=KEYS)
        kept = kept_in(voicectl)
        kept[0].write_bytes(kept[0].read_bytes()[:-40])
        content = bytearray(kept[1].read_bytes())
        content[100] ^= 1
        kept[1].write_bytes(content)
        speller.fails_after = None
        done = voicectl(*words, env=KEYS)
    assert done.returncode == 0, done.stderr
    assert sorted(speller.billed.values())[-3:] == [1, 2, 2]
    assert without_blanks(heard(sound_of(voicectl.home / "x.wav"))) == without_blanks(PLAIN)


def test_two_processes_on_the_same_text_do_not_disturb_each_other(voicectl: Program) -> None:
    file = voicectl.home / "text.txt"
    file.write_text(PLAIN, encoding="utf-8")
    speller = Speller(seconds=0.02)
    with serving(speller.judge()) as server:
        running = [
            subprocess.Popen(
                voicectl.command(*words_for(server, file, f"{name}.wav")),
                env=voicectl.environment(KEYS),
                cwd=voicectl.home,
                stdout=subprocess.DEVNULL,
            )
            for name in ("a", "b")
        ]
        assert [each.wait() for each in running] == [0, 0]
    assert (voicectl.home / "a.wav").read_bytes() == (voicectl.home / "b.wav").read_bytes()
    assert {path.suffix for path in kept_in(voicectl)} == {".piece"}


def test_the_first_piece_is_heard_while_later_ones_are_fetched(voicectl: Program) -> None:
    file = voicectl.home / "text.txt"
    file.write_text(PLAIN, encoding="utf-8")
    speller = Speller(seconds=0.15)
    with serving(speller.judge()) as server:
        done = voicectl(*words_for(server, file, "x.wav"), env=KEYS)
        result = json.loads(done.stdout)
    assert result["first_audio_ms"] * 3 < result["total_ms"]


def test_a_reader_that_goes_away_stops_the_fetching(voicectl: Program) -> None:
    file = voicectl.home / "text.txt"
    file.write_text(plain(8000), encoding="utf-8")
    speller = Speller(seconds=0.02)
    with serving(speller.judge()) as server:
        running = subprocess.Popen(
            voicectl.command(*words_for(server, file, "-", "--format", "pcm")),
            env=voicectl.environment(KEYS),
            cwd=voicectl.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert running.stdout
        start = running.stdout.read(3000)
        running.stdout.close()
        assert running.wait(20) == 141
        asked = speller.billed.total()
    assert spelled(PLAIN).startswith(start)
    # 4 on the wire, and the bounded number ahead of the listener.
    assert asked < 60, "nobody listened any more"


@pytest.mark.skipif(os.name == "nt", reason="Windows counts memory in another way")
def test_an_hour_of_sound_fits_into_80_megabytes(voicectl: Program) -> None:
    file = voicectl.home / "text.txt"
    file.write_text(PLAIN[:50_000], encoding="utf-8")
    with serving(Speller(samples_a_sign=3600 * 16000 // 50_000 + 20).judge()) as server:
        # A process counts the memory of whoever started it as well: a small one starts it.
        done = subprocess.run(
            [sys.executable, "-c", WEIGHING, *voicectl.command(*words_for(server, file, "x.wav"))],
            env=voicectl.environment(KEYS),
            cwd=voicectl.home,
            capture_output=True,
            check=True,
        )
    assert json.loads(done.stdout)["duration_seconds"] > 3600
    assert int(done.stderr) < 80 * 1024


def test_when_one_request_is_told_to_wait_all_wait(voicectl: Program) -> None:
    file = voicectl.home / "text.txt"
    file.write_text(PLAIN, encoding="utf-8")
    speller = Speller(seconds=0.01, rests_after=8)
    with serving(speller.judge()) as server:
        done = voicectl(*words_for(server, file, "x.wav"), env=KEYS)
    assert done.returncode == 0, done.stderr
    told = speller.times[7]
    assert [at for at in speller.times if told + 0.1 < at < told + 0.95] == []
    assert set(speller.billed.values()) == {1}


def test_a_dry_run_shows_the_request_of_each_piece_and_sends_none(voicectl: Program) -> None:
    file = voicectl.home / "text.txt"
    file.write_text(PLAIN, encoding="utf-8")
    with serving(Speller().judge()) as server:
        done = voicectl(*words_for(server, file, "x.wav", "--dry-run"), env=KEYS)
        assert server.connections == 0
    requests = json.loads(done.stdout)["requests"]
    assert "".join(json.loads(each["body"])["Text"] for each in requests) == PLAIN
    assert kept_in(voicectl) == []


def test_jobs_are_at_least_one(voicectl: Program) -> None:
    assert voicectl("say", "hi", "-o", "x.wav", "--jobs", "0").returncode == 2


def test_ctrl_c_leaves_whole_pieces_and_nothing_else(voicectl: Program) -> None:
    file = voicectl.home / "text.txt"
    file.write_text(PLAIN, encoding="utf-8")
    speller = Speller(seconds=0.1)
    with serving(speller.judge()) as server:
        running = subprocess.Popen(
            voicectl.command(*words_for(server, file, "x.wav")),
            env=voicectl.environment(KEYS),
            cwd=voicectl.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        while len(speller.times) < 12:
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        _, talk = running.communicate(timeout=10)
    assert running.returncode == 130
    assert b"Traceback" not in talk
    assert {path.suffix for path in kept_in(voicectl)} == {".piece"}
