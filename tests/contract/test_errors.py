"""The contract's error object and exit codes, held against the real program."""

from __future__ import annotations

import json

from tests.conftest import Program


def test_an_error_before_any_answer_names_its_vendor_too(voicectl: Program) -> None:
    env = {
        "OPENAI_API_KEY": "sk-EXAMPLE",
        "VOICECTL_ENDPOINT_URL": "http://127.0.0.1:1",
        "VOICECTL_RETRIES": "0",
    }
    done = voicectl("say", "hi", "--vendor", "openai", "-o", "a.wav", "-O", "json", env=env)
    assert json.loads(done.stderr.splitlines()[-1])["error"] == {
        "kind": "unreachable",
        "message": "cannot reach 127.0.0.1:1: it refuses the connection",
        "hint": "check host and port",
        "exit_code": 69,
        "vendor": "openai",
        "vendor_code": None,
        "request_id": None,
        "retryable": True,
    }
