"""What was paid for once is not paid for again: the cache of sounds, by the real program."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cloud.nls import APPKEY
from tests.cloud.nls_talk import nls_talking
from tests.cloud.server import Server, serving
from tests.cloud.speller import KEYS, WORDS, Speller, spelled
from tests.conftest import Program
from voicectl.cli.help_words import RESULTS

TEXT = "Hello there, 你好。"


def say(program: Program, server: Server, *more: str, text: str = TEXT, **env: str) -> dict[str, object]:
    """Say a text into x.wav, and return the result."""
    words = ("say", text, "-o", "x.wav", *WORDS, "--endpoint-url", server.url, *more)
    done = program(*words, env={**KEYS, **env})
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout)
    return result


def pieces(program: Program) -> list[Path]:
    folder = program.home / ".cache" / "voicectl" / "pieces"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_the_second_time_nothing_is_sent_or_billed_and_the_file_is_the_same(voicectl: Program) -> None:
    with serving(Speller().judge()) as server:
        first = say(voicectl, server)
        sound = (voicectl.home / "x.wav").read_bytes()
        (voicectl.home / "x.wav").unlink()
        again = say(voicectl, server)
        assert len(server.requests) == 1
    assert (first["cached"], first["billed_characters"]) == (False, len(TEXT))
    assert (again["cached"], again["billed_characters"], again["request_ids"]) == (True, 0, [])
    assert (voicectl.home / "x.wav").read_bytes() == sound
    same = ("voice", "format", "sample_rate", "characters", "duration_seconds", "bytes", "chunks")
    assert [again[name] for name in same] == [first[name] for name in same]


def test_another_account_gets_what_this_one_paid_for(voicectl: Program) -> None:
    with serving(Speller().judge()) as server:
        say(voicectl, server)
        assert say(voicectl, server, AWS_ACCESS_KEY_ID="AKIDother", AWS_SECRET_ACCESS_KEY="EXAMPLE")["cached"]


@pytest.mark.parametrize(
    "more",
    [
        ("--voice", "Matthew"),
        ("--rate", "1.5"),
        ("--engine", "neural"),
        ("--sample-rate", "8000"),
        ("--format", "mp3", "--if-exists", "skip"),
        ("--param", "LexiconNames=words"),
        ("--ssml",),
    ],
    ids=lambda more: more[0],
)
def test_what_is_asked_for_in_another_way_is_another_sound(voicectl: Program, more: tuple[str, ...]) -> None:
    text = f"<speak>{TEXT}</speak>"
    words = ("say", text, "-o", "x.wav", *WORDS)
    with serving(Speller().judge()) as server:
        say(voicectl, server, text=text)
        place = ("--endpoint-url", server.url)
        plain = voicectl(*words, *place, "--estimate", env=KEYS)
        other = voicectl(*words, *place, "--estimate", *more, env=KEYS)
    assert json.loads(plain.stdout)["cached_chunks"] == 1, plain.stderr
    assert json.loads(other.stdout)["cached_chunks"] == 0, other.stderr


def test_a_server_of_ones_own_has_sounds_of_its_own(voicectl: Program) -> None:
    with serving(Speller().judge()) as one, serving(Speller().judge()) as two:
        say(voicectl, one)
        assert not say(voicectl, two)["cached"]


@pytest.mark.parametrize(("more", "env"), [(("--no-cache",), {}), ((), {"VOICECTL_NO_CACHE": "1"})])
def test_without_the_cache_nothing_is_taken_from_it_or_added(
    voicectl: Program, more: tuple[str, ...], env: dict[str, str]
) -> None:
    with serving(Speller().judge()) as server:
        say(voicectl, server)
        before = [(path.name, path.stat().st_mtime_ns) for path in pieces(voicectl)]
        assert not say(voicectl, server, *more, **env)["cached"]
        assert not say(voicectl, server, *more, text="Something else.", **env)["cached"]
        assert len(server.requests) == 3
    assert [(path.name, path.stat().st_mtime_ns) for path in pieces(voicectl)] == before


def test_without_storing_what_is_there_is_taken_and_nothing_new_stays(voicectl: Program) -> None:
    with serving(Speller().judge()) as server:
        say(voicectl, server)
        assert say(voicectl, server, "--no-store")["cached"]
        for _ in range(2):
            assert not say(voicectl, server, "--no-store", text="Something else.")["cached"]
    assert len(pieces(voicectl)) == 1


def test_files_are_ours_alone_and_their_names_tell_nothing(voicectl: Program) -> None:
    with serving(Speller().judge()) as server:
        say(voicectl, server, text="secret words")
    (path,) = pieces(voicectl)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert "secret" not in path.name
    assert path.stem.isalnum()


def test_a_dry_run_says_what_is_there_and_shows_no_request_for_it(voicectl: Program) -> None:
    with serving(Speller().judge()) as server:
        words = ("say", TEXT, "-o", "x.wav", *WORDS, "--endpoint-url", server.url, "--dry-run")
        before = voicectl(*words, env=KEYS)
        say(voicectl, server)
        after = voicectl(*words, env=KEYS)
    assert len(json.loads(before.stdout)["requests"]) == 1
    assert json.loads(after.stdout) == {"requests": []}
    assert "in the cache and take no request: 1" in after.stderr


@pytest.mark.parametrize(
    "harm",
    [lambda data: data[:-9], lambda data: data[:90] + b"!" + data[91:], lambda data: b""],
    ids=["cut", "changed", "empty"],
)
def test_a_broken_sound_is_dropped_and_fetched_again(
    voicectl: Program, harm: Callable[[bytes], bytes]
) -> None:
    text = TEXT * 20
    with serving(Speller().judge()) as server:
        say(voicectl, server, text=text)
        sound = (voicectl.home / "x.wav").read_bytes()
        (path,) = pieces(voicectl)
        path.write_bytes(harm(path.read_bytes()))
        assert not say(voicectl, server, text=text)["cached"]
        assert (voicectl.home / "x.wav").read_bytes() == sound
        assert say(voicectl, server, text=text)["cached"]


@pytest.mark.skipif(os.name == "nt", reason="nothing is killed like that on Windows")
def test_killed_while_it_writes_it_leaves_no_half_sound(voicectl: Program) -> None:
    chance, text = random.Random(3), TEXT * 100
    speller = Speller(seconds=0.1, samples_a_sign=40)
    with serving(speller.judge()) as server:
        words = ("say", text, "-o", "x.wav", *WORDS, "--endpoint-url", server.url)
        for _ in range(10):
            speller.times.clear()
            running = subprocess.Popen(
                voicectl.command(*words),
                env=voicectl.environment(KEYS),
                cwd=voicectl.home,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            while not speller.times and running.poll() is None:
                time.sleep(0.002)
            time.sleep(chance.random() * 0.13)
            running.send_signal(signal.SIGKILL)
            running.wait()
        result = say(voicectl, server, text=text)
    assert result["bytes"] == 44 + 40 * len(spelled(text))
    assert json.loads(voicectl("cache", "stats").stdout)["sounds"] == 1


def test_many_who_write_the_same_sound_leave_one_that_is_whole(voicectl: Program) -> None:
    text = TEXT * 100
    with serving(Speller(seconds=0.05, samples_a_sign=20).judge()) as server:
        running = [
            subprocess.Popen(
                voicectl.command("say", text, "-o", f"{name}.wav", *WORDS, "--endpoint-url", server.url),
                env=voicectl.environment(KEYS),
                cwd=voicectl.home,
                stdout=subprocess.DEVNULL,
            )
            for name in range(4)
        ]
        assert [each.wait() for each in running] == [0] * 4
        assert len({(voicectl.home / f"{name}.wav").read_bytes() for name in range(4)}) == 1
        assert len(pieces(voicectl)) == 1
        assert say(voicectl, server, text=text)["cached"]


def test_stats_and_clear(voicectl: Program) -> None:
    with serving(Speller().judge()) as server:
        say(voicectl, server)
        found = json.loads(voicectl("cache", "stats").stdout)
        assert (found["sounds"], found["unfinished"], found["voices"]) == (1, 0, 1)
        assert tuple(found) == RESULTS["cache stats"]
        assert 0 < found["bytes"] < found["most_bytes"]
        assert json.loads(voicectl("cache", "clear").stdout)["sounds"] == 1
        assert pieces(voicectl) == []
        assert json.loads(voicectl("cache", "stats").stdout)["voices"] == 0
        assert not say(voicectl, server)["cached"]
    assert voicectl("cache", "stats", env={"HOME": ""}).returncode == 0
    assert voicectl("cache", "clear", env={"HOME": ""}).returncode == 0


def test_a_voice_that_has_spoken_is_offered_at_tab_and_one_that_failed_is_not(voicectl: Program) -> None:
    known = voicectl.home / ".cache" / "voicectl" / "complete" / "voices"
    with serving(Speller(fails_after=1).judge()) as server:
        say(voicectl, server)
        words = ("say", "other", "-o", "x.wav", "--vendor", "aws", "-v", "Brian", "--retries", "0")
        assert voicectl(*words, "--endpoint-url", server.url, env=KEYS).returncode == 75
    assert known.read_text() == "Joanna\n"


def test_what_this_machine_speaks_itself_is_not_kept(voicectl: Program) -> None:
    done = voicectl("say", "hello", "-o", "x.wav")
    assert (done.returncode, json.loads(done.stdout)["cached"]) == (0, False)
    assert pieces(voicectl) == []


def test_people_are_told_what_was_billed(voicectl: Program) -> None:
    words = ("say", TEXT, "-o", "x.wav", *WORDS, "-O", "text")
    with serving(Speller().judge()) as server:
        told = [voicectl(*words, "--endpoint-url", server.url, env=KEYS).stdout for _ in range(2)]
    assert f"{len(TEXT)} characters billed" in told[0]
    assert told[1].endswith(", cached)\n")


def test_the_same_500_lines_again_take_no_request(voicectl: Program) -> None:
    rows = "".join(
        json.dumps({"id": str(number), "text": f"Line number {number}."}) + "\n" for number in range(500)
    )
    with serving(Speller().judge()) as server:
        place = (*WORDS, "--endpoint-url", server.url, "--rate-limit", "10000")
        for folder, asked in (("one", 500), ("two", 0)):
            before = len(server.requests)
            done = voicectl("tts", "batch", "-", "--out-dir", folder, *place, stdin=rows, env=KEYS)
            assert done.returncode == 0, done.stderr
            assert len(server.requests) - before == asked
    names = {path.name for path in (voicectl.home / "one").glob("*.wav")}
    assert len(names) == 500
    for name in names:
        assert (voicectl.home / "one" / name).read_bytes() == (voicectl.home / "two" / name).read_bytes()


def test_what_lies_in_the_cache_needs_no_key_and_no_network(voicectl: Program) -> None:
    with serving(Speller().judge()) as server:
        say(voicectl, server)
    words = ("say", TEXT, "-o", "again.wav", *WORDS, "--endpoint-url", server.url)
    done = voicectl(*words, env={"AWS_REGION": "us-east-1"})
    assert (done.returncode, json.loads(done.stdout)["cached"]) == (0, True), done.stderr


def test_subtitles_come_from_the_cache_as_well(voicectl: Program) -> None:
    nls_keys = {"ALIYUN_NLS_TOKEN": "EXAMPLE-token", "ALIYUN_NLS_APPKEY": APPKEY}
    with nls_talking() as (socket, server):
        socket.nls.tokens["EXAMPLE-token"] = socket.nls.now() + socket.nls.token_life
        words = ("say", TEXT, "--vendor", "aliyun", "--engine", "nls-ws", "--endpoint-url", server.url)
        for name in ("a", "b"):
            done = voicectl(*words, "-o", f"{name}.wav", "--subtitles", f"{name}.srt", env=nls_keys)
            assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["cached"]
    assert len(socket.spoken) == 1
    assert (voicectl.home / "a.srt").read_text() == (voicectl.home / "b.srt").read_text() != ""
