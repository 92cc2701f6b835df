"""What speech will cost is told by each vendor's rule before anything is sent, and bounds on it hold."""

from __future__ import annotations

import json

import pytest

from tests.cloud.server import serving
from tests.cloud.speller import KEYS, WORDS, Speller
from tests.conftest import Program
from voicectl.cli.help_words import RESULTS

PLAIN = "Hello, world! 你好，世界。 カナ 한글 😀 & done"
MARKUP = '<speak><p>你好 &amp; <break time="1s"/>hi</p></speak>'
SAID = "你好 & hi"
AWS = ("--vendor", "aws", "-v", "Joanna")
NLS = {"ALIYUN_NLS_TOKEN": "EXAMPLE", "ALIYUN_NLS_APPKEY": "EXAMPLE"}
COSY = {"DASHSCOPE_API_KEY": "sk-EXAMPLE"}
VOLC = {"VOLC_SPEECH_API_KEY": "EXAMPLE"}
TENCENT = {"TENCENTCLOUD_SECRET_ID": "AKIDEXAMPLE", "TENCENTCLOUD_SECRET_KEY": "EXAMPLE"}
HAN = 4
"""Signs of PLAIN that are Han: neither punctuation nor kana nor Hangul."""

RULES: dict[str, tuple[tuple[str, ...], dict[str, str], str, int, int]] = {
    "polly counts characters": (AWS, KEYS, PLAIN, len(PLAIN), 1),
    "polly counts no tags": ((*AWS, "--ssml"), KEYS, MARKUP, len(SAID), 1),
    "polly bills the times of words as well": (
        (*AWS, "--subtitles", "x.srt"),
        KEYS,
        PLAIN,
        2 * len(PLAIN),
        2,
    ),
    "nls counts each sign once": (
        ("--vendor", "aliyun", "--engine", "nls-rest"),
        NLS,
        PLAIN,
        len(PLAIN),
        1,
    ),
    "cosyvoice counts Han signs twice": (
        ("--vendor", "aliyun", "--engine", "cosyvoice-v2"),
        COSY,
        PLAIN,
        len(PLAIN) + HAN,
        1,
    ),
    "cosyvoice counts no tags": (
        ("--vendor", "aliyun", "--engine", "cosyvoice-v2", "--ssml"),
        COSY,
        MARKUP,
        len(SAID) + 2,
        1,
    ),
    "volcengine counts each sign once": (("--vendor", "volcengine"), VOLC, PLAIN, len(PLAIN), 1),
    "tencent counts each sign once": (("--vendor", "tencent"), TENCENT, PLAIN, len(PLAIN), 1),
    "openai counts each sign once": (
        ("--vendor", "openai"),
        {"OPENAI_API_KEY": "sk-EXAMPLE"},
        PLAIN,
        len(PLAIN),
        1,
    ),
    "this machine bills nothing": (("--vendor", "local"), {}, "Hello, world!", 0, 0),
}


def estimated(program: Program, text: str, *more: str, **env: str) -> dict[str, object]:
    done = program("say", text, "--estimate", *more, env=env)
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("rule", RULES)
def test_characters_are_counted_by_the_vendors_own_rule(voicectl: Program, rule: str) -> None:
    words, keys, text, billed, requests = RULES[rule]
    found = estimated(voicectl, text, *words, **keys)
    assert (found["billed_characters"], found["requests"]) == (billed, requests)
    assert found["characters"] == len(text)
    assert tuple(found) == RESULTS["tts say --estimate"]


def test_a_long_text_takes_as_many_requests_as_it_has_pieces(voicectl: Program) -> None:
    text = "This is a sentence of the text. " * 300
    with serving(Speller().judge()) as server:
        place = ("--endpoint-url", server.url)
        found = estimated(voicectl, text, *WORDS, *place, **KEYS)
        assert server.connections == 0
        done = voicectl("say", text, "-o", "x.wav", *WORDS, *place, env=KEYS)
        result = json.loads(done.stdout)
        asked = len(server.requests)
        again = estimated(voicectl, text, *WORDS, *place, **KEYS)
    assert (found["requests"], found["chunks"]) == (asked, result["chunks"]) == (2, 4), (
        "said twice, asked once"
    )
    assert found["billed_characters"] == result["billed_characters"]
    assert (again["billed_characters"], again["requests"], again["cached_chunks"]) == (0, 0, 4)


def test_a_price_comes_from_the_profile_alone(voicectl: Program) -> None:
    add = ("profile", "add", "x", "--vendor", "aws", "--region", "us-east-1", "--store", "file")
    fields = ("--set", "access_key_id=AKIDEXAMPLE", "--set", "price.per_million=16", "--secret-stdin")
    assert voicectl(*add, *fields, stdin="EXAMPLE").returncode == 0
    found = estimated(voicectl, "x" * 2500, "-p", "x")
    assert (found["price_per_million"], found["cost"]) == (16, 0.04)
    assert estimated(voicectl, "hi", "--vendor", "volcengine", **VOLC)["cost"] is None
    too_much = voicectl("say", "x" * 2500, "-o", "x.wav", "-p", "x", "--max-cost", "0.039")
    assert (too_much.returncode, "about 0.04" in too_much.stderr) == (6, True)


