"""Dyvmsapi as data: its operations, what each must be given, and the names that articles call them by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from voicectl.core.service import Operation, Service, Wish

TTS, FILE, IVR, SMART, CLICK = "SingleCallByTts", "SingleCallByVoice", "IvrCall", "SmartCall", "ClickToDial"
QUERY, CANCEL = "QueryCallDetailByCallId", "CancelCall"
VOICE, CODE = "voice", "code"
PRODUCTS: Mapping[str, tuple[str, ...]] = {
    # One operation speaks notices and verification codes; only the template knows which it was.
    VOICE: ("11000000300006", "11010000138001"),
    CODE: ("11010000138001",),
    "ivr": ("11000000300005",),
    "click": ("11000000300004",),
    "sip": ("11000000300009",),
    "smart": ("11030000180001",),
}
"""Ours for a product, and the ProdIds under which its records are looked up."""
PARAMETERS_ELSEWHERE = {
    "Caller": "CallerNumber",
    "Callee": "CalledNumber",
    "CalledShowNum": "CalledShowNumber",
}
"""Names of articles for parameters, and what Dyvmsapi calls them."""


class Dial(NamedTuple):
    """One operation that rings: its parameters for our wishes, empty where it has none.

    `own` are parameters, or their beginnings, that only this operation has: giving one chooses it.
    """

    name: str
    product: str
    needed: tuple[str, ...]
    own: tuple[str, ...] = ()
    caller: str = "CalledShowNumber"
    template: str = ""
    variables: str = ""
    voice_file: str = ""
    volume: tuple[int, int] | None = (0, 100)
    repeats: bool = True


DIALS = (
    Dial(TTS, VOICE, ("TtsCode",), template="TtsCode", variables="TtsParam"),
    Dial(FILE, VOICE, ("VoiceCode",), voice_file="VoiceCode"),
    Dial(
        IVR,
        "ivr",
        ("CalledShowNumber", "StartCode"),
        own=("MenuKeyMap.", "StartCode", "StartTtsParams", "ByeCode", "ByeTtsParams", "Timeout"),
        template="StartCode",
        variables="StartTtsParams",
        voice_file="StartCode",
        volume=None,
    ),
    Dial(
        SMART,
        "smart",
        ("CalledShowNumber", "VoiceCode"),
        own=(
            "VoiceCodeParam",
            "PauseTime",
            "MuteTime",
            "ActionCode",
            "AsrBaseId",
            "DynamicId",
            "EarlyMediaAsr",
            "EnableITN",
            "StreamAsr",
            "Tts",
            "BackgroundFileCode",
        ),
        variables="VoiceCodeParam",
        voice_file="VoiceCode",
        volume=(-4, 4),
        repeats=False,
    ),
    Dial(
        CLICK,
        "click",
        ("CallerShowNumber", "CallerNumber", "CalledShowNumber"),
        own=("CallerShowNumber",),
        caller="CallerNumber",
        volume=None,
        repeats=False,
    ),
)
CALLS = Service(
    name="calls",
    title="Voice service, Dyvmsapi 2017-05-25",
    wishes=(
        Wish("to", "CalledNumber", note="mainland China; no +86"),
        Wish(
            "from", "CalledShowNumber", note="a bought number, in dedicated mode only; IvrCall and SmartCall"
        ),
        Wish("template", "TtsCode", note="StartCode for IvrCall"),
        Wish("var", "TtsParam", note="StartTtsParams for IvrCall, VoiceCodeParam for SmartCall"),
        Wish("voice-file", "VoiceCode", note="the id of an approved file"),
        Wish("play-times", "PlayTimes", 1, 3),
        Wish("volume", "Volume", 0, 100, note="-4 to 4 for SmartCall"),
        Wish("out-id", "OutId", note="1 to 15 bytes; comes back in reports"),
    ),
    operations=(
        Operation("call create --template", TTS, ("CreateCall",), in_sandbox=True),
        Operation("call create --voice-file", FILE, ("CreateCall",), in_sandbox=True),
        Operation(
            "call create --operation IvrCall",
            IVR,
            in_sandbox=True,
            note="a menu of keys: --param MenuKeyMap.1.Key=1",
        ),
        Operation("call create --operation SmartCall", SMART, in_sandbox=True, note="a talk with a robot"),
        Operation(
            "call create --operation ClickToDial",
            CLICK,
            ("CreateCall",),
            in_sandbox=True,
            note="two legs; older pages only: the present SDK has it no more",
        ),
        Operation("call status", QUERY, ("QueryCallStatus",), in_sandbox=True, note="wants ProdId and day"),
        Operation("call cancel", CANCEL, in_sandbox=True),
        Operation("call create --to", "CalledNumber", ("Callee",), True, "a parameter"),
        Operation("call create --from", "CallerNumber", ("Caller",), True, "a parameter of ClickToDial"),
        Operation("call create --from", "CalledShowNumber", ("CalledShowNum",), True, "a parameter"),
    ),
    verified="parameters by the vendor's SDK and pages; no call was made to the service itself",
)


def services() -> tuple[Service, ...]:
    """Return what Aliyun does about calls."""
    return (CALLS,)
