"""`voicectl gateway key`, `voice` and `rules` as a shell meets them: what is shown once, and what never."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Program
from voicectl.gateway.keys import digest, read

MASTER = {"VOICECTL_GATEWAY_MASTER": "5a" * 32, "VOICECTL_NO_KEYRING": "1"}
LIST_FIELDS = "id name team env status tags expires rotated last_used old_ends old_last_used warning"


def issue(voicectl: Program, *words: str, **more: Any) -> dict[str, Any]:
    done = voicectl("gateway", "key", "issue", "--name", "web", *words, **more)
    assert done.returncode == 0, done.stderr
    row: dict[str, Any] = json.loads(done.stdout)
    return row


def rows(voicectl: Program, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(voicectl("gateway", "key", "list", *words).stdout)
    return found


def everything_said(voicectl: Program, key_id: str) -> str:
    """Return all that is ever told of a key after it was issued, and every file that is left."""
    told = [
        voicectl("gateway", "key", *words) for words in (("list",), ("list", "-O", "csv"), ("show", key_id))
    ]
    files = [path.read_bytes().decode("latin-1") for path in voicectl.home.rglob("*") if path.is_file()]
    return "".join(done.stdout + done.stderr for done in told) + "".join(files)


def test_a_key_is_shown_once_and_never_again(voicectl: Program) -> None:
    row = issue(voicectl, "--tags", "tts.*", "--profiles", "*", "--hmac", env=MASTER)
    found = read(row["key"])
    assert found is not None
    assert (found.id, row["tags"]) == (row["id"], ["tts.basic", "tts.clone", "tts.emotion"])
    assert row["secret"].startswith("sk_live_")
    fresh = json.loads(voicectl("gateway", "key", "rotate", row["id"], env=MASTER).stdout)
    assert fresh["secret"] != row["secret"]
    said = everything_said(voicectl, row["id"])
    assert row["prefix"] in said
    for text in (row["key"], row["secret"], fresh["key"], fresh["secret"], "5a" * 32):
        assert text not in said
        assert text[16:] not in said
        assert digest(text).hex() not in said


def test_a_key_lives_from_issue_over_rotation_to_its_end(voicectl: Program) -> None:
    row = issue(voicectl, "--team", "blue", "--expires", "30d", "--rpm", "5", "--chars-day", "*")
    key_id = row["id"]
    assert row["limits"]["per_minute"] == 5
    assert row["limits"]["characters_a_day"] is None
    (line,) = rows(voicectl)
    assert list(line) == LIST_FIELDS.split()
    assert (line["team"], line["status"], line["warning"]) == ("blue", "active", None)
    assert json.loads(voicectl("gateway", "key", "disable", key_id).stdout)["status"] == "disabled"
    assert json.loads(voicectl("gateway", "key", "disable", key_id, "--undo").stdout)["status"] == "active"
    assert voicectl("gateway", "key", "rotate", key_id).returncode == 0
    again = voicectl("gateway", "key", "rotate", key_id)
    assert (again.returncode, "--force" in again.stderr) == (6, True)
    forced = json.loads(voicectl("gateway", "key", "rotate", key_id, "--force").stdout)
    assert [each["number"] for each in forced["generations"]] == [2, 3]
    ended = json.loads(voicectl("gateway", "key", "rotate", key_id, "--overlap", "0").stdout)
    assert [each["number"] for each in ended["generations"]] == [4]
    assert json.loads(voicectl("gateway", "key", "revoke", key_id).stdout)["status"] == "revoked"
    assert voicectl("gateway", "key", "disable", key_id, "--undo").returncode == 6
    assert voicectl("gateway", "key", "revoke", "ZZZZZZZZ").returncode == 5


def test_people_are_told_what_a_key_may_not_do(voicectl: Program) -> None:
    done = voicectl(
        "gateway", "key", "issue", "--name", "web", "--voices", "nova", "--rpm", "*", "-O", "text"
    )
    told = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert (told["models"], told["voices"], told["profiles"]) == ("none", "nova", "none")
    assert told["limits"] == "4 requests under way, 100000 characters a day"
    assert told["allow"] == "ips    any"
    assert "nobody can show it again" in done.stderr
    shown = voicectl("gateway", "key", "show", told["id"], "-O", "text").stdout
    assert "models       none" in shown
    assert told["key"] not in shown


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "table", "text"])
def test_every_command_of_keys_tells_what_it_did_in_every_form(voicectl: Program, form: str) -> None:
    key_id = issue(voicectl)["id"]
    deeds = (("list",), ("show", key_id), ("rotate", key_id), ("disable", key_id), ("revoke", key_id))
    for words in deeds:
        done = voicectl("gateway", "key", *words, "-O", form)
        assert (done.returncode, key_id in done.stdout) == (0, True), done.stderr
        if form in ("json", "jsonl"):
            json.loads(done.stdout)
        if form in ("csv", "table", "text"):
            assert not done.stdout.startswith(("{", "["))


def test_what_is_left_out_allows_nothing_and_is_said(voicectl: Program) -> None:
    done = voicectl("gateway", "key", "issue", "--name", "web", "--tags", "tts.basic", "--profiles", "a,b")
    row = json.loads(done.stdout)
    assert (row["profiles"], row["models"], row["voices"]) == (["a", "b"], [], [])
    assert "--models" in done.stderr
    assert "--voices" in done.stderr
    assert "--tags" not in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--tags", "tts.everything"], "tts.basic"),
        (["--env", "prod"], "live or test"),
        (["--rpm", "0"], "from 1"),
        (["--concurrency", "-1"], "from 1"),
        (["--chars-day", "many"], "from 1"),
        (["--allow-ips", "10.0.0.1/8"], "no network"),
        (["--expires", "soon"], "no length of time"),
        (["--expires", "2020-01-01"], "is past"),
        (["--name", ""], "--name is missing"),
    ],
)
def test_what_makes_no_sense_makes_no_key(voicectl: Program, words: list[str], told: str) -> None:
    done = voicectl("gateway", "key", "issue", "--name", "web", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert rows(voicectl) == []


def test_a_key_that_is_too_old_is_warned_of(voicectl: Program) -> None:
    key_id = issue(voicectl)["id"]
    time.sleep(1)
    assert rows(voicectl)[0]["warning"] is None
    done = voicectl("gateway", "key", "list", "--max-age", "0", "-O", "json")
    assert (json.loads(done.stdout)[0]["warning"], key_id in done.stdout) == ("rotate it", True)
    assert "1 of them were not rotated for 0" in done.stderr


def test_a_whole_key_in_place_of_its_id_is_refused_and_not_repeated(voicectl: Program) -> None:
    row = issue(voicectl)
    done = voicectl("gateway", "key", "revoke", row["key"])
    assert done.returncode == 2
    assert row["key"][16:] not in done.stdout + done.stderr
    assert f"rotate {row['id']} --overlap 0" in done.stderr


def test_a_job_that_logs_gets_no_key_unless_it_says_where_to(voicectl: Program) -> None:
    done = voicectl("gateway", "key", "issue", "--name", "web", env={"CI": "1"})
    assert (done.returncode, done.stdout) == (6, "")
    assert rows(voicectl) == []
    assert issue(voicectl, "-O", "json", env={"CI": "1"})["key"]


def test_a_live_key_that_signs_wants_a_master_and_a_test_key_opens_no_keyring(voicectl: Program) -> None:
    done = voicectl("gateway", "key", "issue", "--name", "web", "--hmac", env={"VOICECTL_NO_KEYRING": "1"})
    assert (done.returncode, done.stdout) == (78, "")
    assert rows(voicectl) == []
    bad = voicectl(
        "gateway", "key", "issue", "--name", "web", "--hmac", env={"VOICECTL_GATEWAY_MASTER": "EXAMPLE"}
    )
    assert bad.returncode == 78
    assert "EXAMPLE" not in bad.stdout + bad.stderr
    row = issue(voicectl, "--env", "test", "--hmac", env={"VOICECTL_NO_KEYRING": "1"})
    assert row["secret"].startswith("sk_test_")


def test_the_files_are_private_and_are_refused_when_they_are_not(voicectl: Program) -> None:
    issue(voicectl)
    directory = voicectl.home / ".local/state/voicectl/gateway"
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}
    directory.chmod(0o755)
    done = voicectl("gateway", "key", "list")
    assert (done.returncode, "chmod go-rwx" in done.stderr) == (78, True)


def test_a_voice_is_borrowed_with_a_consent_only(voicectl: Program) -> None:
    words = ["-p", "work", "gateway", "voice", "add", "S_1"]
    assert voicectl(*words).returncode == 2
    assert voicectl("gateway", "voice", "add", "S_1", "--consent", "c-7").returncode == 2
    row = json.loads(voicectl(*words, "--consent", "c-7").stdout)
    assert (row["profile"], row["voice"], row["consent"]) == ("work", "S_1", "c-7")
    assert json.loads(voicectl("gateway", "voice", "list").stdout) == [row]
    assert voicectl("gateway", "voice", "remove", row["id"]).returncode == 0
    assert voicectl("gateway", "voice", "remove", row["id"]).returncode == 5


def test_rules_are_tried_out_before_anybody_meets_them(voicectl: Program, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('[[rule]]\nid = "threat"\nemotions = ["angry"]\nterms = ["kill you"]\n', encoding="utf-8")
    words = ["gateway", "rules", "check", str(file)]
    passed = voicectl(*words, "--text", "k i l l you")
    assert (passed.returncode, json.loads(passed.stdout)["verdict"]) == (0, "pass")
    blocked = voicectl(*words, "--text", "k i l l you", "--emotion", "angry")
    assert blocked.returncode == 3
    row = json.loads(blocked.stdout)
    assert (row["verdict"], row["hits"], row["rules"], len(row["version"])) == ("block", ["threat"], 1, 12)
    file.write_text("[[rule", encoding="utf-8")
    assert voicectl(*words).returncode == 78
    assert voicectl("gateway", "rules", "check", str(tmp_path / "none")).returncode == 66
