"""The keys that the sandbox knows, and the variables under which a shell hands them to anybody's client."""

from __future__ import annotations

from voicectl.core.credentials import Credentials, Secret

WARNING = "keys of the sandbox: known to everybody, good for nothing else"
AWS = ("AKIASANDBOXEXAMPLE", "sandbox-aws-secret-EXAMPLE")
ALIYUN = ("LTAIsandboxEXAMPLE", "sandbox-aliyun-secret-EXAMPLE")
VOLCENGINE = ("AKLTsandboxEXAMPLE", "sandbox-volcengine-secret-EXAMPLE")
TENCENT = ("AKIDsandboxEXAMPLE", "sandbox-tencent-secret-EXAMPLE")
TWILIO = ("AC" + "5" * 32, "sandbox-twilio-token-EXAMPLE")
APPKEY = "sandbox-appkey-EXAMPLE"
DASHSCOPE = "sk-sandbox-dashscope-EXAMPLE"
SPEECH_APP, SPEECH_TOKEN, SPEECH_KEY = (
    "5000000001",
    "sandbox-speech-token-EXAMPLE",
    "sandbox-speech-key-EXAMPLE",
)
API_KEY = "sk-sandbox-openai-EXAMPLE"
EMOTIVOICE_KEY = "ak_test_sandbox-emotivoice-EXAMPLE"
YOUDAO_VENDOR = "youdao"
YOUDAO = ("sandboxYoudaoEXAMPLE", "sandbox-youdao-secret-EXAMPLE")


def keys() -> dict[str, Credentials]:
    """Return the permanent keys, by vendor."""
    pairs = {
        "aws": AWS,
        "aliyun": ALIYUN,
        "volcengine": VOLCENGINE,
        "tencent": TENCENT,
        "twilio": TWILIO,
        YOUDAO_VENDOR: YOUDAO,
    }
    return {
        vendor: Credentials(key_id=key_id, secret=Secret(secret))
        for vendor, (key_id, secret) in pairs.items()
    }


def variables(url: str) -> dict[str, str]:
    """Return the environment in which voicectl, and the vendors' own clients, work against the sandbox."""
    return {
        "VOICECTL_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": AWS[0],
        "AWS_SECRET_ACCESS_KEY": AWS[1],
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": ALIYUN[0],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ALIYUN[1],
        "ALIYUN_NLS_APPKEY": APPKEY,
        "DASHSCOPE_API_KEY": DASHSCOPE,
        "DASHSCOPE_WEBSOCKET_BASE_URL": url.replace("http", "ws", 1) + "/api-ws/v1/inference",
        "VOLCENGINE_ACCESS_KEY": VOLCENGINE[0],
        "VOLCENGINE_SECRET_KEY": VOLCENGINE[1],
        "VOLC_SPEECH_APP_ID": SPEECH_APP,
        "VOLC_SPEECH_ACCESS_TOKEN": SPEECH_TOKEN,
        "VOLC_SPEECH_API_KEY": SPEECH_KEY,
        "TENCENTCLOUD_SECRET_ID": TENCENT[0],
        "TENCENTCLOUD_SECRET_KEY": TENCENT[1],
        "TWILIO_ACCOUNT_SID": TWILIO[0],
        "TWILIO_AUTH_TOKEN": TWILIO[1],
        "OPENAI_API_KEY": API_KEY,
        "OPENAI_BASE_URL": f"{url}/v1",
        "EMOTIVOICE_API_KEY": EMOTIVOICE_KEY,
        "EMOTIVOICE_BASE_URL": url,
    }
