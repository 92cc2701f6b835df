"""What Volcengine's speech interfaces take, as data: wishes, parameters, formats. Engines: `engines.py`.

A parameter is written with its place: `audio_params.speech_rate` is a field of `req_params` in the newer
interface, `audio.speed_ratio` one of the body in the first.
Source: https://www.volcengine.com/docs/6561/1257584, https://www.volcengine.com/docs/6561/1598757
"""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.service import Operation, Service, Wish

SSML_V3, LIVE = "ssml", "WebSocket /api/v3/tts/bidirection"
SUBTITLE, TIMESTAMP = "audio_params.enable_subtitle", "audio_params.enable_timestamp"
LANGUAGES = ("zh-cn", "en", "ja", "es-mx", "id", "pt-br", "de", "fr", "ko")
LANGUAGES_V1 = ("zh", "en", "ja", "es-mx", "id", "pt-br", "de", "fr")
RATES_V1 = (24000, 8000, 16000)
RATES_V3 = (*RATES_V1, 22050, 32000, 44100, 48000)
LIMIT_BYTES = 1024

PLACES_V3: Mapping[str, str] = {
    "model": "model",
    "mix_speaker": "mix_speaker",
    **{name: f"audio_params.{name}" for name in ("bit_rate", "emotion_scale")},
    **{
        name: f"additions.{name}"
        for name in (
            "aigc_metadata",
            "aigc_watermark",
            "cache_config",
            "context_language",
            "disable_default_bit_rate",
            "disable_emoji_filter",
            "disable_markdown_filter",
            "enable_language_detector",
            "enable_latex_tn",
            "explicit_dialect",
            "latex_parser",
            "max_length_to_filter_parenthesis",
            "mute_cut_remain_ms",
            "mute_cut_threshold",
            "section_id",
            "silence_duration",
            "unsupported_char_ratio_thresh",
            "use_tag_parser",
        )
    },
}
PLACES_V1: Mapping[str, str] = {
    **{
        name: f"audio.{name}" for name in ("bitrate", "compression_rate", "context_language", "emotion_scale")
    },
    **{
        name: f"request.{name}"
        for name in ("enable_trailing_silence_audio", "extra_param", "operation", "silence_duration")
    },
}
"""Parameters of the vendor's own by their bare names, and where they stand."""
TEXTS = frozenset(
    ("mute_cut_remain_ms", "mute_cut_threshold", "extra_param", "latex_parser", "model", "section_id")
)
"""Parameters that are text, also where they look like a number or an object."""
OURS: Mapping[str, str] = {
    "text": "the text itself",
    "ssml": "--ssml",
    "text_type": "--ssml",
    "speaker": "--voice",
    "voice_type": "--voice",
    "cluster": "--engine",
    "format": "--format",
    "encoding": "--format",
    "sample_rate": "--sample-rate",
    "rate": "--sample-rate",
    "speech_rate": "--rate",
    "speed_ratio": "--rate",
    "loudness_rate": "--volume",
    "loudness_ratio": "--volume",
    "volume_ratio": "--volume",
    "post_process.pitch": "--pitch",
    "pitch_ratio": "--pitch",
    "emotion": "--emotion",
    "enable_emotion": "--emotion",
    "explicit_language": "--lang",
    "language": "--lang",
    "context_texts": "--style",
    "enable_timestamp": "--subtitles",
    "enable_subtitle": "--subtitles",
    "with_timestamp": "--subtitles",
    "appid": "the profile",
    "token": "the profile",
    "uid": "nothing",
    "reqid": "nothing",
}
"""What voicectl writes itself, and the option that is meant for it."""

_FROM_PAGES = "by the vendor's pages and public clients; never asked with a real account here"
_VOICE_V3, _ENGINE_V3 = Wish("voice", "speaker"), Wish("engine", "X-Api-Resource-Id")
_PARAMS_V3 = Wish("params", "", note="a name known here, or a whole place: additions.NAME, audio_params.NAME")
_PARAMS_V1 = Wish("params", "", note="a name known here, or a whole place: audio.NAME, request.NAME")
_PACE_V3 = (
    Wish("rate", "audio_params.speech_rate", 0.5, 2),
    Wish("pitch", "additions.post_process.pitch", -12, 12, note="whole semitones"),
    Wish("volume", "audio_params.loudness_rate", 0.5, 2),
    Wish("emotion", "audio_params.emotion", note="of some voices, each with words of its own"),
    Wish("live", LIVE),
)
_STREAM = Operation("say", "POST /api/v3/tts/unidirectional", in_sandbox=True)
_TALK = Operation("say --live", LIVE, in_sandbox=True)

