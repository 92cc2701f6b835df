"""The audit log: rows in order and chained, kept as long as they must be, read by its commands."""

from __future__ import annotations

import json
import sqlite3
import stat
import threading
import time
from pathlib import Path

import pytest

from tests.conftest import Program
from voicectl.core.credentials import Secret
from voicectl.core.errors import CheckFailed, ConfigError
from voicectl.gateway.audit import FILE, Entry, Log, moment_text, opened, purge, table_of, text_mac, write
from voicectl.gateway.audit_reading import Asked, purged, rows, verify

DAY = 86_400.0
NOW = 1_700_000_000.0


def entry(number: int, unix: float = NOW, **fields: object) -> Entry:
    return Entry(time=moment_text(unix), request_id=f"r{number}", key_id="K7abcdef", status=200)._replace(
        **fields
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    directory = tmp_path / "gateway"
    directory.mkdir(mode=0o700)
    return directory / FILE


def filled(path: Path, *batches: list[Entry]) -> None:
    base = opened(path)
    for batch in batches:
        write(base, table_of("live"), batch)
    base.close()


def test_moments_sort_as_text() -> None:
    assert moment_text(NOW + 0.0425) == "2023-11-14T22:13:20.042Z"
    assert moment_text(NOW + 0.9996) == "2023-11-14T22:13:21.000Z"


def test_rows_come_back_as_they_were_written(path: Path) -> None:
    given = [entry(number, voice="芳芳", characters=number) for number in range(5)]
    filled(path, given[:2], given[2:])
    assert list(rows(path, Asked())) == given
    assert [each.request_id for each in rows(path, Asked(limit=2))] == ["r3", "r4"]
    assert list(rows(path, Asked(key_id="another"))) == []
    assert verify(path, "live") == (5, 2)


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE rows_live SET status = 403 WHERE number = 3",
        "DELETE FROM rows_live WHERE number = 3",
        "DELETE FROM rows_live WHERE number = 6",
        "INSERT INTO rows_live (number, time, request_id) VALUES (7, '2023', 'x')",
        "DELETE FROM batches_rows_live WHERE number = 2",
        "DELETE FROM batches_rows_live WHERE number = 3; DELETE FROM rows_live WHERE number > 4",
    ],
)
def test_whatever_is_done_to_the_log_is_found(path: Path, deed: str) -> None:
    filled(path, *([entry(2 * at), entry(2 * at + 1)] for at in range(3)))
    with sqlite3.connect(path) as base:
        base.executescript(deed)
    with pytest.raises(CheckFailed):
        verify(path, "live")


def test_a_log_that_is_being_written_is_not_called_changed(path: Path) -> None:
    filled(path, [entry(0)])
    counts: list[int] = []

    def write_on() -> None:
        base = opened(path)
        for _ in range(300):
            write(base, table_of("live"), [entry(1)])
        base.close()

    writer = threading.Thread(target=write_on)
    writer.start()
    while writer.is_alive():
        counts.append(verify(path, "live").rows)
    writer.join()
    assert counts == sorted(counts)
    assert verify(path, "live").rows == 301
    assert len(set(counts)) > 2, "nothing was written meanwhile"


def test_a_purge_takes_what_is_too_old_and_leaves_the_rest_in_order(path: Path) -> None:
    filled(path, *([entry(day, NOW + day * DAY)] for day in range(10)))
    assert purged(path, "live", moment_text(NOW + 4 * DAY)) == 4
    assert [each.request_id for each in rows(path, Asked())] == [f"r{day}" for day in range(4, 10)]
    assert verify(path, "live").rows == 6


def test_the_newest_batch_stays_so_that_the_next_one_has_something_to_hold_on_to(path: Path) -> None:
    filled(path, [entry(0)], [entry(1)])
    base = opened(path)
    assert purge(base, table_of("live"), moment_text(NOW + DAY)) == 1
    write(base, table_of("live"), [entry(2)])
    base.close()
    assert verify(path, "live").rows == 2


def test_the_writer_keeps_to_its_moment_and_its_days(path: Path) -> None:
    filled(path, [entry(0, NOW - 200 * DAY)], [entry(1, NOW - 100 * DAY)])
    log = Log(path, "live", retention_days=180, now=lambda: NOW)
    began = time.monotonic()
    log.add(entry(2))
    while len(list(rows(path, Asked()))) != 2:
        assert time.monotonic() - began < 1
        time.sleep(0.02)
    log.close()
    assert [each.request_id for each in rows(path, Asked())] == ["r1", "r2"]


def test_however_many_come_none_waits_for_a_second(path: Path) -> None:
    log = Log(path, "live", now=lambda: NOW)
    for number in range(15_000):
        log.add(entry(number))
    began = time.monotonic()
    while log.backlog:
        assert time.monotonic() - began < 1.5
        time.sleep(0.01)
    log.close()
    assert verify(path, "live").rows == 15_000


def test_what_waits_is_written_at_the_end(path: Path) -> None:
    log = Log(path, "live", now=lambda: NOW)
    for number in range(2500):
        log.add(entry(number))
    log.close()
    assert verify(path, "live").rows == 2500


