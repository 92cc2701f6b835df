"""The gateway for a team over real sockets: routes, order of decisions, answers, what is kept of them."""

from __future__ import annotations

import secrets
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.openai import OpenAiServer
from tests.cloud.server import Server, serving
from tests.gateway.house import NO_LIMITS, Running, running, served_by, signed, waited
from voicectl.core.errors import BugError
from voicectl.gateway.administration import rotated
from voicectl.gateway.assembly import TICK_SECONDS
from voicectl.gateway.audit_reading import verify
from voicectl.gateway.clones import Clone
from voicectl.gateway.key_file import Deed
from voicectl.gateway.keys import Env, Key, Status
from voicectl.gateway.list_routes import health
from voicectl.gateway.posture import CONNECTIONS
from voicectl.gateway.routes import Route, Routes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> OpenAiServer:
    return OpenAiServer()


@pytest.fixture(scope="module")
def vendor(server: OpenAiServer) -> Iterator[Server]:
    with serving(server) as vendor:
        yield vendor


@pytest.fixture(scope="module")
def team(vendor: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("team")
    with running(home / "gateway", served_by(vendor.url, home)) as gateway:
        yield gateway


@pytest.fixture
def judge(server: OpenAiServer) -> OpenAiServer:
    """Return the vendor, which has heard nothing yet."""
    server.spoken.clear()
    return server


def test_openai_form_sends_the_vendors_sound(team: Running, judge: OpenAiServer) -> None:
    answer = team.speak(team.keys.issue())
    assert (answer.status, answer.headers["content-type"], answer.body[:4]) == (200, "audio/wav", b"RIFF")
    assert judge.spoken[0]["input"] == "Hello there."


def test_seed_form_points_to_sound_that_only_its_key_may_fetch(team: Running) -> None:
    key, other = team.keys.issue(), team.keys.issue()
    told = team.say(key).json
    assert (told["status"], told["text"], told["emotion"]) == ("success", "Hello there.", "neutral")
    assert team.ask("GET", told["audio_url"], key=key).body[:4] == b"RIFF"
    assert team.ask("GET", told["audio_url"], key=other).status == 404
    assert team.ask("GET", told["audio_url"]).status == 401


def test_the_same_text_is_never_found_under_the_same_name(team: Running) -> None:
    key = team.keys.issue()
    names = {team.say(key).json["audio_url"] for _ in range(3)}
    assert len(names) == 3
    assert all(len(name) == len("/audio/output_.wav") + 32 for name in names)


def test_lists_show_what_the_key_may_use(team: Running) -> None:
    everything, nothing = team.keys.issue(voices=("nova",)), team.keys.issue(profiles=())
    assert [each["id"] for each in team.ask("GET", "/v1/models", key=everything).json["data"]] == ["openai"]
    assert team.ask("GET", "/v1/models", key=nothing).json["data"] == []
    assert team.ask("GET", "/v1/models").status == 401


def test_health_tells_no_more_than_that(team: Running) -> None:
    assert team.ask("GET", "/healthz").json == {"status": "ok"}


def test_a_route_without_a_tag_does_not_start() -> None:
    with pytest.raises(BugError):
        Routes([Route("GET", "/v1/anything", "", health)])


@pytest.mark.parametrize(
    "path", ["/healthz?", "/healthz/../v1/models", "//healthz", "/HEALTHZ", "/v1/models/"]
)
def test_no_spelling_of_a_path_gets_past_the_door(team: Running, path: str) -> None:
    answer = team.ask("GET", path, headers={"Host": "127.0.0.1"})
    assert answer.status in (200, 404)
    assert answer.status != 200 or answer.json == {"status": "ok"}


def test_a_host_header_decides_nothing_but_a_refusal(team: Running, judge: OpenAiServer) -> None:
    for host in ("x/healthz?", "evil.example", "localhost.evil.example", "", "sandbox.localhost"):
        assert team.ask("GET", "/v1/models", headers={"Host": host}).status in (400, 421)
    assert team.ask("GET", "/v1/models", headers={"Host": f"localhost:{team.port}"}).status == 401


def test_unknown_fields_never_reach_the_vendor(team: Running, judge: OpenAiServer) -> None:
    fields = {"instructions2": "shout", "style": "angry", "extra_body": {"emotion": "sad"}, "ssml": True}
    assert team.speak(team.keys.issue(tags=frozenset(("tts.basic",))), **fields).status == 200
    assert set(judge.spoken[0]) == {"model", "input", "voice", "response_format"}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"{", None),
        (b"[]", None),
        (b'{"input": "hi", "speed": NaN}', None),
        (b"[" * 60_000, None),
        ({"voice": "nova"}, "input"),
        ({"input": "  "}, "input"),
        ({"input": 7}, "input"),
        ({"input": "a\0b"}, "input"),
        (b'{"input": "\\ud800"}', "input"),
        ({"input": "hi", "speed": 9}, "speed"),
        ({"input": "hi", "speed": True}, "speed"),
        ({"input": "hi", "response_format": "exe"}, "response_format"),
        ({"input": "hi", "stream_format": "xml"}, "stream_format"),
        ({"input": "hi", "voice": "v" * 500}, "voice"),
    ],
    ids=str,
)
def test_a_wrong_body_is_told_and_costs_nothing(
    team: Running, judge: OpenAiServer, body: Any, param: str | None
) -> None:
    answer = team.ask("POST", "/v1/audio/speech", body, team.keys.issue())
    error = answer.json["error"]
    assert (answer.status, error["code"], error["param"]) == (400, "invalid_request", param)
    assert not judge.spoken


