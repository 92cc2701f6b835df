"""AWS's own client and moto as second judges: what is sent for a wish, and what tasks wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cloud.court import Account
from tests.cloud.polly import LASTING, Polly, polly, polly_and_s3
from tests.cloud.server import RawRequest, serving
from tests.cloud.test_moto import Moto
from tests.fakes import world
from tests.vendors.aws.speaking import PCM, CountingClock, speaker
from voicectl.core.credentials import Credentials
from voicectl.core.options import Options
from voicectl.core.profile import Accounts, Profile
from voicectl.core.tts import Utterance
from voicectl.profiles.choice import Choice
from voicectl.runtime import AccountAccess, Runtime
from voicectl.vendors.registry import load

pytestmark = pytest.mark.slow

USUAL = {"VoiceId": "Joanna", "OutputFormat": "pcm", "SampleRate": "16000", "Text": "hi", "TextType": "text"}
MARKUP = "<speak>hi <break time='1s'/></speak>"
WISHES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {}),
    "engine": ({"voice": "Ruth", "engine": "neural"}, {"VoiceId": "Ruth", "Engine": "neural"}),
    "language": ({"voice": "Aditi", "lang": "hi"}, {"VoiceId": "Aditi", "LanguageCode": "hi-IN"}),
    "lexicons": ({"params": {"lexicons": "names,places"}}, {"LexiconNames": ["names", "places"]}),
    "markup": ({"text": MARKUP, "ssml": True}, {"Text": MARKUP, "TextType": "ssml"}),
}


def client(service: str, url: str) -> Any:
    import boto3

    keys = {"aws_access_key_id": LASTING.key_id, "aws_secret_access_key": LASTING.secret}
    return boto3.client(service, region_name="us-east-1", endpoint_url=url, **keys)


def told(request: RawRequest) -> tuple[str, str, object]:
    return request.method, request.target, json.loads(request.body) if request.body else None


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("by_task", [False, True], ids=["at once", "by a task"])
def test_the_official_client_sends_the_same(wish: str, by_task: bool) -> None:
    ours, theirs = WISHES[wish]
    bucket = {"OutputS3BucketName": "voice-example", "OutputS3KeyPrefix": "a/b"}
    with serving(polly(Polly())) as server:
        polly_client = client("polly", server.url)
        if by_task:
            polly_client.start_speech_synthesis_task(**{**USUAL, **theirs, **bucket})
            ours = {
                **ours,
                "params": {**ours.get("params", {}), "task_bucket": "voice-example", "task_prefix": "a/b"},
            }
        else:
            polly_client.synthesize_speech(**{**USUAL, **theirs})
        expected = told(server.requests[0])
    with speaker(polly_and_s3(Polly())) as say:
        say(**{"voice": "Joanna", **ours})
        assert told(say.server.requests[0]) == expected


def test_marks_are_asked_for_as_the_official_client_does() -> None:
    with serving(polly(Polly())) as server:
        wanted = {name: value for name, value in USUAL.items() if name != "SampleRate"}
        client("polly", server.url).synthesize_speech(
            **{**wanted, "OutputFormat": "json", "SpeechMarkTypes": ["sentence", "word"]}
        )
        expected = told(server.requests[0])
    with speaker(polly()) as say:
        say(voice="Joanna", marked=True)
        assert told(say.server.requests[0]) == expected


@pytest.fixture(scope="module")
def moto() -> Any:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    running = Moto(f"{host}:{port}")
    yield running
    running.verify("inf")
    running.http.close()
    server.stop()


@pytest.mark.parametrize("kind", ["lasting", "temporary"])
def test_what_a_task_wrote_is_got_from_a_bucket_of_moto(moto: Moto, kind: str) -> None:
    keys: Credentials = getattr(moto, kind)
    token = keys.security_token.reveal() if keys.security_token else ""
    account = Account(keys.key_id, keys.secret.reveal(), token)
    service = Polly(patience=0)
    judge = polly(service)
    judge.accounts = (account,)
    assert moto.ask("PUT", "/voice-example", keys, service="s3").status == 200
    with serving(judge) as server:
        places = {"polly": server.url, "s3": f"http://{moto.host}"}
        profile = Profile(name="", vendor="aws", region="us-east-1", endpoints=places)
        names = {"AWS_ACCESS_KEY_ID": account.key_id, "AWS_SECRET_ACCESS_KEY": account.secret}
        environ = {**names, **({"AWS_SESSION_TOKEN": token} if token else {}), "AWS_REGION": "us-east-1"}
        runtime = Runtime(world(environ), Options(retries=0, timeout=5))
        runtime.accounts, runtime.clock = Accounts(), Writing(moto, keys, service)  # type: ignore[assignment]
        card = load("aws")
        assert card.tts is not None
        tts = card.tts(AccountAccess(runtime, Choice(profile=profile)))
        params = {"task_bucket": "voice-example", "task_prefix": "books/first"}
        with tts.synthesize(tts.settle(Utterance(text="hi", format=PCM, params=params))) as stream:
            [key] = service.objects
            assert b"".join(stream.chunks) == service.objects[key]


class Writing(CountingClock):
    """While the program waits, what the task made is put into moto's bucket."""

    def __init__(self, moto: Moto, keys: Credentials, service: Polly) -> None:
        super().__init__()
        self._put = lambda: [
            moto.ask("PUT", f"/voice-example/{key}", keys, service="s3", body=body)
            for key, body in service.objects.items()
        ]

    def sleep(self, seconds: float) -> None:
        self._put()
