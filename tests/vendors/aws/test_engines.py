"""Voices, engines and markup of Polly: nothing is chosen without a word, and who has what is said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.polly import Polly, polly
from tests.cloud.server import Answer, RawRequest
from tests.transport.faults import FAULTS
from tests.vendors.aws.speaking import speaker
from voicectl.core.errors import BadInput, NotFound, Unsupported, VendorRefused
from voicectl.core.tts import LimitedByEngine
from voicectl.vendors.aws.services import TAGS
from voicectl.vendors.aws.voices import ENGINES


def test_an_engine_that_was_not_named_is_taken_with_a_note_and_kept() -> None:
    service = Polly()
    with speaker(polly(service)) as say:
        for _ in range(2):
            _, stream = say(voice="Ruth")
            [note] = stream.notes
            assert note.template.format(**note.facts) == (
                "voice Ruth has no engine standard: neural was taken; it has generative, long-form, neural"
            )
    assert [body.get("Engine") for body in service.spoken] == ["neural", "neural"]
    assert say.asked == ["POST /v1/speech", *["GET /v1/voices"] * 3, "POST /v1/speech", "POST /v1/speech"]


@pytest.mark.parametrize(
    ("wishes", "said", "hint"),
    [
        ({"voice": "Ruth", "engine": "standard"}, "has generative, long-form, neural", "--engine neural"),
        (
            {"voice": "Aditi", "engine": "generative"},
            "voice Aditi in us-east-1 has standard",
            "--engine standard",
        ),
    ],
)
def test_an_engine_that_was_named_is_never_exchanged(wishes: dict[str, Any], said: str, hint: str) -> None:
    with speaker(polly()) as say, pytest.raises(VendorRefused, match=said) as caught:
        say(**wishes)
    assert (caught.value.hint, caught.value.facts["vendor_code"]) == (hint, "ValidationException")


@pytest.mark.parametrize(
    ("wishes", "hint"),
    [({"voice": "Ruth"}, "--engine neural"), ({"voice": "Nobody"}, "tts voices")],
    ids=["engine", "voice"],
)
def test_where_voices_may_not_be_listed_the_refusal_stays(wishes: dict[str, Any], hint: str) -> None:
    judge = polly()

    def respond(request: RawRequest) -> Answer:
        return FAULTS["403"](request) if request.method == "GET" else judge(request)  # type: ignore[return-value]

    with speaker(respond) as say, pytest.raises(VendorRefused, match="AWS refuses") as caught:
        say(**wishes)
    assert hint in caught.value.hint


def test_a_voice_that_the_region_has_not_is_not_found() -> None:
    with speaker(polly()) as say, pytest.raises(NotFound, match="no voice 'Nobody' in us-east-1") as caught:
        say(voice="Nobody")
    assert "tts voices" in caught.value.hint


EVERY = {
    *("break", "emphasis", "lang", "mark", "p", "phoneme", "prosody", "s", "say-as", "speak", "sub", "w"),
    *("amazon:auto-breaths", "amazon:breath", "amazon:domain", "amazon:effect"),
}
LACKS = {
    "standard": {"amazon:domain"},
    "neural": {"emphasis", "amazon:auto-breaths", "amazon:breath"},
    "long-form": {"emphasis", "amazon:auto-breaths", "amazon:breath", "amazon:domain"},
    "generative": {"emphasis", "amazon:auto-breaths", "amazon:breath", "amazon:domain", "amazon:effect"},
}


@pytest.mark.parametrize("engine", LACKS)
def test_each_engine_takes_its_tags_and_no_others(engine: str) -> None:
    with speaker(polly()) as say:
        for tag in EVERY - {"speak"}:
            markup = f"<speak><{tag}>hi</{tag}></speak>"
            if tag not in LACKS[engine]:
                say.settled(markup, ssml=True, engine=engine, voice="Ruth")
                continue
            with pytest.raises(BadInput, match=f"column 8: engine {engine} does not take the tag <{tag}>"):
                say.settled(markup, ssml=True, engine=engine, voice="Ruth")


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        (
            '<prosody rate="fast"\n pitch="+5%">hi</prosody>',
            "line 2, column 2: engine neural has no pitch in <prosody>",
        ),
        ("<prosody amazon:max-duration='2s'>hi</prosody>", "line 1, column 17: .* no amazon:max-duration"),
        (
            '<amazon:effect phonation="soft">hi</amazon:effect>',
            "no phonation in <amazon:effect>; standard has",
        ),
        ('<amazon:effect vocal-tract-length="+5%">hi</amazon:effect>', "no vocal-tract-length"),
        ('<amazon:effect name="whispered">hi</amazon:effect>', "no name=whispered"),
        ('<amazon:effect name="drc">hi</amazon:effect>', ""),
        ('<prosody rate="fast" volume="loud">pitch="x"</prosody>', ""),
        ('<!-- <prosody pitch="+5%"> -->hi', ""),
    ],
)
def test_attributes_that_only_standard_has_are_refused_with_their_place(markup: str, said: str) -> None:
    with speaker(polly()) as say:
        for engine in ("standard", ""):
            say.settled(f"<speak>{markup}</speak>", ssml=True, voice="Ruth", engine=engine)
        if not said:
            say.settled(f"<speak>{markup}</speak>", ssml=True, voice="Ruth", engine="neural")
            return
        with pytest.raises(BadInput, match=said):
            say.settled(f"<speak>{markup}</speak>", ssml=True, voice="Ruth", engine="neural")


def test_no_engine_is_without_a_table() -> None:
    assert set(TAGS) == set(ENGINES) == set(LACKS)


def test_without_an_engine_a_tag_of_any_is_passed_and_others_are_not() -> None:
    with speaker(polly()) as say:
        say.settled("<speak><emphasis>hi</emphasis></speak>", ssml=True)
        with pytest.raises(BadInput, match="Polly does not take the tag <audio>"):
            say.settled("<speak><audio src='a'/>hi</speak>", ssml=True)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"lexicons": "a,b,c,d,e,f"}, "6 lexicons are too many"),
        ({"lexicons": "a b"}, "'a b' is no lexicon"),
        ({"LexiconNames": ""}, "'' is no lexicon"),
        ({"lexicons": "x" * 21}, "1 to 20"),
        ({"task_prefix": "a/"}, "needs a bucket"),
        ({"SnsTopicArn": "arn:aws:sns:us-east-1:1:t"}, "needs a bucket"),
        ({"task_bucket": "No_Bucket"}, "cannot be a --param task_bucket"),
        ({"task_bucket": "my-bucket", "task_prefix": "a b"}, "cannot be a --param task_prefix"),
        ({"task_buckets": "x"}, "task_bucket"),
    ],
    ids=str,
)
def test_a_parameter_that_cannot_be_is_refused_before_anything_is_sent(
    params: dict[str, str], said: str
) -> None:
    with speaker(polly()) as say, pytest.raises(Unsupported, match=said):
        say.settled(params=params)


def test_lexicons_go_by_either_name() -> None:
    service = Polly()
    with speaker(polly(service)) as say:
        for name in ("lexicons", "LexiconNames"):
            say(params={name: "names, places"})
    assert [body["LexiconNames"] for body in service.spoken] == [["names", "places"]] * 2


@pytest.mark.parametrize(
    ("wishes", "size", "whole", "per_second", "jobs"),
    [
        ({}, 3000, 6000, 80, 0),
        ({"engine": "neural"}, 3000, 6000, 8, 0),
        ({"engine": "generative"}, 3000, 6000, 8, 26),
        ({"engine": "long-form"}, 3000, 6000, 8, 0),
        ({"rate": 1.2, "text": "&" * 700}, 3000, 6000, 80, 0),
        ({"rate": 1.2, "text": "&" * 5000}, 1190, 6000, 80, 0),
        ({"text": "声" * 99}, 2100, 6000, 80, 0),
        ({"text": "声" * 9 + "x" * 90}, 3000, 6000, 80, 0),
        ({"text": "1 2 3"}, 2100, 6000, 80, 0),
        ({"text": "声", "rate": 0.25}, 525, 6000, 80, 0),
        ({"text": "声", "rate": 2.0}, 2100, 6000, 80, 0),
        ({"rate": 0.2}, 1200, 6000, 80, 0),
        ({"params": {"task_bucket": "voice-example"}, "text": "声"}, 100_000, 200_000, 10, 0),
        ({"params": {"task_bucket": "voice-example"}, "engine": "generative"}, 100_000, 200_000, 1, 26),
    ],
    ids=[
        *(
            "usual",
            "neural",
            "generative",
            "long-form",
            "few escapes",
            "escapes only",
            "Chinese",
            "nearly English",
        ),
        *("numbers", "slow Chinese", "fast Chinese", "slow English", "task", "slow task"),
    ],
)
def test_limits_are_those_of_way_and_engine(
    wishes: dict[str, Any], size: int, whole: int, per_second: float, jobs: int
) -> None:
    with speaker(polly()) as say:
        assert isinstance(say.tts, LimitedByEngine)
        limit = say.tts.limit_for(say.settled(**wishes))
    assert (limit.size, limit.whole, limit.per_second, limit.jobs) == (size, whole, per_second, jobs)
    assert limit.holds("<speak>" + "x" * size + "</speak>", ssml=True)


def test_text_of_the_size_that_is_left_for_it_fits_with_all_its_escapes() -> None:
    with speaker(polly()) as say:
        assert isinstance(say.tts, LimitedByEngine)
        utterance = say.settled("&" * 5000, rate=1.23, pitch=-2.5, volume=0.77)
        room = say.tts.limit_for(utterance).size
        say("&" * room, rate=1.23, pitch=-2.5, volume=0.77)
