"""The engines speak for real: right words, plausible length and loudness, and clear refusals."""

from __future__ import annotations

import sys
import threading
import time
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audio.tones import chunk, fmt, riff, tone
from tests.conftest import Program
from voicectl.core.errors import BadInput, Unavailable, Unsupported
from voicectl.core.language import primary
from voicectl.core.tts import Utterance, Voice
from voicectl.vendors.local import espeak, system
from voicectl.vendors.local.engine import first_voice
from voicectl.vendors.local.nano import without_markup
from voicectl.vendors.local.tts import LocalTts, all_engines

SENTENCES = (
    "the weather is nice today",
    "please call me back tomorrow",
    "open the window in the kitchen",
    "seven birds sit on the roof",
    "my train leaves at nine",
    "this music is too loud",
    "we never eat meat on friday",
    "the red car stops here",
    "your order has been shipped",
    "good night and sleep well",
)
SPOKEN = SENTENCES[::2]
CANARY = "0123456789-CANARY-EXAMPLE"


def is_installed(name: str) -> bool:
    return any(engine.name == name and engine.is_installed() for engine in all_engines())


def speak(**settings: object) -> tuple[bytes, int]:
    """Return samples and their rate."""
    tts = LocalTts(all_engines)
    with tts.synthesize(tts.settle(Utterance(**settings))) as stream:  # type: ignore[arg-type]
        return b"".join(stream.chunks), stream.format.sample_rate


def seconds(text: str, **settings: object) -> float:
    pcm, rate = speak(text=text, **settings)
    return len(pcm) / 2 / rate


def loudness(pcm: bytes) -> float:
    samples = array("h", pcm)
    return (sum(each * each for each in samples) / len(samples)) ** 0.5 / 32768


