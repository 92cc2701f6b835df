"""Two gateways that count together in a real Redis, and alone when it has gone."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cloud.server import Answer, serving
from tests.gateway.doors import Gate
from tests.gateway.house import NO_LIMITS, Running, running, served_by, signed, waited
from voicectl.gateway.door import Admitted, Identity, Visit
from voicectl.gateway.keys import Env
from voicectl.gateway.shared import Lease, Shared
from voicectl.kept.shared_counts import SharedCounts

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed"),
]


class Redis:
    """A Redis of this test's own."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        until = time.monotonic() + 5
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def ask(self, *words: str) -> str:
        """Ask it something by itself."""
        line = ["redis-cli", "-p", str(self.port), *words]
        return subprocess.run(line, capture_output=True, check=True, text=True).stdout.strip()

    def hang(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        self._process.wait(5)


@pytest.fixture
def redis() -> Iterator[Redis]:
    server = Redis()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def pair(redis: Redis, tmp_path: Path) -> Iterator[tuple[Running, Running]]:
    """Return two gateways over the same keys."""
    with (
        running(tmp_path / "g", env=Env.TEST, redis_url=redis.url) as one,
        running(tmp_path / "g", env=Env.TEST, redis_url=redis.url) as other,
    ):
        yield one, other


def issued(pair: tuple[Running, Running], **words: object) -> str:
    key = pair[0].keys.issue(env=Env.TEST, **words)
    waited(lambda: pair[1].keys.knows(key[8:16]), "the other gateway to see a key")
    return key


def test_two_gateways_admit_together_what_one_may(pair: tuple[Running, Running]) -> None:
    key = issued(pair, limits=NO_LIMITS._replace(per_minute=10))
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda number: pair[number % 2].speak(key), range(100)))
    statuses = Counter(each.status for each in answers)
    assert statuses == {200: 10, 429: 90} or _spans_minutes(statuses)
    refused = next(each for each in answers if each.status == 429)
    assert int(refused.headers["retry-after"]) >= 1


def _spans_minutes(statuses: Counter[int]) -> bool:
    """Allow for a minute of the server that ended in between: nothing of the one before was counted then."""
    return time.time() % 60 < 3 and statuses[200] <= 11


def test_characters_are_set_aside_for_both(pair: tuple[Running, Running]) -> None:
    key = issued(pair, limits=NO_LIMITS._replace(characters_a_day=100))
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda number: pair[number % 2].speak(key, "ten signs."), range(40)))
    assert Counter(each.status for each in answers) == {200: 10, 429: 30}
    assert next(each for each in answers if each.status == 429).json["error"]["code"] in (
        "quota_exceeded",
        "rate_limit_exceeded",
    )


def test_places_are_shared_and_given_back(pair: tuple[Running, Running]) -> None:
    key = issued(pair, limits=NO_LIMITS._replace(concurrency=2))
    slow = {"X-Voicectl-Fault": "slow"}
    with ThreadPoolExecutor(10) as pool:
        ask = lambda number: pair[number % 2].ask("GET", "/v1/models", key=key, headers=slow)  # noqa: E731
        answers = list(pool.map(ask, range(10)))
    assert Counter(each.status for each in answers) == {200: 2, 429: 8}
    assert pair[1].ask("GET", "/v1/models", key=key).status == 200


def test_one_request_after_the_other_is_one_at_a_time(pair: tuple[Running, Running]) -> None:
    key = issued(pair, limits=NO_LIMITS._replace(concurrency=1))
    assert [pair[number % 2].ask("GET", "/v1/models", key=key).status for number in range(20)] == [200] * 20
    assert [pair[number % 2].speak(key).status for number in range(20)] == [200] * 20


def test_a_place_is_kept_while_it_is_renewed_and_free_soon_after_its_holder_died(redis: Redis) -> None:
    async def story() -> list[bool]:
        gate = Gate()
        made = gate.key(limits=NO_LIMITS._replace(concurrency=1))
        headers = [(b"authorization", b"Bearer " + made.text.encode())]
        identity = gate.door.identify(Visit(headers, "127.0.0.1", "tts.basic"), gate.now)
        assert isinstance(identity, Identity)
        alive, other = (
            Shared(gate.door, SharedCounts(redis.url, lease_seconds=2), time.monotonic, said.append)
            for _ in range(2)
        )

        async def gets_in(gateway: Shared, name: str) -> bool:
            return isinstance(await gateway.enter(identity, Lease(name), gate.now), Admitted)

        found = [await gets_in(alive, "a")]
        for _ in range(3):
            await asyncio.sleep(0.9)
            await alive.renew()
            found.append(await gets_in(other, "b"))
        await asyncio.sleep(2.1)
        found.append(await gets_in(other, "c"))
        for each in (alive, other):
            await each.close()
        return found

    said: list[str] = []
    assert asyncio.run(story()) == [True, False, False, False, True]
    assert said == []


