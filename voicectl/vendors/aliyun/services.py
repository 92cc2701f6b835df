"""What Aliyun's speech takes, as data, by interface. Asking for it: `tts.py` and what it chooses from.

Source: https://help.aliyun.com/en/isi/developer-reference/overview-of-speech-synthesis
and https://help.aliyun.com/zh/model-studio/cosyvoice-websocket-api
"""

from __future__ import annotations

from voicectl.core.service import Operation, Service, Wish

REST, SOCKET, FLOWING, ASYNC = "nls-rest", "nls-ws", "nls-flowing", "nls-async"
COSYVOICE = "cosyvoice"
USUAL_MODEL = "cosyvoice-v2"
USUAL_VOICES = {
    "cosyvoice-v1": "longxiaochun",
    USUAL_MODEL: "longxiaochun_v2",
    "cosyvoice-v3-flash": "longanyang",
    "cosyvoice-v3-plus": "longanyang",
}
"""The models whose voices are known; any other model wants a voice by name."""
LONGEST_STYLE = 128

NLS_FORMATS = ("wav", "mp3", "pcm")
BY_SDK = "fields and ranges by the vendor's pages and kits; not tried against the service"
_NLS_WISHES = (
    Wish("voice", "voice", note="xiaoyun unless named"),
    Wish("lang", "voice", note="zh or en; a voice that is named brings its own"),
    Wish("rate", "speech_rate", 0.5, 2, note="-500 to 500; (1-1/x)/0.002 for x under 1, else /0.001"),
    Wish("pitch", "pitch_rate", -12, 12, note="-500 to 500, an octave down and up"),
    Wish("volume", "volume", 0, 2, note="50 is a factor of 1"),
    Wish("ssml", "text"),
    Wish("params", "", note="whatever the interface takes"),
)
_MARKED = Wish("marked", "enable_subtitle", note="voices that support it")
_LIVE = Wish("live", "RunSynthesis", note="text is spoken while it comes in")
_TOKEN = Operation("token", "CreateToken", in_sandbox=True, note="RPC, version 2019-02-28")


def _nls(name: str, title: str, limit: str, *more: Wish, operation: Operation) -> Service:
    return Service(
        name=name,
        title=title,
        engines=(name,),
        wishes=(Wish("engine", "", values=(name,)), *_NLS_WISHES, *more),
        formats=NLS_FORMATS,
        text_limit=limit,
        operations=(operation, _TOKEN),
        verified=BY_SDK,
    )


NLS_REST = _nls(
    REST,
    "NLS over HTTP",
    "300 characters",
    operation=Operation("say", "POST /stream/v1/tts", in_sandbox=True),
)
NLS_SOCKET = _nls(
    SOCKET,
    "NLS over a WebSocket",
    "300 characters; with --param namespace=SpeechLongSynthesizer 100000",
    _MARKED,
    operation=Operation(
        "say", "SpeechSynthesizer", known_as=("SpeechLongSynthesizer", "StartSynthesis"), in_sandbox=True
    ),
)
NLS_FLOWING = _nls(
    FLOWING,
    "NLS over a WebSocket, text as it comes",
    "10000 characters a message, 100000 in all",
    _MARKED,
    _LIVE,
    operation=Operation(
        "say", "FlowingSpeechSynthesizer", known_as=("StreamInputTts", "RunSynthesis"), in_sandbox=True
    ),
)
NLS_ASYNC = _nls(
    ASYNC,
    "NLS for long texts, made while you wait",
    "100000 characters",
    _MARKED,
    operation=Operation("say", "POST /rest/v1/tts/async", in_sandbox=True),
)
COSY = Service(
    name=COSYVOICE,
    title="CosyVoice at DashScope (Model Studio), over a WebSocket",
    engines=(COSYVOICE, *USUAL_VOICES),
    wishes=(
        Wish("engine", "model", note=f"any model called cosyvoice-…; {USUAL_MODEL} unless named"),
        Wish("voice", "voice", note="a voice of that model: those of v2 end in _v2"),
        Wish("lang", "language_hints", note="a hint; the text decides"),
        Wish("rate", "rate", 0.5, 2),
        Wish("pitch", "pitch", -12, 12, note="0.5 to 2, an octave down and up"),
        Wish("volume", "volume", 0, 2, note="50 is a factor of 1"),
        Wish("style", "instruction", note=f"at most {LONGEST_STYLE} characters"),
        Wish("ssml", "enable_ssml", note="some models and voices only"),
        Wish("marked", "word_timestamp_enabled", note="some voices only"),
        Wish("live", "continue-task", note="text is spoken while it comes in"),
        Wish("params", "", note="seed, bit_rate, hot_fix and the like; workspace is a header"),
    ),
    formats=("pcm", "wav", "mp3", "opus"),
    text_limit="20000 a message, 200000 in all; a Han sign counts twice, a tag not",
    operations=(
        Operation("say", "run-task", known_as=("continue-task", "SpeechSynthesizer"), in_sandbox=True),
    ),
    verified=BY_SDK + "; the protocol by the vendor's own kit against our judge",
)
SPEECH = (NLS_REST, NLS_SOCKET, NLS_FLOWING, NLS_ASYNC, COSY)
"""In the order of preference, where no engine is named."""


def services() -> tuple[Service, ...]:
    """Return what Aliyun's interfaces take, those for calls last."""
    from voicectl.vendors.aliyun import call_services

    return (*SPEECH, *call_services.services())