def test_both_envelopes(team: Running) -> None:
    seed = team.say("").json
    assert seed["error"] == "Missing or invalid Authorization header"
    assert (seed["code"], len(seed["request_id"])) == ("missing_api_key", 32)
    openai = team.speak("").json["error"]
    assert openai == {
        "message": "Missing or invalid Authorization header",
        "type": "authentication_error",
        "param": None,
        "code": "missing_api_key",
    }


def test_seed_emotions_are_a_closed_list(team: Running) -> None:
    answer = team.say(team.keys.issue(), emotion="x" * 90)
    assert (answer.status, answer.json["error"]) == (400, f"Unsupported emotion: {'x' * 32}")


@pytest.mark.parametrize(
    "fields",
    [
        {"instructions": "be angry"},
        {"prompt": "开心"},
        {"prompt": "whisper"},
        {"input": "<speak><emotion name='sad'>x</emotion></speak>"},
        {"input": "[voice:af_sky] hello"},
    ],
    ids=str,
)
def test_emotion_is_barred_at_every_door(
    team: Running, judge: OpenAiServer, fields: dict[str, object]
) -> None:
    plain = team.keys.issue(tags=frozenset(("tts.basic",)))
    answer = team.ask("POST", "/v1/audio/speech", {"input": "hi", "voice": "nova", **fields}, plain)
    assert (answer.status, answer.json["error"]["code"]) == (403, "insufficient_scope")
    assert 'scope="tts.emotion"' in answer.headers["www-authenticate"]
    assert team.say(plain, emotion="happy").json["error"] == "Insufficient permissions for emotional TTS"
    assert not judge.spoken


@pytest.mark.parametrize(
    "text",
    [
        "<speak><mstts:express-as style='sad'>x</mstts:express-as></speak>",
        '<speak effect="echo">x</speak>',
        "[voice:af_sky] hello",
        "[#whisper] hello",
    ],
)
def test_the_other_form_has_the_same_doors(team: Running, judge: OpenAiServer, text: str) -> None:
    plain, feeling = team.keys.issue(tags=frozenset(("tts.basic",))), team.keys.issue()
    answer = team.say(plain, text)
    told = (answer.status, answer.json["error"])
    assert told == (403, "Insufficient permissions for emotional TTS")
    assert not judge.spoken
    assert team.say(feeling, text).status == 200


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"text": "hi"}', {"Content-Type": "text/plain"}, 415),
        (b'{"text": "hi"}', {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b" " * 70_000, {}, 413),
        ({"text": "a" * 5000}, {}, 400),
    ],
    ids=["plain", "form", "large", "long"],
)
def test_bodies_are_bounded(team: Running, body: Any, headers: dict[str, str], status: int) -> None:
    answer = team.ask("POST", "/v1/tts", body, team.keys.issue(), headers)
    assert answer.status == status