def test_a_log_that_cannot_be_written_is_said_and_made_good_when_it_can_be(path: Path) -> None:
    said: list[str] = []
    log = Log(path, "live", now=lambda: NOW, say=said.append)
    with sqlite3.connect(path) as base:
        base.execute("ALTER TABLE rows_live RENAME TO gone")
    log.add(entry(0))
    until = time.monotonic() + 3
    while not log.is_failing:
        assert time.monotonic() < until
        time.sleep(0.02)
    with sqlite3.connect(path) as base:
        base.execute("ALTER TABLE gone RENAME TO rows_live")
    log.close()
    assert (len(said), [each.request_id for each in rows(path, Asked())]) == (1, ["r0"])


def test_nobody_else_may_read_it(path: Path) -> None:
    filled(path, [entry(0)])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    with pytest.raises(ConfigError):
        opened(path)


@pytest.fixture
def directory(voicectl: Program) -> Path:
    """Return where the program looks for its log."""
    directory = voicectl.home / ".local/state/voicectl/gateway"
    directory.mkdir(mode=0o700, parents=True)
    return directory


def test_the_commands_read_it(voicectl: Program, directory: Path) -> None:
    filled(directory / FILE, [entry(0), entry(1, code="quota_exceeded", status=429)])
    listed = json.loads(voicectl("gateway", "audit", "list", "--code", "quota_exceeded", "-O", "json").stdout)
    assert [each["status"] for each in listed] == [429]
    lines = voicectl("gateway", "audit", "export").stdout.splitlines()
    assert [json.loads(line)["request_id"] for line in lines] == ["r0", "r1"]
    assert voicectl("gateway", "audit", "verify").returncode == 0
    assert json.loads(voicectl("gateway", "audit", "purge", "-O", "json").stdout)["deleted"] == 0
    with sqlite3.connect(directory / FILE) as base:
        base.execute("UPDATE rows_live SET characters = 9")
    assert voicectl("gateway", "audit", "verify").returncode == 3


def test_rows_are_found_by_key_by_time_and_by_the_text_of_a_complaint(
    voicectl: Program, directory: Path
) -> None:
    master = "4d" * 32
    words = text_mac(Secret(master))
    said = {"text_mac": words("Say what?")}
    filled(
        directory / FILE,
        [entry(0, **said), entry(1, time.time() - 60), entry(2, key_id="another0", **said)],
    )
    (voicectl.home / "complaint").write_text("Say what?\n")

    def found(*asked: str) -> list[str]:
        done = voicectl(
            *("gateway", "audit", "export", *asked), env={"VOICECTL_GATEWAY_MASTER": master, "CI": "1"}
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line)["request_id"] for line in done.stdout.splitlines()]

    assert found("--text", "Say what?") == found("--text", "@complaint") == ["r0", "r2"]
    assert found("--text", "Say what") == []
    assert found("--since", "2h") == ["r1"]
    assert found("--since", "2023-11-14T22:13:21+00:00") == ["r1"]
    assert found("--key", "ak_live_K7abcdef...") == ["r0", "r1"]
    unknown = voicectl("gateway", "audit", "list", "--text", "a", env={"VOICECTL_NO_KEYRING": "1"})
    assert (unknown.returncode, unknown.stdout) == (78, "")


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "table"])
@pytest.mark.parametrize("command", [("list",), ("export",), ("deeds",), ("verify",), ("purge",)], ids=str)
def test_every_command_tells_what_it_found_in_every_form(
    voicectl: Program, directory: Path, command: tuple[str, ...], form: str
) -> None:
    filled(directory / FILE, [entry(0), entry(1)])
    if command == ("deeds",):
        assert voicectl("gateway", "key", "issue", "--name", "web").returncode == 0
    done = voicectl("gateway", "audit", *command, "-O", form)
    assert (done.returncode, done.stderr) == (0, "")
    match form:
        case "json":
            found = json.loads(done.stdout)
            assert isinstance(found, dict if command[0] in ("verify", "purge") else list)
        case "jsonl":
            assert all(isinstance(json.loads(line), dict) for line in done.stdout.splitlines())
        case "csv":
            assert "," in done.stdout.splitlines()[0]
        case "table":
            assert "{" not in done.stdout
            assert done.stdout


def test_young_rows_are_not_purged_by_the_way(voicectl: Program, directory: Path) -> None:
    filled(directory / FILE, [entry(0, time.time() - 30 * DAY)], [entry(1, time.time())])
    asked = voicectl("gateway", "audit", "purge", "--days", "10")
    assert (asked.returncode, asked.stdout) == (6, "")
    assert len(list(rows(directory / FILE, Asked()))) == 2
    done = voicectl("gateway", "audit", "purge", "--days", "10", "--yes", "-O", "json")
    assert json.loads(done.stdout)["deleted"] == 1
    (deed,) = json.loads(voicectl("gateway", "audit", "deeds", "-O", "json").stdout)
    assert (deed["deed"], deed["subject"], deed["detail"][:6]) == ("audit purge", "live", "1 rows")
