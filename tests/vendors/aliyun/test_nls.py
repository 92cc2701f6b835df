"""`voicectl say` through NLS as a shell meets it, against a cloud that Aliyun's own SDK guards."""

from __future__ import annotations

import json
import time
import wave
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cloud.nls import APPKEY, KEY, Nls, no
from tests.cloud.nls_account import Customer, customer_of
from tests.cloud.server import Answer, Respond
from tests.cloud.sounds import mp3, seconds_of, wav
from tests.conftest import Program
from tests.transport.faults import FAULTS, refused_port

MPEG = ("Content-Type", "audio/mpeg")
ID_OF_KEY = "ALIBABA_CLOUD_ACCESS_KEY_ID"
SECRET_OF_KEY = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"


@pytest.fixture
def customer(voicectl: Program) -> Iterator[Customer]:
    with customer_of(voicectl) as made:
        yield made


def seconds(path: Path) -> float:
    with wave.open(str(path)) as sound:
        return sound.getnframes() / sound.getframerate()


def test_chinese_english_and_emoji_become_one_sound_and_a_result(customer: Customer) -> None:
    text = "你好，世界！Hello from voicectl, 3 < 4 & so on. 😀👍🏽"
    done = customer.say(text, "a.wav", "--rate", "1.25", "--volume", "80%")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["vendor"], result["voice"], result["request_ids"]) == ("aliyun", "xiaoyun", ["task-1"])
    assert seconds(customer.home / "a.wav") == pytest.approx(seconds_of(text), abs=0.01)
    [sent] = customer.nls.spoken
    assert sent == {
        "appkey": APPKEY,
        "text": text,
        "format": "wav",
        "sample_rate": 16000,
        "voice": "xiaoyun",
        "speech_rate": 200,
        "volume": 40,
    }


@pytest.mark.parametrize(("name", "form"), [("a.mp3", "mp3"), ("a.pcm", "wav")])
def test_each_format_arrives_though_all_is_labelled_mpeg(customer: Customer, name: str, form: str) -> None:
    done = customer.say("x", name, "--sample-rate", "8000")
    assert done.returncode == 0, done.stderr
    assert [(sent["format"], sent["sample_rate"]) for sent in customer.nls.spoken] == [(form, 8000)]
    sound = (customer.home / name).read_bytes()
    assert sound == (mp3(0.2, 8000) if form == "mp3" else wav(0.2, 8000)[44:])


@pytest.mark.parametrize("name", ["long.wav", "long.mp3"])
def test_a_long_text_goes_in_parts_that_lose_nothing(customer: Customer, name: str) -> None:
    text = "这是一个很长的故事，从前有一座山。" * 40
    done = customer.say(text, name)
    assert done.returncode == 0, done.stderr
    parts = [str(sent["text"]) for sent in customer.nls.spoken]
    assert ("".join(parts), max(map(len, parts)) <= 300) == (text, True)
    assert json.loads(done.stdout)["duration_seconds"] == pytest.approx(len(text) * 0.02, abs=0.2)


def test_two_runs_share_one_token(customer: Customer) -> None:
    assert [customer.say("x", name).returncode for name in ("a.wav", "b.wav")] == [0, 0]
    assert (len(customer.nls.created), len(customer.nls.spoken)) == (1, 2)


def test_a_token_that_died_early_is_renewed_once_and_the_request_repeated_once(customer: Customer) -> None:
    customer.say("x", "a.wav")
    customer.nls.forget_tokens()
    done = customer.say("x", "b.wav")
    assert done.returncode == 0, done.stderr
    assert (len(customer.nls.created), len(customer.nls.spoken)) == (2, 2)
    assert len(customer.nls.heard) == 3
    assert customer.say("x", "c.wav").returncode == 0
    assert len(customer.nls.created) == 2


def test_a_token_near_its_end_is_renewed_before_it_is_refused(customer: Customer) -> None:
    customer("token", "refresh")
    [kept] = customer.home.rglob("tokens/*.json")
    now = datetime.now(UTC)
    times = {"issued_at": now - timedelta(hours=12), "expires_at": now + timedelta(seconds=60)}
    written = {name: time.isoformat() for name, time in times.items()}
    kept.write_text(json.dumps({**json.loads(kept.read_text()), **written}))
    assert customer.say("x", "a.wav").returncode == 0
    assert (len(customer.nls.created), customer.nls.refused) == (2, [])


def test_a_gateway_that_takes_no_token_is_tried_exactly_twice(customer: Customer) -> None:
    customer.nls.knows_no_token = True
    done = customer.say("x", "a.wav", "-O", "json")
    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert (done.returncode, error["kind"], error["exit_code"]) == (77, "token", 77)
    assert (error["vendor_code"], error["request_id"], error["vendor"]) == ("40000001", "task-no", "aliyun")
    assert (len(customer.nls.created), len(customer.nls.heard)) == (2, 2)
    assert not any(token in done.stderr for token in customer.nls.created)