def test_a_method_that_is_not_there(team: Running) -> None:
    answer = team.ask("GET", "/v1/tts")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_no_page_elsewhere_may_read_an_answer(team: Running) -> None:
    answer = team.ask("OPTIONS", "/v1/tts", headers={"Origin": "https://evil.example"})
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_a_revoked_key_is_refused_within_a_second(vendor: Server, tmp_path: Path) -> None:
    with running(tmp_path / "g", served_by(vendor.url, tmp_path), tick_seconds=TICK_SECONDS) as team:
        key = team.keys.issue()
        assert team.ask("GET", "/v1/models", key=key).status == 200
        team.keys.switch(key, Status.REVOKED)
        began = time.monotonic()
        while (answer := team.ask("GET", "/v1/models", key=key)).status == 200:
            assert time.monotonic() - began <= 1
            time.sleep(0.01)
    assert (answer.status, answer.json["error"]["code"]) == (401, "invalid_api_key")


@pytest.mark.slow
def test_an_old_text_works_on_says_when_it_ends_and_then_does(team: Running) -> None:
    old, fresh = team.keys.issue(), list[str]()

    def rotate(key: Key) -> Key:
        made = rotated(key, now=time.time(), overlap_seconds=2.5, below=secrets.randbelow)
        fresh.append(made.text)
        return made.key

    with team.keys.file() as file:
        file.change(old[8:16], rotate, Deed(0, "tests", "rotate", old[8:16]))
    waited(lambda: team.ask("GET", "/v1/models", key=fresh[0]).status == 200, "the new text to be known")
    new, late = (team.speak(key) for key in (fresh[0], old))
    assert (new.status, late.status) == (200, 200)
    assert not {"deprecation", "sunset"} & new.headers.keys()
    assert abs(int(late.headers["deprecation"].removeprefix("@")) - time.time()) < 5
    sunset = parsedate_to_datetime(late.headers["sunset"]).timestamp()
    assert 0 <= sunset - int(late.headers["deprecation"].removeprefix("@")) <= 3
    assert [team.row_of(each)["generation"] for each in (late, new)] == [1, 2]
    waited(lambda: team.ask("GET", "/v1/models", key=old).status == 401, "the old text to end", 5)
    assert time.time() > sunset
    assert team.ask("GET", "/v1/models", key=fresh[0]).status == 200


def test_a_key_of_the_sandbox_reaches_no_vendor(team: Running, judge: OpenAiServer) -> None:
    answer = team.speak(team.keys.issue(env=Env.TEST))
    assert (answer.status, answer.json["error"]["code"]) == (403, "wrong_environment")
    assert (judge.spoken, answer.headers["x-voicectl-env"]) == ([], "live")


def test_faults_are_not_for_live_keys(team: Running) -> None:
    key = team.keys.issue()
    for fault in ("429", "500", "timeout", "truncate", "badjson"):
        assert team.ask("GET", "/v1/models", key=key, headers={"X-Voicectl-Fault": fault}).status == 200


def test_the_row_tells_what_was_decided_and_never_the_text(team: Running) -> None:
    key = team.keys.issue(team="blue")
    answer = team.speak(key, "Something private.")
    row = team.row_of(answer)
    told = {name: row[name] for name in ("key_id", "team", "route", "status", "characters", "profile", "env")}
    assert told == {
        "key_id": key[8:16],
        "team": "blue",
        "route": "/v1/audio/speech",
        "status": 200,
        "characters": 18,
        "profile": "openai",
        "env": "live",
    }
    assert row["audio_bytes"] == len(answer.body)
    assert len(row["text_mac"]) == 64
    assert "private" not in str(row)


