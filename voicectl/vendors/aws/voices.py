"""Polly's engines, formats, and the voice for a language when none was named, as data.

Sources: the service's model and its pages on voices and SSML. Voices are fetched live; nothing here
is a list to check one against.
"""

from __future__ import annotations

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import Unsupported

STANDARD, NEURAL, GENERATIVE, LONG_FORM = "standard", "neural", "generative", "long-form"
ENGINES = (STANDARD, NEURAL, GENERATIVE, LONG_FORM)
"""The cheapest first; the service takes the first where none is named."""

OUTPUTS = {
    Container.PCM: "pcm",
    Container.MP3: "mp3",
    Container.OGG: "ogg_vorbis",
    Container.OPUS: "ogg_opus",
}
_RATES = (8000, 16000, 22050, 24000, 44100, 48000)
FORMATS = (
    AudioFormat(Container.PCM, 16000),
    AudioFormat(Container.PCM, 8000),
    *(AudioFormat(Container.MP3, rate) for rate in (0, *_RATES)),
    *(AudioFormat(Container.OGG, rate) for rate in (0, *_RATES)),
    AudioFormat(Container.OPUS, 48000),
)

OWN_RATES = {"": 22050, STANDARD: 22050}
"""The rate that an engine has where none is named; the others have 24000."""

_BOTH = (STANDARD, NEURAL)
DEFAULTS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "en-US": (("Joanna", _BOTH), ("Ruth", (GENERATIVE, LONG_FORM))),
    "en-GB": (("Amy", (*_BOTH, GENERATIVE)),),
    "en-AU": (("Nicole", (STANDARD,)), ("Olivia", (NEURAL,))),
    "en-IN": (("Raveena", (STANDARD,)), ("Kajal", (NEURAL,))),
    "cmn-CN": (("Zhiyu", _BOTH),),
    "yue-CN": (("Hiujin", (NEURAL,)),),
    "ja-JP": (("Takumi", _BOTH),),
    "ko-KR": (("Seoyeon", _BOTH),),
    "de-DE": (("Vicki", _BOTH),),
    "fr-FR": (("Lea", _BOTH),),
    "fr-CA": (("Chantal", (STANDARD,)), ("Gabrielle", (NEURAL,))),
    "es-ES": (("Lucia", _BOTH),),
    "es-MX": (("Mia", _BOTH),),
    "es-US": (("Lupe", _BOTH),),
    "it-IT": (("Bianca", _BOTH),),
    "pt-BR": (("Camila", _BOTH),),
    "pt-PT": (("Ines", _BOTH),),
    "nl-NL": (("Lotte", (STANDARD,)), ("Laura", (NEURAL,))),
    "pl-PL": (("Maja", (STANDARD,)), ("Ola", (NEURAL,))),
    "ru-RU": (("Tatyana", (STANDARD,)),),
    "tr-TR": (("Filiz", (STANDARD,)), ("Burcu", (NEURAL,))),
    "sv-SE": (("Astrid", (STANDARD,)), ("Elin", (NEURAL,))),
    "da-DK": (("Naja", (STANDARD,)), ("Sofie", (NEURAL,))),
    "nb-NO": (("Liv", (STANDARD,)), ("Ida", (NEURAL,))),
    "arb": (("Zeina", (STANDARD,)),),
    "ar-AE": (("Hala", (NEURAL,)),),
    "hi-IN": (("Aditi", (STANDARD,)), ("Kajal", (NEURAL,))),
    "is-IS": (("Dora", (STANDARD,)),),
    "ro-RO": (("Carmen", (STANDARD,)),),
    "cy-GB": (("Gwyneth", (STANDARD,)),),
    "fi-FI": (("Suvi", (NEURAL,)),),
    "ca-ES": (("Arlet", (NEURAL,)),),
    "cs-CZ": (("Jitka", (NEURAL,)),),
}
"""By language code: voices with some of their engines. Of one language the most spoken form comes first."""

_CODES = {
    "zh": "cmn-CN",
    "zh-cn": "cmn-CN",
    "zh-hans": "cmn-CN",
    "cmn": "cmn-CN",
    "zh-hk": "yue-CN",
    "zh-yue": "yue-CN",
    "ar": "arb",
    "no": "nb-NO",
}


def language_code(tag: str) -> str:
    """Return Polly's code for a language tag; one that it may have and we do not know stays as it is."""
    tag = tag.replace("_", "-")
    wanted = tag.lower()
    exact = (code for code in DEFAULTS if code.lower() == wanted)
    by_language = (code for code in DEFAULTS if "-" not in tag and code.partition("-")[0] == wanted)
    return _CODES.get(wanted) or next(exact, None) or next(by_language, tag)


def default_voice(tag: str, engine: str) -> tuple[str, str]:
    """Return a voice and an engine that it has, for a language and perhaps an engine that was named."""
    for voice, engines in DEFAULTS.get(language_code(tag), ()):
        if not engine or engine in engines:
            # The service takes the standard engine by itself.
            return voice, engine or ("" if STANDARD in engines else engines[0])
    raise Unsupported(
        "no voice is known here for language {lang!r}" + (" and engine {engine!r}" if engine else ""),
        lang=tag,
        engine=engine,
        vendor="aws",
        hint="name one with --voice; voicectl --vendor aws tts voices lists them",
    )
