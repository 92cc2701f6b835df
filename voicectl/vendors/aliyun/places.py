"""Where NLS is, its token service in each region, and DashScope. What is said to them: elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import Unsupported
from voicectl.core.vendor import Access

USUAL_REGION = "cn-shanghai"
GATEWAY_REGIONS = ("cn-shanghai", "cn-beijing", "cn-shenzhen", "ap-southeast-1")
DASHSCOPE_REGIONS = ("cn-beijing", "ap-southeast-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenService:
    """What CreateToken wants to be told; the version goes with the host."""

    region: str
    version: str
    host: str


MAINLAND = TokenService(region="cn-shanghai", version="2019-02-28", host="nls-meta.cn-shanghai.aliyuncs.com")
SINGAPORE = TokenService(
    region="ap-southeast-1", version="2019-07-17", host="nlsmeta.ap-southeast-1.aliyuncs.com"
)


def gateway(access: Access, usual_region: str = "") -> Endpoint:
    """Return the gateway that speaks; Unsupported for a region without one."""
    region = access.profile.region or usual_region or USUAL_REGION
    found = access.endpoint("nls_gateway", f"https://nls-gateway-{region}.aliyuncs.com")
    if not found.is_custom and region not in GATEWAY_REGIONS:
        raise _nowhere(region, GATEWAY_REGIONS)
    return found


def dashscope(access: Access) -> Endpoint:
    """Return where CosyVoice speaks: one place for the mainland, one for all others that have it."""
    region = access.profile.region or DASHSCOPE_REGIONS[0]
    name = "dashscope-intl" if region == SINGAPORE.region else "dashscope"
    found = access.endpoint("dashscope", f"https://{name}.aliyuncs.com")
    if not found.is_custom and region != SINGAPORE.region and not region.startswith("cn-"):
        raise Unsupported(
            "aliyun's CosyVoice is not in region {region!r}; it is in {known}",
            region=region,
            known=", ".join(DASHSCOPE_REGIONS),
            usual=DASHSCOPE_REGIONS[0],
            hint="--region {usual}",
        )
    return found


def token_service(access: Access) -> tuple[TokenService, Endpoint]:
    """Return who makes tokens for the region, and where; one token serves all mainland gateways."""
    region = access.profile.region or USUAL_REGION
    service = SINGAPORE if region == SINGAPORE.region else MAINLAND
    found = access.endpoint("nls_meta", f"https://{service.host}")
    if not found.is_custom and service.region != region and not region.startswith("cn-"):
        raise _nowhere(region, GATEWAY_REGIONS)
    return service, found


def _nowhere(region: str, known: tuple[str, ...]) -> Unsupported:
    return Unsupported(
        "aliyun's NLS is not in region {region!r}; it is in {known}",
        region=region,
        known=", ".join(known),
        usual=USUAL_REGION,
        hint="--region {usual}",
    )
