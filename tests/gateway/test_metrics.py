"""Metrics on a listener of their own: what is counted, and what is never in them."""

from __future__ import annotations

from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.gateway.house import NO_LIMITS, running
from voicectl.cli.gateway_options import OPTIONS, plan_of
from voicectl.core.errors import Unavailable
from voicectl.gateway.keys import Env
from voicectl.gateway.metrics import Metrics, listen
from voicectl.gateway.serve import listening

pytestmark = pytest.mark.slow


def test_every_decision_is_counted_by_words_from_short_lists(tmp_path: Path) -> None:
    with running(tmp_path / "g", env=Env.TEST) as team:
        key = team.keys.issue(env=Env.TEST, limits=NO_LIMITS._replace(per_minute=2))
        team.speak(key, "twelve signs")
        team.say(key, "hello")
        team.speak(key)
        team.speak("ak_test_nobody")
        team.ask("GET", f"/nowhere/{key}")
        told = team.metrics()
    for line in (
        'requests_total{code="200",env="test",route="/v1/audio/speech",vendor="sandbox"} 1.0',
        'requests_total{code="404",env="test",route="none",vendor=""} 1.0',
        'request_seconds_count{route="/v1/tts"} 1.0',
        'upstream_seconds_count{vendor="sandbox"} 2.0',
        'characters_total{env="test",vendor="sandbox"} 17.0',
        'auth_failures_total{reason="malformed"} 1.0',
        'rate_limited_total{limit="rpm"} 1.0',
        "inflight 0.0",
        "audit_backlog",
        "rules_reload_failed 0.0",
        'keys{env="test",status="active"} 1.0',
    ):
        assert f"voicectl_gateway_{line}" in told
    assert key[8:16] not in told


def test_keys_are_labels_only_where_that_was_asked_for(tmp_path: Path) -> None:
    with running(tmp_path / "g", env=Env.TEST, metrics_per_key=True) as team:
        key = team.keys.issue(env=Env.TEST)
        team.speak(key)
        told = team.metrics()
    assert f'key="{key[8:16]}"' in told
    assert key[16:] not in told


def test_a_live_gateway_and_the_sandbox_beside_it_show_theirs_apart() -> None:
    usual = {name: default for name, (_, default) in OPTIONS.items()}
    ports = [plan_of({**usual, "env": env}).metrics_port for env in ("live", "test")]
    assert ports == [9464, 9465]
    assert plan_of({**usual, "metrics_port": 0}).metrics_port == 0


def test_they_are_shown_on_a_port_of_their_own() -> None:
    with listening("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    end = listen(Metrics("live", {}), "127.0.0.1", port)
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics") as reply:
            assert b"voicectl_gateway_requests_total" in reply.read()
        with pytest.raises(Unavailable):
            listen(Metrics("live", {}), "127.0.0.1", port)
    finally:
        end()
    with pytest.raises(URLError):
        urlopen(f"http://127.0.0.1:{port}/metrics")
