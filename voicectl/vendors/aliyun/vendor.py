"""Aliyun's card: what it can do here. How: the modules beside it, loaded when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.core.vendor import Access, Vendor

if TYPE_CHECKING:
    from voicectl.core.api import Api
    from voicectl.core.call import Calls
    from voicectl.core.identity import Identity
    from voicectl.core.recording import Recordings
    from voicectl.core.service import Service
    from voicectl.core.token import Tokens
    from voicectl.core.tts import Tts


def _tts(access: Access) -> Tts:
    from voicectl.vendors.aliyun.tts import AliyunTts

    return AliyunTts(access)


def _token(access: Access) -> Tokens:
    from voicectl.core.token import Tokens
    from voicectl.vendors.aliyun.token import speech_token

    return Tokens(kind="nls", source=speech_token(access))


def _recording(access: Access) -> Recordings:
    from voicectl.vendors.aliyun.recording import AliyunRecordings

    return AliyunRecordings(access)


def _identity(access: Access) -> Identity:
    from voicectl.vendors.aliyun.identity import identity

    return identity(access)


def _call(access: Access) -> Calls:
    from voicectl.vendors.aliyun.call import AliyunCalls

    return AliyunCalls(access)


def _api(access: Access) -> Api:
    from voicectl.vendors.aliyun.api import AliyunApi

    return AliyunApi(access)


def _services() -> tuple[Service, ...]:
    from voicectl.vendors.aliyun import recording_services
    from voicectl.vendors.aliyun.services import services

    return (*services(), *recording_services.services())


CARD = Vendor(
    name="aliyun",
    title="Alibaba Cloud: speech by NLS and CosyVoice, calls by Dyvmsapi",
    tts=_tts,
    call=_call,
    token=_token,
    recording=_recording,
    identity=_identity,
    api=_api,
    services=_services,
)
