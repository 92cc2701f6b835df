"""The table of signature schemes by name. Each lives in a module of its own, loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from voicectl.core.errors import UsageError
from voicectl.core.signature import Signer

BUILT_IN = {
    "aws-sigv4": "aws_v4",
    "aws-sigv4-query": "aws_v4",
    "aws-sigv4-s3": "aws_v4",
    "aliyun-rpc-v1": "aliyun_rpc",
    "aliyun-acs3": "acs3",
    "aliyun-oss-v1": "oss_v1",
    "aliyun-oss-v4": "oss_v4",
    "volcengine-v4": "volc_v4",
    "volcengine-v4-query": "volc_v4",
    "tos4": "tos4",
    "tencent-tc3": "tc3",
    "bearer": "bearer",
    "basic": "bearer",
    "youdao-v3": "youdao",
    "gateway-hmac": "gateway_hmac",
}

Builder = Callable[[str, str, str, Mapping[str, object]], Signer]
"""Takes name, region, service and options; each module has one, called `build`, and so has a plugin."""
NO_OPTIONS: Mapping[str, object] = {}


def names() -> tuple[str, ...]:
    """Return the names of the built-in schemes, in the order in which help shows them."""
    return tuple(BUILT_IN)


def build(
    name: str, *, region: str = "", service: str = "", options: Mapping[str, object] = NO_OPTIONS
) -> Signer:
    """Return the signer of that name; a name that is not built in is looked for among the plugins.

    Option values are JSON values or their text; an option that is None counts as not given.
    """
    module = BUILT_IN.get(name)
    if module is None:
        return _from_plugin(name, region, service, options)
    builder: Builder = import_module(f"voicectl.signing.{module}").build
    return builder(name, region, service, options)


def _from_plugin(name: str, region: str, service: str, options: Mapping[str, object]) -> Signer:
    from voicectl.core.plugins import SCHEMES, checked, found, loaded

    def use(builder: Builder) -> Signer:
        signer: Signer = checked("scheme", name, builder)(name, region, service, options)
        if not hasattr(signer, "sign"):
            raise TypeError(type(signer).__name__ + " is not a signer")
        return signer

    signer = loaded(SCHEMES, name, use)
    if signer is None:
        known = [point.name for point in found(SCHEMES) if point.name not in BUILT_IN]
        raise UsageError(
            "there is no signature scheme {name!r}; there are: {names}",
            name=name,
            names=", ".join((*names(), *known)),
        )
    return signer
