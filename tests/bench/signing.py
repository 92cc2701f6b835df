"""Figures: one Polly request built, signed and traced, beside botocore's own signer in the same run.

Run with `python tests/bench/signing.py`; no key is cached on either side. Exit 1 where ours costs more
than half.
"""

from __future__ import annotations

import sys
import timeit
from collections.abc import Callable
from datetime import UTC, datetime

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.signing import schemes
from voicectl.signing.aws_v4 import V4

HOST, PATH = "polly.us-east-1.amazonaws.com", "/v1/speech"
BODY = b'{"Engine":"neural","OutputFormat":"mp3","Text":"Hello world","VoiceId":"Joanna"}'
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
LOOPS, ROUNDS = 1000, 25

SIGNER = schemes.build("aws-sigv4", region="us-east-1", service="polly")
CREDENTIALS = Credentials(key_id=KEY, secret=Secret(SECRET))
AT = Moment(datetime.now(UTC), "")
BOTOCORE = SigV4Auth(BotocoreCredentials(KEY, SECRET), "polly", "us-east-1")


def ours() -> object:
    request = Request.build(
        method="POST",
        host=HOST,
        path=PATH,
        headers=(("Content-Type", "application/json"),),
        body=BODY,
    )
    return SIGNER.sign(request, CREDENTIALS, AT)


def botocore() -> object:
    headers = {"Content-Type": "application/json"}
    request = AWSRequest("POST", f"https://{HOST}{PATH}", headers=headers, data=BODY)
    BOTOCORE.add_auth(request)
    return request.prepare()


def again() -> Callable[[], object]:
    """Return what `explain` does thousands of times: sign a captured request once more."""
    assert isinstance(SIGNER, V4)
    request = SIGNER.sign(Request(method="POST", host=HOST, path=PATH, body=BODY), CREDENTIALS, AT).request
    claims = SIGNER.claims(request)
    return lambda: SIGNER.trace(request, CREDENTIALS, claims)


def figures(deeds: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return microseconds a call: the best of many rounds, taken in turns so that load hits all alike."""
    best = dict.fromkeys(deeds, float("inf"))
    for _ in range(ROUNDS):
        for name, deed in deeds.items():
            best[name] = min(best[name], timeit.timeit(deed, number=LOOPS) / LOOPS * 1e6)
    return best


def main() -> int:
    best = figures({"botocore": botocore, "voicectl": ours, "voicectl, signed again": again()})
    print(f"{'':24}{'µs':>8}{'of botocore':>14}")
    for name, cost in best.items():
        print(f"{name:24}{cost:8.1f}{cost / best['botocore']:14.2f}")
    return int(best["voicectl"] > best["botocore"] / 2)


if __name__ == "__main__":
    sys.exit(main())