@pytest.mark.parametrize(
    ("bound", "code"),
    [
        (("--max-characters", "5"), 0),
        (("--max-characters", "4"), 6),
        (("--max-cost", "100"), 78),
        (("--max-characters", "4", "--estimate"), 6),
        (("--max-cost", "-1"), 2),
        (("--max-characters", "4", "--dry-run"), 6),
    ],
    ids=str,
)
def test_a_bound_stops_before_the_first_request(voicectl: Program, bound: tuple[str, ...], code: int) -> None:
    with serving(Speller().judge()) as server:
        words = ("say", "hello", "-o", "x.wav", *WORDS, "--endpoint-url", server.url, *bound)
        done = voicectl(*words, env=KEYS)
        assert (done.returncode, server.connections) == (code, int(not code)), done.stderr
    assert (voicectl.home / "x.wav").exists() == (code == 0)


def test_what_is_in_the_cache_counts_for_no_bound(voicectl: Program) -> None:
    with serving(Speller().judge()) as server:
        words = ("say", "hello", "-o", "x.wav", *WORDS, "--endpoint-url", server.url)
        assert voicectl(*words, env=KEYS).returncode == 0
        assert voicectl(*words, "--max-characters", "0", env=KEYS).returncode == 0


def test_a_file_that_is_left_alone_costs_nothing(voicectl: Program) -> None:
    (voicectl.home / "x.wav").write_bytes(b"here")
    words = ("say", "hello", "-o", "x.wav", *WORDS, "--if-exists", "skip", "--max-characters", "0")
    assert voicectl(*words, env=KEYS).returncode == 0


def test_a_text_that_is_still_to_come_cannot_be_counted(voicectl: Program) -> None:
    words = ("say", "--live", "-o", "x.wav", "--vendor", "volcengine", "--estimate")
    done = voicectl(*words, stdin="hello", env=VOLC)
    assert (done.returncode, "--live" in done.stderr) == (2, True)


def test_a_price_that_is_no_number_is_named(voicectl: Program) -> None:
    folder = voicectl.home / ".config" / "voicectl"
    folder.mkdir(parents=True, mode=0o700)
    file = folder / "profiles.toml"
    file.write_text(
        '[profile.x]\nvendor = "aws"\nregion = "us-east-1"\n[profile.x.price]\nper_million = "much"\n'
    )
    file.chmod(0o600)
    done = voicectl("say", "hi", "-o", "x.wav", "-p", "x", "--max-cost", "1", env=KEYS)
    assert (done.returncode, "'much'" in done.stderr) == (78, True), done.stderr


ROWS = '{"id": "a", "text": "Hello"}\n{"id": "b", "text": "you"}\n{"text": ""}\n'
BATCH = ("tts", "batch", "-", "--out-dir", "out", *AWS)


def test_a_batch_is_counted_whole_before_anything_is_sent(voicectl: Program) -> None:
    done = voicectl(*BATCH, "--estimate", "--max-characters", "8", stdin=ROWS, env=KEYS)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["rows"], found["bad_rows"], found["billed_characters"], found["requests"]) == (3, 1, 8, 2)
    assert tuple(found) == RESULTS["tts batch --estimate"]
    assert not (voicectl.home / "out").exists()


@pytest.mark.parametrize(("most", "code"), [("7", 6), ("8", 0)])
def test_a_batch_beyond_its_bound_sends_nothing(voicectl: Program, most: str, code: int) -> None:
    with serving(Speller()) as server:
        words = (*BATCH, "--endpoint-url", server.url, "--max-characters", most)
        done = voicectl(*words, stdin=ROWS.splitlines()[0] + "\n" + ROWS.splitlines()[1], env=KEYS)
        assert done.returncode == code, done.stderr
        assert len(server.requests) == (0 if code else 2)


def test_what_an_earlier_run_has_done_costs_nothing_more(voicectl: Program) -> None:
    (voicectl.home / "rows.jsonl").write_text("\n".join(ROWS.splitlines()[:2]))
    with serving(Speller()) as server:
        words = ("tts", "batch", "rows.jsonl", *BATCH[3:], "--endpoint-url", server.url)
        assert voicectl(*words, env=KEYS).returncode == 0
        (voicectl.home / "out" / "b.wav").unlink()
        for more, left_alone, billed in ((("--resume",), 1, 3), ((), 0, 8), (("--if-exists", "skip"), 1, 3)):
            done = voicectl(*words, *more, "--estimate", "--no-cache", env=KEYS)
            found = json.loads(done.stdout)
            assert (found["left_alone"], found["billed_characters"]) == (left_alone, billed)
        assert len(server.requests) == 2
        bounded = voicectl(*words, "--resume", "--max-characters", "3", "--no-cache", env=KEYS)
        assert json.loads(bounded.stdout.splitlines()[-1])["summary"]["skipped"] == 1


def test_a_bound_on_the_cost_of_a_batch_needs_a_price(voicectl: Program) -> None:
    done = voicectl(*BATCH, "--max-cost", "1", stdin=ROWS, env=KEYS)
    assert done.returncode == 78