V3_SECOND = Service(
    name="tts-v3-2.0",
    title="model 2.0 and its clones, sound as it comes",
    engines=("seed-tts-2.0", "seed-icl-2.0"),
    wishes=(
        _VOICE_V3,
        _ENGINE_V3,
        Wish("lang", "additions.explicit_language", values=LANGUAGES),
        *_PACE_V3,
        Wish("style", "additions.context_texts", note="how to speak, in words"),
        Wish("marked", SUBTITLE, note="Chinese and English"),
        _PARAMS_V3,
    ),
    formats=("pcm", "mp3", "opus"),
    text_limit="1024 bytes a request, which the page does not ask for here",
    operations=(_STREAM, _TALK),
    verified=_FROM_PAGES,
)
V3_FIRST = Service(
    name="tts-v3-1.0",
    title="model 1.0 and its clones, sound as it comes",
    engines=(
        "seed-tts-1.0",
        "seed-tts-1.0-concurr",
        "volc.service_type.10029",
        "seed-icl-1.0",
        "seed-icl-1.0-concurr",
        "volc.megatts.default",
    ),
    wishes=(
        _VOICE_V3,
        _ENGINE_V3,
        Wish("lang", "additions.explicit_language", values=(*LANGUAGES, "crosslingual")),
        *_PACE_V3,
        Wish("ssml", SSML_V3),
        Wish("marked", TIMESTAMP, note="Chinese and English; words as they are spoken, not as written"),
        _PARAMS_V3,
    ),
    formats=("pcm", "mp3", "opus"),
    text_limit="1024 bytes a request, which the page does not ask for here",
    operations=(_STREAM, _TALK),
    verified=_FROM_PAGES,
)
_BY_QUERY = Operation("say", "POST /api/v1/tts", in_sandbox=True, note="all of it at once")
_BY_SUBMIT = Operation(
    "say --param operation=submit", "WebSocket /api/v1/tts/ws_binary", in_sandbox=True, note="as it comes"
)
V1_LARGE = Service(
    name="tts-v1",
    title="model 1.0 and clones over the first interface",
    engines=("volcano_tts", "volcano_icl", "volcano_icl_concurr", "volcano_mega"),
    wishes=(
        Wish("voice", "audio.voice_type"),
        Wish("engine", "app.cluster"),
        Wish("lang", "audio.explicit_language", values=(*LANGUAGES_V1, "crosslingual")),
        Wish("rate", "audio.speed_ratio", 0.8, 2),
        Wish("volume", "audio.loudness_ratio", 0.5, 2),
        Wish("emotion", "audio.emotion", note="of some voices, each with words of its own"),
        Wish("ssml", "request.text_type"),
        Wish("marked", "request.with_timestamp", note="with operation=query"),
        _PARAMS_V1,
    ),
    formats=("wav", "pcm", "mp3", "opus"),
    text_limit="1024 bytes a request",
    operations=(_BY_QUERY, _BY_SUBMIT),
    verified=_FROM_PAGES,
)
V1_CLASSIC = V1_LARGE._replace(
    name="tts-v1-classic",
    title="the classic voices BV…, over the first interface",
    engines=("volcano_tts",),
    wishes=(
        Wish("voice", "audio.voice_type"),
        Wish("engine", "app.cluster"),
        Wish("lang", "audio.language", note="of voices that speak several"),
        Wish("rate", "audio.speed_ratio", 0.2, 3),
        Wish("pitch", "audio.pitch_ratio", -39, 19),
        Wish("volume", "audio.volume_ratio", 0.1, 3),
        Wish("emotion", "audio.emotion", note="of some voices, each with words of its own"),
        Wish("ssml", "request.text_type"),
        Wish("marked", "request.with_timestamp", note="with operation=query"),
        _PARAMS_V1,
    ),
)
SPEECH = (V3_SECOND, V3_FIRST, V1_LARGE, V1_CLASSIC)


def services() -> tuple[Service, ...]:
    """Return what Volcengine's interfaces take."""
    return SPEECH