@pytest.fixture(scope="module")
def recognise(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], str]:
    """Return a recogniser that knows the ten sentences and nothing else."""
    from pocketsphinx import Decoder

    grammar = tmp_path_factory.mktemp("grammar") / "sentences.gram"
    grammar.write_text(
        "#JSGF V1.0;\ngrammar sentences;\npublic <sentence> = " + " | ".join(SENTENCES) + ";\n"
    )
    decoder = Decoder(lm=None, jsgf=str(grammar), samprate=16000, loglevel="FATAL")

    def heard(pcm: bytes) -> str:
        silence = bytes(2 * 16000 // 5)
        decoder.start_utt()
        decoder.process_raw(silence + pcm + silence, full_utt=True)
        decoder.end_utt()
        hypothesis = decoder.hyp()
        return hypothesis.hypstr if hypothesis else ""

    return heard


@pytest.mark.slow
def test_a_recogniser_hears_what_the_default_engine_says(recognise: Callable[[bytes], str]) -> None:
    heard = []
    for sentence in SPOKEN:
        pcm, rate = speak(text=sentence)
        assert rate == 16000
        heard.append(recognise(pcm))
    assert heard == list(SPOKEN)


def test_hello_by_default_is_short_audible_speech() -> None:
    pcm, rate = speak(text="hello")
    assert 0.3 < len(pcm) / 2 / rate < 3
    assert loudness(pcm) > 0.02
    assert len(set(array("h", pcm))) > 1000


@pytest.mark.parametrize(
    ("text", "at_least", "at_most"), [("你好", 0.3, 1.5), ("今天天气很好，我们去公园散步吧。", 2.0, 6.0)]
)
def test_espeak_speaks_chinese_of_plausible_length_and_loudness(
    text: str, at_least: float, at_most: float
) -> None:
    tts = LocalTts(all_engines)
    settled = tts.settle(Utterance(text=text))
    assert (settled.engine, settled.voice) == ("espeak", "cmn")
    pcm, rate = speak(text=text)
    assert at_least < len(pcm) / 2 / rate < at_most
    assert 0.03 < loudness(pcm) < 0.5


def test_espeak_streams_chunks_of_a_tenth_of_a_second() -> None:
    tts = LocalTts(all_engines)
    with tts.synthesize(tts.settle(Utterance(text="one two three four", engine="espeak"))) as stream:
        chunks = list(stream.chunks)
    assert len(chunks) > 5
    assert max(map(len, chunks)) <= 2 * 22050 // 10 + 2


@pytest.mark.slow
def test_espeak_left_in_the_middle_stops_working_and_speaks_again() -> None:
    tts = LocalTts(all_engines)
    settled = tts.settle(Utterance(text="one two three four five six seven " * 200, engine="espeak"))
    threads, costs = threading.active_count(), []
    for is_left in (False, True):
        began = time.process_time()
        with tts.synthesize(settled) as stream:
            assert next(stream.chunks)
            if not is_left:
                assert sum(map(len, stream.chunks)) > 1_000_000
        costs.append(time.process_time() - began)
    assert threading.active_count() == threads
    assert costs[1] < costs[0] / 3
    assert seconds("hello", engine="espeak") > 0.2


def test_espeak_changes_its_voice_back() -> None:
    english = seconds("hello world", engine="espeak", lang="en")
    assert seconds("hello world", engine="espeak", lang="fr") != pytest.approx(english, abs=0.001)
    assert seconds("hello world", engine="espeak", lang="en") == pytest.approx(english, rel=0.02)


def test_espeak_has_a_voice_for_every_language_it_lists() -> None:
    library = espeak._started().functions
    data = Path(sys.modules["espeakng_loader"].get_data_path())
    dictionaries = {primary(each.name.removesuffix("_dict")) for each in data.glob("*_dict")}
    assert set(espeak.LANGUAGES.split()) == dictionaries
    tags = [*espeak.LANGUAGES.split(), "en-GB", "pt-BR", "fr-CH", "es-419", "zh-TW", "zh-HK", "no"]
    silent = [tag for tag in tags if library.espeak_SetVoiceByName(espeak.usual_voice(tag).encode()) != 0]
    assert silent == []


def test_espeak_answers_an_unknown_voice_with_an_error_and_not_with_another_voice() -> None:
    speak_once = LocalTts(all_engines)._speaker(Utterance(text="", engine="espeak"))
    with pytest.raises(Unsupported):
        speak_once(Utterance(text="hello", engine="espeak", voice="xx-nobody"))


ENGINES_WITH_RATE = [
    "nano",
    "espeak",
    pytest.param(
        "espeak-ng", marks=pytest.mark.skipif(not is_installed("espeak-ng"), reason="no espeak-ng on PATH")
    ),
    pytest.param("flite", marks=pytest.mark.skipif(not is_installed("flite"), reason="no flite on PATH")),
    pytest.param(
        "neural",
        marks=pytest.mark.skipif(not is_installed("neural"), reason="voicectl[neural] is not installed"),
    ),
]


@pytest.mark.parametrize("engine", ENGINES_WITH_RATE)
def test_half_the_rate_takes_about_twice_the_time(engine: str) -> None:
    usual = seconds("hello world this is a test", engine=engine)
    slow = seconds("hello world this is a test", engine=engine, rate=0.5)
    assert 1.5 < slow / usual < 2.6


@pytest.mark.parametrize("engine", ["nano", "espeak"])
def test_half_the_volume_is_about_half_as_loud(engine: str) -> None:
    usual, _ = speak(text="hello world", engine=engine)
    quiet, _ = speak(text="hello world", engine=engine, volume=0.5)
    assert 0.35 < loudness(quiet) / loudness(usual) < 0.65


@pytest.mark.parametrize("engine", ["nano", "espeak"])
def test_an_octave_up_doubles_the_pitch(engine: str) -> None:
    usual, high = (
        crossings(*speak(text="aaah aaah", engine=engine, voice="en-US", pitch=pitch))
        for pitch in (None, 12.0)
    )
    assert 1.6 < high / usual < 2.4


def crossings(pcm: bytes, rate: int) -> float:
    """Estimate the pitch in Hz: the lag at which the loudest tenth of a second repeats itself best."""
    samples = array("h", pcm)
    width = rate // 10
    start = max(
        range(0, len(samples) - 2 * width, width // 2), key=lambda at: sum(map(abs, samples[at : at + width]))
    )
    window = samples[start : start + width]
    lags = range(rate // 500, rate // 60)

    def likeness(lag: int) -> float:
        return sum(window[i] * window[i + lag] for i in range(0, width - lag, 2)) / (width - lag)

    scores = {lag: likeness(lag) for lag in lags}
    best = max(scores.values())
    return rate / next(lag for lag in lags if scores[lag] > 0.85 * best)


@pytest.mark.parametrize("text", ["αβγ", "你好"])
def test_letters_that_the_engine_has_no_sound_for_are_bad_input(text: str) -> None:
    with pytest.raises(BadInput, match="no sound for"):
        speak(text=text, lang="en", engine="nano")


def test_markup_in_the_text_is_spoken_and_not_obeyed() -> None:
    plain = seconds("hello there friend", engine="nano")
    assert seconds('<speed level="300">hello there friend', engine="nano") > plain
    assert seconds('<play file="/etc/hostname"/>hello there friend', engine="nano") > plain + 0.5
    assert without_markup("a<b", "de-DE") == "a kleiner als b"


def test_the_voices_of_nano_are_those_inside_its_wheel() -> None:
    import py_nanotts

    folder = Path(py_nanotts.__file__).parent / "lang"
    inside = {each.name.partition("_")[0] for each in folder.glob("*_sg.bin")}
    listed = [voice for voice in LocalTts(all_engines).voices() if voice.engines == ("nano",)]
    assert {voice.id for voice in listed} == inside
    for voice in listed:
        assert seconds("a", voice=voice.id, engine="nano") > 0


def test_a_program_that_fails_is_named_with_its_last_words(tmp_path: Path) -> None:
    program = tmp_path / "mumble"
    program.write_text("#!/bin/sh\necho first >&2\necho no voice today >&2\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(Unavailable, match="failed: no voice today"):
        system._run([str(program)], dict)
    with pytest.raises(Unavailable, match="failed"):
        system._run([str(tmp_path / "absent")], dict)


def test_an_engine_that_is_a_program_gets_no_key(voicectl: Program, tmp_path: Path) -> None:
    (tmp_path / "sound.wav").write_bytes(riff(fmt(), chunk(b"data", tone(0.2))))
    engine = tmp_path / "flite"
    engine.write_text(
        "#!/bin/sh\n"
        f"env > {tmp_path}/seen\n"
        'while [ "$1" != -o ]; do shift; done\n'
        f'cp {tmp_path}/sound.wav "$2"\n'
    )
    engine.chmod(0o755)
    path = f"{tmp_path}:{voicectl.environ.get('PATH', '/usr/bin:/bin')}"
    keys = {"OPENAI_API_KEY": CANARY, "AWS_SECRET_ACCESS_KEY": CANARY, "VOICECTL_ACCESS_KEY_SECRET": CANARY}
    words = ("say", "hello", "--vendor", "local", "--engine", "flite", "-o", "x.wav")
    done = voicectl(*words, env={"PATH": path, "HUE": "green", **keys})
    assert done.returncode == 0, done.stderr
    seen = (tmp_path / "seen").read_text()
    assert "HUE=green" in seen
    assert CANARY not in seen


def test_programs_get_the_settings_in_their_own_words() -> None:
    job = system.Job(Utterance(text="-v hi <b>", voice="en-GB", rate=2.0, pitch=6.0, volume=0.5), "in", "out")
    assert system.espeak_ng_command(job)[-6:] == ["-s", "350", "-p", "75", "-a", "50"]
    assert system.pico2wave_command(job) == ["pico2wave", "-l", "en-GB", "-w", "out", " -v hi  less than b>"]
    assert "duration_stretch=0.500" in system.flite_command(job)
    assert system.say_command(job)[7:9] == ["-r", "350"]
    assert "$s.Rate = 6; $s.Volume = 50;" in system.sapi_command(job)[-1]


def test_a_quote_in_a_path_stays_inside_the_powershell_string() -> None:
    job = system.Job(Utterance(text="", voice="O'Hara"), "C:\\it's", "out")
    assert "SelectVoice('O''Hara')" in system.sapi_command(job)[-1]
    assert "'C:\\it''s'" in system.sapi_command(job)[-1]


def test_the_listings_of_programs_become_voices() -> None:
    espeak_ng = (
        "Pty Language Age/Gender VoiceName File Other\n 5  cmn  --/M  Chinese_(Mandarin)  sit/cmn  (zh 5)\n"
    )
    assert system.espeak_ng_voices(espeak_ng) == (
        Voice(
            id="cmn",
            name="Chinese (Mandarin)",
            lang="cmn",
            gender="male",
            engines=("espeak-ng",),
            vendor="local",
        ),
    )
    say = (
        "Alex                en_US    # Most people recognize me.\nBad News            en_US    # The light\n"
    )
    assert [(voice.id, voice.lang) for voice in system.say_voices(say)] == [
        ("Alex", "en-US"),
        ("Bad News", "en-US"),
    ]
    sapi = "Microsoft Zira Desktop|en-US|Female\r\n"
    assert [(voice.id, voice.gender) for voice in system.sapi_voices(sapi)] == [
        ("Microsoft Zira Desktop", "female")
    ]


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en-GB", "en"),
        ("cmn", "zh"),
        ("zh_CN", "zh"),
        ("zh-HK", "yue"),
        ("zh-yue", "yue"),
        ("no", "nb"),
        ("DE", "de"),
    ],
)
def test_tags_of_one_language_are_one(tag: str, language: str) -> None:
    assert primary(tag) == language


def test_a_voice_of_the_exact_tag_is_preferred() -> None:
    voices = [
        Voice(id=tag, name=tag, lang=tag, gender="", engines=(), vendor="local")
        for tag in ("en-US", "en-GB", "fr-FR")
    ]
    assert [first_voice(voices, tag) for tag in ("en", "en_gb", "fr", "it")] == [
        "en-US",
        "en-GB",
        "fr-FR",
        "",
    ]
