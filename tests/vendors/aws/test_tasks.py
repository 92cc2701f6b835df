"""Speech that Polly writes into a bucket: started once, waited for, fetched with a signature of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.cloud.polly import LASTING, TASK_ID, TEMPORARY, Polly, polly_and_s3
from tests.cloud.server import Answer, RawRequest, Respond
from tests.cloud.sounds import mp3, pcm, seconds_of
from tests.transport.faults import FAULTS
from tests.vendors.aws.speaking import speaker
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import (
    BadInput,
    BrokenAnswer,
    CredentialError,
    NotFound,
    OutcomeUnknown,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.vendors.aws.tasks import key_in

BUCKET = {"task_bucket": "voice-example"}
START, GET = "POST /v1/synthesisTasks", f"GET /v1/synthesisTasks/{TASK_ID}-0"
TEXT = "声" * 3001


@pytest.mark.parametrize("account", [LASTING, TEMPORARY], ids=["lasting", "temporary"])
@pytest.mark.slow
def test_a_long_text_is_spoken_into_the_bucket_and_fetched(account: object) -> None:
    service = Polly()
    with speaker(polly_and_s3(service), account, timeout=9) as say:  # type: ignore[arg-type]
        sound, stream = say(TEXT, params={**BUCKET, "task_prefix": "books/1"})
    assert (sound == pcm(seconds_of(TEXT)), stream.billed_characters) == (True, len(TEXT))
    assert stream.request_id == f"{TASK_ID}-0"
    assert say.asked == [START, GET, GET, GET, f"GET /voice-example/books/1.{TASK_ID}-0.pcm"]
    assert say.clock.slept == [0.5, 1.0, 2.0]


def test_an_mp3_at_the_engines_rate_is_passed_through() -> None:
    with speaker(polly_and_s3(Polly(patience=0))) as say:
        sound, stream = say(
            params=BUCKET, format=AudioFormat(Container.MP3, 0), engine="neural", voice="Ruth"
        )
    assert (sound, stream.format.sample_rate) == (mp3(0.2, 24000), 24000)


def test_marks_are_a_task_of_their_own() -> None:
    service = Polly(patience=0)
    with speaker(polly_and_s3(service)) as say:
        _, stream = say("good morning", params=BUCKET, marked=True)
    assert [mark.text for mark in stream.marks] == ["good morning", "good", "morning"]
    assert (len(service.tasks), stream.billed_characters) == (2, 24)


def test_a_voice_without_the_engine_starts_one_task_only() -> None:
    service = Polly(patience=0)
    with speaker(polly_and_s3(service)) as say:
        _, stream = say(voice="Hiujin", params=BUCKET)
    assert ([body["Engine"] for body in service.spoken], len(stream.notes)) == (["neural"], 1)


def test_a_task_that_fails_tells_why_and_where() -> None:
    with (
        speaker(polly_and_s3(Polly(fails="no room"))) as say,
        pytest.raises(VendorRefused, match="could not do it: no room") as caught,
    ):
        say(params=BUCKET)
    assert caught.value.facts["task"] == f"{TASK_ID}-0"


@pytest.mark.slow
def test_a_task_that_takes_an_hour_is_told_and_left_alone() -> None:
    with (
        speaker(polly_and_s3(Polly(patience=10**6))) as say,
        pytest.raises(
            TryLater, match=r"not done after 60\.\d+ minutes; its sound will be at https://s3"
        ) as caught,
    ):
        say(params=BUCKET)
    assert ("is paid for" in caught.value.hint, max(say.clock.slept)) == (True, 5.0)


@pytest.mark.parametrize("fault", ["500", "503", "closed without a word", "web page", "zero bytes"])
def test_a_start_of_which_nobody_knows_is_never_repeated(fault: str) -> None:
    with speaker(FAULTS[fault], retries=3) as say, pytest.raises(OutcomeUnknown):
        say(params=BUCKET)
    assert say.asked == [START]


def first(respond: Respond, then: Callable[[RawRequest], object]) -> Respond:
    """Start as usual, and go wrong after that."""
    return lambda request: (respond if request.method == "POST" else then)(request)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("500", TryLater), ("404", NotFound), ("403", CredentialError), ("zero bytes", BrokenAnswer)],
)
def test_what_fails_after_the_start_says_that_it_is_paid_for(fault: str, kind: type[VoicectlError]) -> None:
    with speaker(first(polly_and_s3(Polly()), FAULTS[fault])) as say, pytest.raises(kind) as caught:
        say(params=BUCKET)
    assert caught.value.facts["task"] == f"{TASK_ID}-0"
    assert "s3.us-east-1.amazonaws.com/voice-example/" in caught.value.facts["uri"]  # type: ignore[operator]


def test_asking_for_a_task_is_repeated() -> None:
    service = Polly()
    answers: list[Respond] = [FAULTS["503"]]

    def respond(request: RawRequest) -> Answer:
        is_question = request.method == "GET" and answers
        return (answers.pop() if is_question else polly_and_s3(service))(request)  # type: ignore[return-value]

    with speaker(respond, retries=1) as say:
        assert say(params=BUCKET)[0] == pcm(0.2)
    assert len(service.tasks) == 1


def test_a_bucket_that_is_not_ours_is_refused() -> None:
    with (
        speaker(polly_and_s3(Polly())) as say,
        pytest.raises(VendorRefused, match="bucket is not valid") as caught,
    ):
        say(params={"task_bucket": "another"})
    assert "in this region" in caught.value.hint


def test_an_object_that_is_gone_is_not_found() -> None:
    service = Polly()

    def respond(request: RawRequest) -> object:
        service.objects.clear()
        return polly_and_s3(service)(request)

    with speaker(respond) as say, pytest.raises(NotFound, match="does not exist"):  # type: ignore[arg-type]
        say(params=BUCKET)


def test_a_wrong_secret_starts_nothing() -> None:
    service = Polly()
    wrong = replace(LASTING, secret="EXAMPLE")
    with speaker(polly_and_s3(service), wrong) as say, pytest.raises(CredentialError):
        say(params=BUCKET)
    assert service.tasks == []


def test_a_text_over_the_limit_of_tasks_is_refused() -> None:
    with speaker(polly_and_s3(Polly())) as say, pytest.raises(BadInput, match="at most 100000"):
        say("x" * 100_001, params=BUCKET)
    assert say.asked == []


@pytest.mark.parametrize(
    ("uri", "key"),
    [
        ("https://s3.us-east-1.amazonaws.com/b-1/a%20b/c.mp3", "a b/c.mp3"),
        ("https://b-1.s3.us-east-1.amazonaws.com/a/c.mp3", "a/c.mp3"),
        ("http://evil.example/b-1/a.mp3", "a.mp3"),
    ],
)
def test_the_key_is_read_from_either_form_and_nothing_else_is(uri: str, key: str) -> None:
    assert key_in(uri, "b-1") == key


@pytest.mark.parametrize(
    "uri", ["", "https://s3.amazonaws.com/other/a.mp3", "https://s3.amazonaws.com/b-1/", "x"]
)
def test_a_place_outside_the_bucket_is_a_broken_answer(uri: str) -> None:
    with pytest.raises(BrokenAnswer):
        key_in(uri, "b-1")
