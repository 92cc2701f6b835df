"""Where AWS's services are reached: partitions by the form of a region's name. What they take: `tts.py`.

Source: botocore's partition data.
"""

from __future__ import annotations

import re

from voicectl.core.errors import ConfigError

SUFFIX = "amazonaws.com"
SUFFIXES = (
    (re.compile(r"cn-\w+-\d+"), "amazonaws.com.cn"),
    (re.compile(r"eusc-\w+-\w+-\d+"), "amazonaws.eu"),
    (re.compile(r"us-iso-\w+-\d+"), "c2s.ic.gov"),
    (re.compile(r"us-isob-\w+-\d+"), "sc2s.sgov.gov"),
    (re.compile(r"eu-isoe-\w+-\d+"), "cloud.adc-e.uk"),
    (re.compile(r"us-isof-\w+-\d+"), "csp.hci.ic.gov"),
)
"""Partitions other than the common one, whose patterns do not overlap."""

REGION = re.compile(r"[a-z0-9-]+")


def usual_url(service: str, region: str) -> str:
    """Return a service's own URL; a region that nobody knows yet gets it by the common rule."""
    suffix = next((suffix for pattern, suffix in SUFFIXES if pattern.fullmatch(region)), SUFFIX)
    return f"https://{service}.{region}.{suffix}"


def checked_region(region: str) -> str:
    """Return the region; ConfigError for none, or for one that no host name can hold."""
    if not region:
        raise ConfigError(
            "no region was given for {vendor}, and none is assumed",
            vendor="aws",
            hint="add --region us-east-1\nor: export AWS_REGION=us-east-1",
        )
    if not REGION.fullmatch(region):
        raise ConfigError("{region!r} is no region", region=region, hint="--region us-east-1")
    return region
