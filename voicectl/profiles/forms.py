"""What an account at each vendor holds, as data: fields, kinds of key, variables, how key ids begin.

How a vendor uses them is told in `vendors/<name>/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from voicectl.core.account import AccountForm, KeyKind, Need, PublicField, Variables
from voicectl.profiles.variables import KEY_ID, SECRET, TOKEN

KEY_PAIR = KeyKind(key_id="access_key_id", secret="access_key_secret", token="security_token")
PAIR = (KEY_PAIR.key_id, KEY_PAIR.secret)

AWS = AccountForm(
    vendor="aws",
    needs=(Need(service="speech", fields=PAIR), Need(service="recordings", fields=PAIR)),
    kinds=(
        KEY_PAIR._replace(
            variables=(
                Variables(
                    key_id="AWS_ACCESS_KEY_ID",
                    secret="AWS_SECRET_ACCESS_KEY",
                    tokens=("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
                    expires="AWS_CREDENTIAL_EXPIRATION",
                    shadows=("AWS_PROFILE",),
                ),
            ),
            permanent=("AKIA",),
            temporary=("ASIA",),
        ),
    ),
)
ALIYUN = AccountForm(
    vendor="aliyun",
    needs=(
        Need(service="speech, NLS", fields=(*PAIR, "nls_appkey")),
        Need(service="speech, CosyVoice", fields=("dashscope_api_key",)),
        Need(service="calls", fields=PAIR),
        Need(service="recordings", fields=PAIR),
    ),
    kinds=(
        KEY_PAIR._replace(
            variables=(
                Variables(
                    key_id="ALIBABA_CLOUD_ACCESS_KEY_ID",
                    secret="ALIBABA_CLOUD_ACCESS_KEY_SECRET",
                    tokens=("ALIBABA_CLOUD_SECURITY_TOKEN",),
                ),
            ),
            permanent=("LTAI",),
            temporary=("STS.",),
        ),
        KeyKind(
            secret="dashscope_api_key",
            variables=(Variables(secret="DASHSCOPE_API_KEY"),),
            service="dashscope",
            host="dashscope.aliyuncs.com",
        ),
        KeyKind(
            secret="nls_token",
            variables=(Variables(secret="ALIYUN_NLS_TOKEN"),),
            optional=True,
            storable=False,
        ),
    ),
    fields=(PublicField(name="nls_appkey", variables=("ALIYUN_NLS_APPKEY",)),),
)
VOLCENGINE = AccountForm(
    vendor="volcengine",
    needs=(
        Need(service="speech", fields=("speech_api_key",)),
        Need(service="speech", fields=("speech_app_id", "speech_access_token")),
        Need(service="calls", fields=PAIR),
        Need(service="recordings", fields=PAIR),
    ),
    kinds=(
        KEY_PAIR._replace(
            variables=(
                Variables(
                    key_id="VOLCENGINE_ACCESS_KEY",
                    secret="VOLCENGINE_SECRET_KEY",
                    tokens=("VOLCENGINE_SESSION_TOKEN",),
                ),
                Variables(
                    key_id="VOLC_ACCESSKEY",
                    secret="VOLC_SECRETKEY",
                    tokens=("VOLCENGINE_SESSION_TOKEN",),
                ),
            ),
            permanent=("AKLT",),
            temporary=("AKTP",),
        ),
        KeyKind(
            secret="speech_access_token",
            variables=(Variables(secret="VOLC_SPEECH_ACCESS_TOKEN"),),
            service="speech",
            host="openspeech.bytedance.com",
        ),
        KeyKind(
            secret="speech_api_key",
            variables=(Variables(secret="VOLC_SPEECH_API_KEY"),),
            service="speech",
            host="openspeech.bytedance.com",
        ),
    ),
    fields=(
        PublicField(name="speech_app_id", variables=("VOLC_SPEECH_APP_ID",)),
        PublicField(name="number_pool"),
    ),
)
TENCENT = AccountForm(
    vendor="tencent",
    needs=(Need(service="speech", fields=PAIR), Need(service="calls", fields=PAIR)),
    kinds=(
        KEY_PAIR._replace(
            variables=(
                Variables(
                    key_id="TENCENTCLOUD_SECRET_ID",
                    secret="TENCENTCLOUD_SECRET_KEY",
                    tokens=("TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SESSION_TOKEN"),
                ),
            ),
            permanent=("AKID",),
        ),
    ),
    fields=(PublicField(name="voice_sdk_appid"),),
)
TWILIO = AccountForm(
    vendor="twilio",
    needs=(
        Need(service="calls", fields=PAIR),
        Need(service="recordings", fields=PAIR),
    ),
    kinds=(
        KeyKind(
            key_id="access_key_id",
            secret="access_key_secret",
            variables=(
                Variables(key_id="TWILIO_API_KEY", secret="TWILIO_API_SECRET"),
                Variables(key_id="TWILIO_ACCOUNT_SID", secret="TWILIO_AUTH_TOKEN"),
            ),
            permanent=("SK", "AC"),
        ),
        # What reports are signed with, also where calls are placed with an API key.
        KeyKind(
            secret="auth_token",
            variables=(Variables(secret="TWILIO_AUTH_TOKEN"),),
            optional=True,
            service="api",
            host="api.twilio.com",
        ),
    ),
    fields=(
        PublicField(name="account_sid", variables=("TWILIO_ACCOUNT_SID",)),
        PublicField(name="edge", variables=("TWILIO_EDGE",)),
    ),
)
EMOTIVOICE = AccountForm(
    vendor="emotivoice",
    needs=(Need(service="speech", fields=("base_url",)),),
    kinds=(
        KeyKind(
            secret="api_key",
            variables=(Variables(secret="EMOTIVOICE_API_KEY"),),
            optional=True,
            service="speech",
        ),
        KeyKind(key_id="access_key_id", secret="access_key_secret"),
    ),
    fields=(
        PublicField(name="base_url", variables=("EMOTIVOICE_BASE_URL",), is_url=True),
        PublicField(name="api", choices=("openai", "v1tts", "youdao")),
    ),
)
OPENAI = AccountForm(
    vendor="openai",
    needs=(Need(service="speech", fields=("api_key",)),),
    kinds=(
        KeyKind(
            secret="api_key",
            variables=(Variables(secret="OPENAI_API_KEY"),),
            service="speech",
            host="api.openai.com",
        ),
    ),
    fields=(PublicField(name="base_url", variables=("OPENAI_BASE_URL",), is_url=True),),
)
LOCAL = AccountForm(vendor="local", kinds=(KeyKind(secret="api_key", optional=True, storable=False),))

ALL = (LOCAL, AWS, ALIYUN, VOLCENGINE, TENCENT, TWILIO, EMOTIVOICE, OPENAI)
FORMS = {form.vendor: form for form in ALL}


OWN_VARIABLES = Variables(key_id=KEY_ID, secret=SECRET, tokens=(TOKEN,))
"""Voicectl's own, for keys of any vendor."""