def test_without_redis_each_counts_alone_and_never_not_at_all(
    pair: tuple[Running, Running], redis: Redis
) -> None:
    key = issued(pair, limits=NO_LIMITS._replace(per_minute=5))
    redis.stop()
    answers = [pair[0].speak(key).status for _ in range(10)]
    assert answers == [200] * 5 + [429] * 5
    assert "voicectl_gateway_shared_limits_down 1.0" in pair[0].metrics()


def test_nothing_secret_lies_in_redis(pair: tuple[Running, Running], redis: Redis) -> None:
    key = issued(pair)
    assert pair[0].speak(key, "a private text").status == 200
    dump = subprocess.run(
        ["redis-cli", "-p", str(redis.port), "--scan"], capture_output=True, check=True, text=True
    )
    assert key[8:16] in dump.stdout
    assert key[16:] not in dump.stdout
    assert "private" not in dump.stdout


def test_a_signed_request_is_taken_by_one_gateway_only(pair: tuple[Running, Running]) -> None:
    key = issued(pair, must_sign=True)
    headers = signed(key, "GET", "/v1/models", b"", "n-00000001", time.time())
    statuses = [each.ask("GET", "/v1/models", key=key, headers=headers).status for each in pair]
    assert statuses == [200, 401]


def test_without_redis_nothing_signed_is_accepted_anywhere(
    pair: tuple[Running, Running], redis: Redis
) -> None:
    key = issued(pair, must_sign=True)
    headers = signed(key, "GET", "/v1/models", b"", "n-00000001", time.time())
    assert pair[0].ask("GET", "/v1/models", key=key, headers=headers).status == 200
    redis.stop()
    for nonce in ("n-00000001", "n-00000002"):
        headers = signed(key, "GET", "/v1/models", b"", nonce, time.time())
        answer = pair[1].ask("GET", "/v1/models", key=key, headers=headers)
        assert (answer.status, answer.json["error"]["code"]) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) >= 1
    assert "voicectl_gateway_shared_limits_down 1.0" in pair[1].metrics()
    assert [words for words in pair[1].said if "Redis" in words] == [
        "Redis does not answer: ConnectionError: this gateway counts alone, and takes no signed requests"
    ]


def test_while_redis_hangs_one_request_a_second_waits_for_it(
    pair: tuple[Running, Running], redis: Redis
) -> None:
    key = issued(pair)
    assert pair[0].ask("GET", "/v1/models", key=key).status == 200
    redis.hang()
    pair[0].ask("GET", "/v1/models", key=key)
    slow, until = 0, time.monotonic() + 3
    with ThreadPoolExecutor(4) as pool:

        def ask(_: int) -> int:
            begun, waited_long = time.monotonic(), 0
            while begun < until:
                assert pair[0].ask("GET", "/v1/models", key=key).status == 200
                waited_long += time.monotonic() - begun > 0.4
                time.sleep(0.02)
                begun = time.monotonic()
            return waited_long

        slow = sum(pool.map(ask, range(4)))
    assert slow <= 4


@pytest.fixture
def limited(redis: Redis, tmp_path: Path) -> Iterator[tuple[Running, Running]]:
    """Return two gateways whose one profile takes ten requests a minute, two at a time, from all keys."""
    limits = {"sandbox": NO_LIMITS._replace(per_minute=10, concurrency=2)}
    plan = {"env": Env.TEST, "redis_url": redis.url, "profile_limits": limits}
    with running(tmp_path / "g", **plan) as one, running(tmp_path / "g", **plan) as other:
        yield one, other


def test_all_keys_at_all_gateways_stay_under_the_limit_of_a_profile(
    limited: tuple[Running, Running],
) -> None:
    keys = [issued(limited, limits=NO_LIMITS._replace(per_minute=1000)) for _ in range(3)]
    answers = [limited[number % 2].speak(keys[number % 3]) for number in range(20)]
    assert [each.status for each in answers] == [200] * 10 + [429] * 10 or _spans_minutes(
        Counter(each.status for each in answers)
    )
    refused = answers[-1]
    assert refused.json["error"]["code"] == "rate_limit_exceeded"
    assert '"profile";q=10;w=60' in refused.headers["ratelimit-policy"]
    assert '"profile";r=0;' in refused.headers["ratelimit"]
    assert '"rpm";r=99' in refused.headers["ratelimit"], "a request that the profile refused is the key's own"
    assert 'rate_limited_total{limit="profile"}' in limited[1].metrics()


