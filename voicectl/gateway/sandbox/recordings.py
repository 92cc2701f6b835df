"""What was said in the sandbox's calls, as sound in a bucket, and links to it. Buckets: `objects.py`."""

from __future__ import annotations

from array import array
from datetime import timedelta
from typing import NamedTuple

from voicectl.audio import wav
from voicectl.audio.encode import encoder
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.call import CallState
from voicectl.core.clock import Moment
from voicectl.core.request import Request
from voicectl.gateway.sandbox.calls import PhoneCall, Telephone
from voicectl.gateway.sandbox.sound import Studio, encoded
from voicectl.signing import schemes

BUCKET, FOLDER = "sandbox-recordings", "calls"
SAMPLE = "sample"
SAMPLE_TEXT = "This is a recording of the sandbox."
RATE = 8000
LINKS = {
    "aws": ("aws-sigv4-query", "us-east-1", "s3"),
    "aliyun": ("aliyun-oss-v1", "cn-shanghai", "oss"),
    "volcengine": ("tos4", "cn-beijing", "tos"),
}
"""How each vendor signs a link: scheme, region and service."""


class Kept(NamedTuple):
    """A recording in the bucket."""

    key: str
    sound: bytes
    seconds: int


class Archive:
    """Keeps a recording of each call that was answered, from its end on."""

    def __init__(self, telephone: Telephone, studio: Studio) -> None:
        self.telephone = telephone
        self._studio = studio
        self._cloud = telephone.cloud

    async def of(self, call: PhoneCall) -> Kept | None:
        """Return the recording of a call; None where it has not ended, or nobody has talked."""
        stands = self.telephone.standing(call)
        if stands.state is not CallState.COMPLETED or not call.is_recorded:
            return None
        return await self._kept(key_of(call), call.heard, stands.seconds)

    async def sample(self) -> Kept:
        """Return a recording that is there from the start."""
        return await self._kept(f"{SAMPLE}.wav", SAMPLE_TEXT, 3)

    async def file(self, key: str) -> None:
        """Put into the bucket what is to be there under a key, if it is ready."""
        await self.sample()
        folder, _, rest = key.partition("/")
        if folder != FOLDER or f"{BUCKET}/{key}" in self._cloud.objects:
            return
        for call in self.telephone.all(rest.partition("/")[0]):
            if key_of(call) == key:
                await self.of(call)

    def shaped(self, kept: Kept, form: str, channels: int) -> bytes:
        """Return a recording as `wav` or `mp3`; of two channels the caller's is silent."""
        samples = kept.sound[-2 * RATE * kept.seconds :]
        if channels == 2:
            both = array("h", bytes(2 * len(samples)))
            both[1::2] = array("h", samples)
            samples = both.tobytes()
        if form == "wav":
            return wav.header(AudioFormat(Container.WAV, RATE, channels), len(samples)) + samples
        shaping = encoder(AudioFormat(Container.PCM, RATE, channels), Container(form), sized=False)
        return shaping.feed(samples) + shaping.finish()

    def link(self, vendor: str, request: Request, key: str, lasts: timedelta) -> str:
        """Return a link that its vendor signed, to an object at the place that was just asked."""
        scheme, region, service = LINKS[vendor]
        given = {"expires": str(int(lasts.total_seconds()))}
        signer = schemes.build(scheme, region=region, service=service, options=given)
        bare = Request(method="GET", host=request.host, path=f"/{BUCKET}/{key}", scheme=request.scheme)
        at = Moment(self._cloud.now, self._cloud.name())
        return signer.sign(bare, self._cloud.keys[vendor], at).request.url

    async def _kept(self, key: str, text: str, seconds: int) -> Kept:
        place = f"{BUCKET}/{key}"
        if place not in self._cloud.objects:
            spoken = (await self._studio.made(text, "pcm", RATE)).data
            # As long as the call was: a recording does not end where the talking does.
            samples = spoken[: 2 * RATE * seconds].ljust(2 * RATE * seconds, b"\0")
            self._cloud.objects[place] = encoded("wav", RATE, samples)
        return Kept(key, self._cloud.objects[place], seconds)


def key_of(call: PhoneCall) -> str:
    """Return where a call's recording is kept."""
    safe = "".join(sign if sign.isalnum() else "-" for sign in call.name)
    return f"{FOLDER}/{call.vendor}/{safe}.wav"
