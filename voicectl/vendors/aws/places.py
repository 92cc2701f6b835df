"""Where AWS's services are reached: partitions by the form of a region's name. What they take: `tts.py`.

Source: botocore's partition data.
"""

from __future__ import annotations

from voicectl.core.errors import ConfigError

SPEECH, TASKS = "/v1/speech", "/v1/synthesisTasks"
"""Polly's paths."""
SUFFIX = "amazonaws.com"
SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "us-isof-": "csp.hci.ic.gov",
}
"""Partitions other than the common one, by how the names of their regions begin."""


def usual_url(service: str, region: str) -> str:
    """Return a service's own URL; a region that nobody knows yet gets it by the common rule."""
    suffix = next((suffix for start, suffix in SUFFIXES.items() if region.startswith(start)), SUFFIX)
    return f"https://{service}.{region}.{suffix}"


def checked_region(region: str) -> str:
    """Return the region; ConfigError for none, or for one that no host name can hold."""
    if not region:
        raise ConfigError(
            "no region was given for {vendor}, and none is assumed",
            vendor="aws",
            hint="add --region us-east-1\nor: export AWS_REGION=us-east-1",
        )
    if not region.isascii() or not region.replace("-", "").isalnum():
        raise ConfigError("{region!r} is no region", region=region, hint="--region us-east-1")
    return region
