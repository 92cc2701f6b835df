"""What the codes of Tencent Cloud's voice messages mean as our errors. Those of the gateway: `errors.py`.

Source: https://cloud.tencent.com/document/product/1128/51559
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voicectl.core.errors import (
    BadInput,
    ClockSkewed,
    CredentialError,
    OutcomeUnknown,
    SignatureRejected,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.placing import LOOK_FIRST
from voicectl.core.request import Reply
from voicectl.vendors.tencent.errors import judge

Meaning = tuple[type[VoicectlError], str]

APPLICATION = "check VoiceSdkAppid: it belongs to one account, and can be switched off in the console"
PARAMETERS = "check the template's variables and --param"
CODES: Mapping[str, Meaning] = {
    "FailedOperation.AccessUpstreamTimeout": (OutcomeUnknown, LOOK_FIRST),
    "FailedOperation.ContainSensitiveWord": (VendorRefused, "the text holds a word that is not allowed"),
    "FailedOperation.FailResolvePacket": (VendorRefused, PARAMETERS),
    "FailedOperation.InsufficientBalanceInVoicePackage": (VendorRefused, "the package is used up: buy one"),
    "FailedOperation.InvalidJsonParameters": (VendorRefused, PARAMETERS),
    "FailedOperation.InvalidParameters": (VendorRefused, PARAMETERS),
    "FailedOperation.JsonParseFail": (VendorRefused, PARAMETERS),
    "FailedOperation.ParametersOtherError": (VendorRefused, PARAMETERS),
    "FailedOperation.PhonenumberUnappliedOrExpired": (VendorRefused, "apply for a number in the console"),
    "FailedOperation.TemplateIncorrectOrUnapproved": (VendorRefused, "--template: one that was approved"),
    "InternalError.AccessUpstreamTimeout": (OutcomeUnknown, LOOK_FIRST),
    "InternalError.RequestTimeException": (ClockSkewed, "set this machine's clock: timedatectl set-ntp true"),
    "InternalError.RestApiInterfaceNotExist": (VendorRefused, "check --endpoint-url"),
    "InternalError.SigVerificationFail": (SignatureRejected, "check that key id and secret belong together"),
    "InternalError.SsoSendRecvFail": (OutcomeUnknown, LOOK_FIRST),
    "InternalError.UpstreamError": (OutcomeUnknown, LOOK_FIRST),
    "InvalidParameterValue.CalledNumberVerifyFail": (BadInput, "--to +8613711112222"),
    "InvalidParameterValue.ContentLengthLimit": (BadInput, "say less: 350 characters with the template"),
    "InvalidParameterValue.SdkAppidNotExist": (VendorRefused, APPLICATION),
    "LimitExceeded.DeliveryFrequencyLimit": (TryLater, "this number was called too often: try again later"),
    "UnauthorizedOperation.SdkAppidIsDisabled": (CredentialError, APPLICATION),
    "UnauthorizedOperation.ServiceSuspendDueToArrears": (VendorRefused, "pay what is owed"),
    "UnauthorizedOperation.VoiceSdkAppidVerifyFail": (CredentialError, APPLICATION),
}
NO_RIGHTS = ("UnauthorizedOperation", "AuthFailure.UnauthorizedOperation")
RIGHTS = "a CAM policy of this key must allow vms:SendTtsVoice and vms:SendCodeVoice"
IN_TROUBLE = "InternalError"


def judge_placing(reply: Reply) -> VoicectlError | None:
    """Judge by the code, the status being 200; one that tells of inner trouble leaves all open."""
    error = judge(reply)
    if error is None:
        return None
    code = str(error.facts["vendor_code"])
    meaning = CODES.get(code)
    if meaning is None and code.partition(".")[0] == IN_TROUBLE:
        meaning = OutcomeUnknown, LOOK_FIRST
    if meaning is None and code.startswith(NO_RIGHTS):
        return error.knowing(hint=RIGHTS)
    if meaning is None:
        return error
    kind, hint = meaning
    facts: dict[str, Any] = {**error.facts}
    return kind(error.message_template, hint=hint, **facts)