def test_what_a_gateway_writes_is_as_it_was_written(team: Running) -> None:
    team.row_of(team.speak(team.keys.issue()))
    assert verify(team.keys.directory / "audit.sqlite", "live").rows >= 1


def test_inbound_request_ids_are_kept_only_where_they_are_plain(team: Running) -> None:
    key = team.keys.issue()
    plain = team.ask("GET", "/v1/models", key=key, headers={"X-Request-Id": "mine-1"})
    odd = team.ask("GET", "/v1/models", key=key, headers={"X-Request-Id": "a b"})
    presented = team.ask("GET", "/v1/models", key=key, headers={"X-Request-Id": key})
    assert [team.row_of(each)["inbound_id"] for each in (plain, odd, presented)] == ["mine-1", "", ""]
    assert plain.headers["x-request-id"] != "mine-1"


def test_a_quota_is_given_back_where_no_sound_came(tmp_path: Path) -> None:
    limits = NO_LIMITS._replace(characters_a_day=20)
    refusing = OpenAiServer(key="sk-EXAMPLE-another")
    with serving(refusing) as vendor, running(tmp_path / "g", served_by(vendor.url, tmp_path)) as team:
        key = team.keys.issue(limits=limits)
        for _ in range(3):
            assert team.speak(key, "fifteen letters").status == 502
        refusing.key = "sk-EXAMPLE-0123456789abcdef"
        assert team.speak(key, "fifteen letters").status == 200
        answer = team.speak(key, "fifteen letters")
    error = answer.json["error"]
    assert (answer.status, error["code"]) == (429, "quota_exceeded")
    assert answer.headers["x-should-retry"] == "false"
    assert int(answer.headers["retry-after"]) >= 1
    assert len(refusing.spoken) == 1


def test_a_signed_request_counts_once(team: Running) -> None:
    key = team.keys.issue(must_sign=True)
    body, target = b'{"text": "hi"}', "/v1/tts?lang=zh"
    headers = signed(key, "POST", target, body, "n-000001", time.time())
    first, again = (team.ask("POST", target, body, key, headers) for _ in range(2))
    stale = signed(key, "POST", target, body, "n-000002", time.time() - 400)
    other = signed(key, "POST", target, b"{}", "n-000003", time.time())
    answers = [again, *(team.ask("POST", target, body, key, each) for each in (stale, other, {}))]
    assert first.status == 200
    assert team.row_of(first)["signed"] == 1
    assert {(each.status, each.json["code"], each.json["error"]) for each in answers} == {
        (401, "invalid_signature", "Invalid request signature")
    }


def test_rules_change_without_a_restart_and_a_broken_file_changes_nothing(
    vendor: Server, tmp_path: Path
) -> None:
    rule = '[[rule]]\nid = "threat"\nemotions = ["angry"]\nterms = ["{}"]\n'
    rules = tmp_path / "rules.toml"
    rules.write_text(rule.format("kill you"))
    with running(tmp_path / "g", served_by(vendor.url, tmp_path), rules=str(rules)) as team:
        key = team.keys.issue()
        blocked = team.say(key, "I will k i l l you", emotion="angry")
        assert (blocked.status, blocked.json["code"]) == (403, "content_blocked")
        assert (team.row_of(blocked)["rule"], b"threat" in blocked.body) == ("threat", False)
        rules.write_text("[[rule]\n")
        waited(lambda: "rules_reload_failed 1.0" in team.metrics(), "bad rules to be told of")
        assert team.say(key, "I will kill you", emotion="angry").status == 403
        rules.write_text(rule.format("pin code"))
        waited(lambda: "rules_reload_failed 0.0" in team.metrics(), "the new rules")
        assert team.say(key, "tell me your pin code", emotion="angry").status == 403