def test_a_ready_token_needs_no_key_and_is_never_renewed(customer: Customer) -> None:
    token = "EXAMPLE-ready-token-0001"
    customer.nls.tokens[token] = datetime.now(UTC) + timedelta(hours=1)
    without_keys = {ID_OF_KEY: "", SECRET_OF_KEY: "", "ALIYUN_NLS_TOKEN": token}
    assert customer.say("x", "a.wav", **without_keys).returncode == 0
    customer.nls.forget_tokens()
    done = customer.say("x", "b.wav", **without_keys)
    assert (done.returncode, "ALIYUN_NLS_TOKEN" in done.stderr, token in done.stderr) == (77, True, False)
    assert (customer.nls.created, customer.nls.heard) == ([], [token, token])


def test_keys_of_a_named_profile_win_over_a_ready_token(customer: Customer) -> None:
    add = ("profile", "add", "x", "--vendor", "aliyun", "--store", "file", "--secret-stdin")
    fields = ("--set", f"access_key_id={KEY.key_id}", "--set", f"nls_appkey={APPKEY}")
    customer.program(*add, *fields, stdin=KEY.secret)
    other = {"ALIYUN_NLS_TOKEN": "EXAMPLE-token-of-another", "ALIYUN_NLS_APPKEY": "another"}
    done = customer.say("x", "a.wav", "--profile", "x", **other)
    assert done.returncode == 0, done.stderr
    assert customer.nls.heard == customer.nls.created


def test_with_a_kept_token_the_secret_is_not_even_looked_for(customer: Customer) -> None:
    add = ("profile", "add", "x", "--vendor", "aliyun", "--store", "file", "--secret-stdin")
    customer.program(*add, "--set", f"access_key_id={KEY.key_id}", stdin=KEY.secret)
    profile = ("--profile", "x")
    assert customer("token", "refresh", *profile).returncode == 0
    [secrets] = customer.home.rglob("secrets.json")
    secrets.unlink()
    assert customer.say("x", "a.wav", *profile).returncode == 0
    assert customer("token", "refresh", "--force", *profile).returncode == 77


@pytest.mark.parametrize("takes_tokens", [True, False])
def test_no_key_and_no_token_is_in_any_output_or_in_another_file(
    customer: Customer, takes_tokens: bool
) -> None:
    customer.nls.knows_no_token = not takes_tokens
    done = customer.say("x", "a.wav", "--debug", "--verbose", "--log-file", "log.jsonl")
    files = [path for path in customer.home.rglob("*") if path.is_file() and path.parent.name != "tokens"]
    told = done.stdout + done.stderr + "".join(path.read_text(errors="replace") for path in files)
    assert customer.nls.created
    assert [secret for secret in (KEY.secret, *customer.nls.created) if secret in told] == []
    actions = [json.loads(line)["action"] for line in (customer.home / "log.jsonl").read_text().splitlines()]
    assert actions == ["CreateToken", "SpeechSynthesizer"] * (1 if takes_tokens else 2)


def test_a_wrong_secret_is_77_with_the_vendors_code_and_what_is_wrong(customer: Customer) -> None:
    done = customer.say("x", "a.wav", **{SECRET_OF_KEY: "EXAMPLE-wrong"})
    assert done.returncode == 77
    assert "SignatureDoesNotMatch, request id: 4C467B38-EXAMPLE" in done.stderr
    assert "the secret is not that of this key id" in done.stderr
    assert "EXAMPLE-wrong" not in done.stderr
    assert customer.nls.judge.refusals == ["SignatureDoesNotMatch"]
    assert not (customer.home / "a.wav").exists()


def test_an_unknown_key_id_and_a_missing_permission_are_77(customer: Customer) -> None:
    done = customer.say("x", "a.wav", **{ID_OF_KEY: "LTAIEXAMPLE9999"})
    assert (done.returncode, "InvalidAccessKeyId.NotFound" in done.stderr) == (77, True)
    customer.nls.no_permission = True
    done = customer.say("x", "a.wav")
    assert (done.returncode, "40020503" in done.stderr, "AliyunNLSFullAccess" in done.stderr) == (
        77,
        True,
        True,
    )


def test_a_clock_that_is_off_is_corrected_once_by_the_servers(voicectl: Program) -> None:
    nls = Nls(now=lambda: datetime.now(UTC) + timedelta(hours=3))
    with customer_of(voicectl, nls) as customer:
        done = customer.say("x", "a.wav")
    assert done.returncode == 0, done.stderr
    assert (nls.judge.refusals, len(nls.created)) == (["InvalidTimeStamp.Expired"], 1)


def test_singapore_is_asked_in_its_own_version(voicectl: Program) -> None:
    with customer_of(voicectl, Nls(region="ap-southeast-1")) as customer:
        assert customer.say("x", "a.wav", "--region", "ap-southeast-1").returncode == 0


