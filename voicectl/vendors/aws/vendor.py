"""The card of AWS. Its fields and variables: `profiles/forms.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.core.vendor import Access, Vendor

if TYPE_CHECKING:
    from voicectl.core.api import Api
    from voicectl.core.identity import Identity
    from voicectl.core.recording import Recordings
    from voicectl.core.service import Service
    from voicectl.core.tts import Tts


def _tts(access: Access) -> Tts:
    from voicectl.vendors.aws.tts import PollyTts

    return PollyTts(access)


def _recording(access: Access) -> Recordings:
    from voicectl.vendors.aws.recording import AwsRecordings

    return AwsRecordings(access)


def _identity(access: Access) -> Identity:
    from voicectl.vendors.aws.identity import identity

    return identity(access)


def _api(access: Access) -> Api:
    from voicectl.vendors.aws.api import AwsApi

    return AwsApi(access)


def _services() -> tuple[Service, ...]:
    from voicectl.vendors.aws import recording_services
    from voicectl.vendors.aws.services import services

    return (*services(), *recording_services.services())


CARD = Vendor(
    name="aws",
    title="Amazon Web Services: Polly",
    tts=_tts,
    recording=_recording,
    identity=_identity,
    api=_api,
    services=_services,
)
