"""The Chinese words. A template that is missing here is printed in English."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "no installed engine speaks {tag!r}; installed: {installed}": (
        "没有已安装的引擎会说“{tag}”；已安装：{installed}"
    ),
    "engine {engine!r} does not speak {tag!r}": "引擎“{engine}”不会说“{tag}”",
    "no offline engine is installed": "没有安装任何离线语音引擎",
    "there is no token yet": "还没有令牌",
}