def test_places_at_a_profile_are_shared_and_given_back(
    limited: tuple[Running, Running], redis: Redis
) -> None:
    key = issued(limited)
    assert [each.speak(key).status for each in limited] == [200, 200]
    place = "voicectl:{test:profile sandbox}:in"
    waited(lambda: redis.ask("ZCARD", place) == "0", "the places to be free")
    for name in ("one", "other"):
        redis.ask("ZADD", place, "9999999999999", name)
    assert [each.speak(key).status for each in limited] == [429, 429]


def test_characters_that_nobody_heard_are_given_back(redis: Redis, tmp_path: Path) -> None:
    with (
        serving(lambda request: Answer(400)) as vendor,
        running(tmp_path / "g", served_by(vendor.url, tmp_path), redis_url=redis.url) as team,
    ):
        key = team.keys.issue(limits=NO_LIMITS._replace(characters_a_day=100))
        refused = team.speak(key, "ten signs.")
        assert refused.status == 400
        assert '"chars-day";r=100;' in refused.headers["ratelimit"]
        assert '"chars-day";r=100;' in team.ask("GET", "/v1/models", key=key).headers["ratelimit"]
        assert redis.ask("GET", f"voicectl:{{live:{key[8:16]}}}:day:{int(time.time() // 86400)}") == "0"


def test_a_client_that_goes_in_the_middle_leaves_nothing_under_way(
    pair: tuple[Running, Running], redis: Redis
) -> None:
    key = issued(pair)
    gateway = pair[0].gateway
    assert gateway is not None
    body = json.dumps({"input": "words " * 680, "response_format": "wav"})
    head = f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    with socket.create_connection((pair[0].host, pair[0].port), 10) as line:
        line.sendall(
            f"POST /v1/audio/speech HTTP/1.1\r\nHost: sandbox.localhost\r\n{head}\r\n\r\n{body}".encode()
        )
        assert line.recv(100).startswith(b"HTTP/1.1 200")
        assert redis.ask("ZCARD", f"voicectl:{{test:{key[8:16]}}}:in") == "1"
    waited(lambda: not gateway.crew.busy and not gateway.team.inflight, "the call to be broken off")
    assert redis.ask("ZCARD", f"voicectl:{{test:{key[8:16]}}}:in") == "0"


def test_who_waits_as_long_as_told_gets_in(pair: tuple[Running, Running]) -> None:
    key = issued(pair, limits=NO_LIMITS._replace(per_minute=2))
    answers = [pair[0].ask("GET", "/v1/models", key=key) for _ in range(3)]
    waited_for = int(answers[-1].headers["retry-after"])
    left = int(answers[-1].headers["ratelimit"].partition("t=")[2])
    assert answers[-1].status == 429
    # Two in one minute weigh half only when half of the next one is over.
    assert left + 29 <= waited_for <= left + 31


def test_headers_tell_of_characters_at_both(pair: tuple[Running, Running]) -> None:
    key = issued(pair, limits=NO_LIMITS._replace(per_minute=60, characters_a_day=100))
    told = [each.speak(key, "ten signs.").headers for each in pair]
    assert [each["ratelimit-policy"] for each in told] == ['"rpm";q=60;w=60, "chars-day";q=100;w=86400'] * 2
    assert [each["ratelimit"].partition('"chars-day";r=')[2].partition(";")[0] for each in told] == [
        "90",
        "80",
    ]
    assert '"chars-day";r=80' in pair[0].ask("GET", "/v1/models", key=key).headers["ratelimit"]


def test_headers_tell_also_who_comes_no_further(pair: tuple[Running, Running]) -> None:
    key = issued(pair, limits=NO_LIMITS._replace(per_minute=60), tags=frozenset(("token.inspect",)))
    answers = [each.speak(key) for each in pair]
    assert [(each.status, each.headers["x-ratelimit-remaining-requests"]) for each in answers] == [
        (403, "60")
    ] * 2


def test_a_bad_request_does_not_count(pair: tuple[Running, Running]) -> None:
    key = issued(pair, limits=NO_LIMITS._replace(per_minute=5, burst=5))
    for number in range(12):
        answer = pair[number % 2].ask("POST", "/v1/audio/speech", b"{", key)
        assert (answer.status, answer.headers["x-ratelimit-remaining-requests"]) == (400, "5")
    assert [pair[number % 2].speak(key).status for number in range(6)] == [200] * 5 + [429]


def test_alone_a_gateway_tells_how_its_own_limits_stand(pair: tuple[Running, Running], redis: Redis) -> None:
    key = issued(pair, limits=NO_LIMITS._replace(per_minute=5))
    redis.stop()
    told = [pair[0].speak(key).headers["x-ratelimit-remaining-requests"] for _ in range(2)]
    assert told == ["4", "3"]