@pytest.mark.slow
def test_no_reload_leaves_a_moment_without_rules(vendor: Server, tmp_path: Path) -> None:
    rule = '[[rule]]\nid = "threat-{}"\nemotions = "*"\nterms = ["kill you", "term {}"]\n'
    rules, over = tmp_path / "rules.toml", threading.Event()
    rules.write_text(rule.format(0, 0))
    statuses: list[int] = []
    with running(tmp_path / "g", served_by(vendor.url, tmp_path), rules=str(rules)) as team:
        key = team.keys.issue()

        def speak() -> None:
            while not over.is_set():
                statuses.append(team.say(key, "I will kill you").status)

        threads = [threading.Thread(target=speak) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(1, 16):
            rules.write_text("[[rule]\n" if number % 3 == 0 else rule.format(number, number))
            time.sleep(0.1)
        rules.write_text(rule.format("last", "last"))
        waited(lambda: team.row_of(team.say(key, "term last"))["rule"] == "threat-last", "the last rules")
        over.set()
        for thread in threads:
            thread.join(20)
    assert set(statuses) == {403}
    assert len(statuses) > 50


def test_connections_are_bounded(vendor: Server, tmp_path: Path) -> None:
    with running(tmp_path / "g", served_by(vendor.url, tmp_path)) as team, ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(socket.create_connection((team.host, team.port)))
        time.sleep(0.1)
        with socket.create_connection((team.host, team.port), 3) as line:
            assert line.recv(100).startswith(b"HTTP/1.1 503")
        stack.close()
        waited(lambda: team.ask("GET", "/healthz").status == 200, "connections to be free again")


def test_cloned_voices_go_by_the_gateways_name_only(team: Running) -> None:
    with team.keys.file() as file:
        file.add_clone(
            Clone("cv_boss", "openai", "nova", "consent-7", 0, "tests"),
            Deed(0, "tests", "voice add", "cv_boss"),
        )
    plain = team.keys.issue()
    cloner = team.keys.issue(tags=frozenset(("tts.basic", "tts.clone")))
    waited(lambda: "cv_boss" in _voices(team, cloner), "the new voice")
    assert "nova" not in _voices(team, cloner) | _voices(team, plain)
    assert "cv_boss" not in _voices(team, plain)
    assert team.speak(plain, voice="nova").status == 403
    assert team.speak(plain, voice="cv_boss").json["error"]["code"] == "insufficient_scope"
    assert team.speak(cloner, voice="cv_boss").status == 200
    with team.keys.file() as file:
        file.remove_clone("cv_boss", Deed(0, "tests", "voice remove", "cv_boss"))
    waited(lambda: team.speak(plain, voice="nova").status == 200, "the voice to be everybody's again")


def _voices(team: Running, key: str) -> set[str]:
    return {each["id"] for each in team.ask("GET", "/v1/audio/voices", key=key).json["voices"]}


@pytest.mark.parametrize("serves_unlogged", [False, True])
def test_what_cannot_be_written_down_is_not_done_unless_that_was_asked_for(
    vendor: Server, judge: OpenAiServer, tmp_path: Path, serves_unlogged: bool
) -> None:
    served = served_by(vendor.url, tmp_path)
    with running(tmp_path / "g", served, serves_unlogged=serves_unlogged) as team:
        key = team.keys.issue()
        assert team.speak(key).status == 200
        with closing(sqlite3.connect(tmp_path / "g" / "audit.sqlite")) as base:
            base.execute("ALTER TABLE rows_live RENAME TO gone")
        waited(lambda: team.speak(key).status == 503 or bool(team.said), "the log to fail")
        answer = team.speak(key)
        with closing(sqlite3.connect(tmp_path / "g" / "audit.sqlite")) as base:
            base.execute("ALTER TABLE gone RENAME TO rows_live")
    assert answer.status == (200 if serves_unlogged else 503)
    assert any("audit log" in words for words in team.said)