def test_the_two_services_may_each_have_an_endpoint_of_their_own(customer: Customer) -> None:
    with customer_of(customer.program) as other:
        fields = {
            "access_key_id": KEY.key_id,
            "nls_appkey": APPKEY,
            "endpoint.nls_meta": f"{other.server.url}",
            "endpoint.nls_gateway": f"{customer.server.url}",
        }
        words = [word for field in fields.items() for word in ("--set", "=".join(field))]
        add = ("profile", "add", "x", "--vendor", "aliyun", "--store", "file", "--secret-stdin")
        customer.program(*add, *words, stdin=KEY.secret)
        customer.nls.tokens = other.nls.tokens
        done = customer.say("x", "a.wav", "--profile", "x", VOICECTL_ENDPOINT_URL="")
    assert done.returncode == 0, done.stderr
    assert (len(other.nls.created), len(customer.nls.created), len(customer.nls.spoken)) == (1, 0, 1)


@pytest.mark.parametrize("is_cached", [False, True], ids=["no token yet", "a token"])
def test_a_dry_run_shows_the_requests_and_opens_no_socket(customer: Customer, is_cached: bool) -> None:
    if is_cached:
        assert customer("token", "refresh").returncode == 0
    came = customer.server.connections
    done = customer.say("你好", "a.wav", "--dry-run")
    requests = json.loads(done.stdout)["requests"]
    assert [request["method"] for request in requests] == ["POST"] if is_cached else ["GET", "POST"]
    assert requests[-1]["headers"]["X-NLS-Token"] == "***"
    assert ("Action=CreateToken" in requests[0]["url"]) is not is_cached
    assert (done.returncode, customer.server.connections - came) == (0, 0)
    assert not (customer.home / "a.wav").exists()


FAULTY: dict[str, tuple[Respond, int]] = {
    "cut at 40 %": (FAULTS["cut at 40 %"], 74),
    "wav shorter than it says": (lambda request: Answer(200, (MPEG,), wav(0.5)[:6000]), 74),
    "403": (FAULTS["403"], 77),
    "web page": (FAULTS["web page"], 74),
    "zero bytes": (FAULTS["zero bytes"], 74),
    "JSON error in 200": (lambda request: no(40000005, "Too many requests", http=200), 75),
    "JSON error in 200, unlabelled": (lambda request: Answer(200, (), no(40000003, "p").body), 76),
    "gzip garbage": (FAULTS["gzip garbage"], 74),
    "text": (lambda request: Answer(200, (("Content-Type", "text/plain"),), b"RIFF"), 74),
    "image": (lambda request: Answer(200, (("Content-Type", "image/png"),), wav(0.2)), 74),
    "mp3 for wav": (lambda request: Answer(200, (MPEG,), mp3(0.2)), 74),
    "429 for 1 s": (FAULTS["429 for 1 s"], 75),
    "429 for 60 s": (FAULTS["429 for 60 s"], 75),
    "500": (FAULTS["500"], 75),
    "hang": (FAULTS["hang"], 75),
    "refused port": (FAULTS["hang"], 69),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTY)
def test_sound_is_whole_or_there_is_no_file_and_an_older_one_stays(customer: Customer, fault: str) -> None:
    customer.nls.speaks, code = FAULTY[fault]
    old = customer.home / "old.wav"
    old.write_bytes(b"older")
    customer("token", "refresh")
    if fault == "refused port":
        settings = {
            "VOICECTL_ENDPOINT_URL": f"http://127.0.0.1:{refused_port()}",
            "ALIYUN_NLS_TOKEN": "EXAMPLE",
        }
    else:
        settings = {}
    for name in ("old.wav", "new.wav"):
        tries = len(customer.nls.heard)
        started = time.monotonic()
        done = customer.say("你好", name, "--retries", "0", "--timeout", "0.5", **settings)
        assert done.returncode == code, done.stderr
        assert time.monotonic() - started < 4
        # A token that is refused is the one thing that is cured by a second try.
        assert len(customer.nls.heard) - tries == {"403": 2, "refused port": 0}.get(fault, 1)
    left = [path.name for path in customer.home.iterdir() if not path.name.startswith(".")]
    assert (left, old.read_bytes()) == (["old.wav"], b"older")


@pytest.mark.slow
def test_fifty_processes_with_a_dead_token_make_one_new_one(customer: Customer) -> None:
    import subprocess

    customer.nls.token_life = timedelta(seconds=1)
    customer.say("x", "first.wav")
    customer.nls.token_life = timedelta(hours=24)
    time.sleep(1)
    running = [
        subprocess.Popen(
            customer.program.command("say", "x", "-o", f"{number}.wav"),
            env=customer.program.environment(),
            cwd=customer.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for number in range(50)
    ]
    said = [process.communicate(timeout=120)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0] * 50, said
    assert (len(customer.nls.created), len(customer.nls.spoken)) == (2, 51)