def form_of(vendor: str, brought: AccountForm | None = None) -> AccountForm:
    """Return what an account there holds; a vendor without a row gets what its plugin has `brought`.

    Where that says nothing, it is the fields that all know.
    """
    return (
        FORMS.get(vendor)
        or brought
        or AccountForm(
            vendor=vendor,
            kinds=(KEY_PAIR, KeyKind(secret="api_key")),
            fields=(PublicField(name="base_url", is_url=True),),
        )
    )


def secret_variables(brought: Iterable[AccountForm] = ()) -> frozenset[str]:
    """Return the variables that hold a secret or a token, of all our vendors and those that are `brought`."""
    rows = [row for form in (*ALL, *brought) for kind in form.kinds for row in kind.variables]
    return frozenset(name for row in (*rows, OWN_VARIABLES) for name in (row.secret, *row.tokens) if name)


def without_keys(environment: Mapping[str, str], brought: Iterable[AccountForm] = ()) -> Mapping[str, str]:
    """Return the variables for a program that has nothing to do with any vendor, such as a player."""
    from voicectl.profiles.gateway_master import VARIABLE

    withheld = {*secret_variables(brought), VARIABLE, "AWS_CONTAINER_AUTHORIZATION_TOKEN"}
    return {name: text for name, text in environment.items() if name not in withheld}
