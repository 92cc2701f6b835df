"""Promises about keys that travel over a real Redis: seen at once, believed for minutes, no secrets."""

from __future__ import annotations

import shutil
import signal
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.doors import START, Gate
from tests.gateway.house import running
from tests.gateway.test_doorkeeper import DEED, later, put, visit
from tests.kept.test_pace_redis import redis
from voicectl.core.errors import ConfigError, Unavailable
from voicectl.gateway.clones import Clone
from voicectl.gateway.door import Admitted, Refused
from voicectl.gateway.doorkeeper import Doorkeeper
from voicectl.gateway.key_file import FILE, KeyFile
from voicectl.gateway.keys import Env, Status
from voicectl.gateway.published_keys import PublishedKeys, Publisher
from voicectl.gateway.table import KeyTable
from voicectl.gateway.team_start import sandbox
from voicectl.kept.key_cache import ANSWER_SECONDS, KeyCache

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed"),
]


class Two:
    """The gateway beside the file of keys, and another one that has only Redis."""

    def __init__(self, url: str) -> None:
        self.gate = Gate()
        self.cache = KeyCache(url)
        self.publisher = Publisher(self.gate.door.table, self.cache)
        self.steady = 0.0
        assert self.publisher.tick(0.0) is None
        self.source = PublishedKeys(KeyCache(url))
        self.far = KeyTable(self.source, lambda: self.steady)

    def step(self, seconds: float = 0.5) -> Any:
        self.steady += seconds
        return self.publisher.tick(self.steady), self.far.refresh()


def test_what_is_issued_changed_or_revoked_here_is_known_there_at_the_next_tick(tmp_path: Path) -> None:
    with redis(tmp_path) as (url, _):
        two = Two(url)
        made = two.gate.key(tags=frozenset(("tts.basic",)), networks=("10.0.0.0/8",), team="蓝")
        two.gate.shelf.clones = [Clone("cv_00000001", "work", "S_1", "c-7", 0.0, "ada")]
        two.gate.put(made.key)
        assert two.step() == (None, None)
        found = two.far.find(made.text)
        assert found is not None
        assert (found.key, found.generation) == (made.key, made.key.newest)
        assert two.far.clone("cv_00000001") == two.gate.shelf.clones[0]
        two.gate.change(made.key, status=Status.REVOKED)
        two.step()
        assert two.far.get(made.key.id) == replace(made.key, status=Status.REVOKED)
        assert two.source.changes() is None


def test_no_text_of_a_key_is_in_redis(tmp_path: Path) -> None:
    with redis(tmp_path) as (url, _):
        two = Two(url)
        made = two.gate.key()
        two.step()
        held = str(two.cache.records())
        assert made.key.id in held
        assert made.text not in held
        assert made.text[16:] not in held


def test_while_redis_is_silent_keys_are_believed_for_five_minutes(tmp_path: Path) -> None:
    with redis(tmp_path) as (url, server):
        two = Two(url)
        made = two.gate.key()
        two.step()
        server.kill()
        server.wait(10)
        two.gate.key()
        failed, unread = two.step()
        assert isinstance(failed, Unavailable)
        assert isinstance(unread, ConfigError)
        two.steady += 299
        assert two.far.is_reliable
        assert two.far.find(made.text) is not None
        two.steady += 2
        assert not two.far.is_reliable


def test_keys_that_nobody_publishes_any_more_are_not_believed_at_all(tmp_path: Path) -> None:
    with redis(tmp_path) as (url, _):
        two = Two(url)
        two.gate.key()
        two.step()
        two.cache._redis.flushall()
        assert isinstance(two.far.refresh(), ConfigError)
        assert not two.far.is_reliable
        assert two.step(60)[0] is None
        two.step()
        assert two.far.is_reliable


def test_the_first_to_read_is_told_where_nobody_has_published(tmp_path: Path) -> None:
    with (
        redis(tmp_path) as (url, _),
        closing(PublishedKeys(KeyCache(url))) as source,
        pytest.raises(ConfigError, match="no gateway publishes"),
    ):
        source.changes()


def test_records_live_as_long_as_their_publisher_says_so(tmp_path: Path) -> None:
    with redis(tmp_path) as (url, _):
        two = Two(url)
        two.cache._redis.expire("voicectl:{published}:version", 7)
        two.publisher.tick(30.0)
        assert two.cache._redis.ttl("voicectl:{published}:version") <= 7
        two.publisher.tick(61.0)
        assert two.cache._redis.ttl("voicectl:{published}:version") > 290


def test_two_gateways_share_the_keys_of_one(tmp_path: Path) -> None:
    with redis(tmp_path) as (url, _):
        made = put(tmp_path / "one")
        with closing(Doorkeeper(tmp_path / "one", Env.LIVE, START, master=None, cache=KeyCache(url))) as one:
            one.tick(START)
            reader = {"master": None, "cache": KeyCache(url), "reads_cache": True}
            with closing(Doorkeeper(tmp_path / "two", Env.LIVE, START, **reader)) as two:
                assert isinstance(visit(two.door, made.text), Admitted)
                assert not (tmp_path / "two" / FILE).exists()
                with closing(KeyFile(tmp_path / "one" / FILE)) as keys:
                    keys.change(made.key.id, lambda key: replace(key, status=Status.REVOKED), DEED)
                for each in (one, two):
                    assert each.tick(later(0.5)) == []
                assert isinstance(visit(two.door, made.text), Refused)


def test_the_program_serves_keys_that_another_one_publishes(tmp_path: Path) -> None:
    with redis(tmp_path) as (url, _):
        plan: dict[str, Any] = {"env": Env.TEST, "redis_url": url}
        with running(tmp_path / "one", sandbox(), **plan) as one:
            key = one.keys.issue(env=Env.TEST)
            with running(tmp_path / "two", sandbox(), reads_keys_there=True, **plan) as two:
                assert two.speak(key).status == 200
                one.keys.switch(key, Status.REVOKED)
                until = time.monotonic() + 1
                while two.speak(key).status == 200:
                    assert time.monotonic() < until, "a revoked key is still good elsewhere"
                    time.sleep(0.02)
                assert two.speak(key).status == 401


def test_a_redis_that_hangs_is_not_waited_for_at_each_tick(tmp_path: Path) -> None:
    with redis(tmp_path) as (url, server), ExitStack() as stack:
        put(tmp_path / "one")
        one = stack.enter_context(
            closing(Doorkeeper(tmp_path / "one", Env.LIVE, START, master=None, cache=KeyCache(url)))
        )
        one.tick(START)
        reader = {"master": None, "cache": KeyCache(url), "reads_cache": True}
        two = stack.enter_context(closing(Doorkeeper(tmp_path / "two", Env.LIVE, START, **reader)))
        server.send_signal(signal.SIGSTOP)
        stack.callback(server.send_signal, signal.SIGCONT)
        put(tmp_path / "one")
        for keeper in (one, two):
            told, begun = [], time.monotonic()
            for tick in range(1, 5):
                told += keeper.tick(later(tick / 2))
            assert len(told) == 1
            assert time.monotonic() - begun < 2.2 * ANSWER_SECONDS + 0.3
        server.send_signal(signal.SIGCONT)
        for keeper in (one, two):
            assert keeper.tick(later(60)) == []
