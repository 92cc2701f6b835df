"""Emotions by the names that `--emotion` takes, and the labels that EmotiVoice was trained with."""

from __future__ import annotations

LABELS = {
    "neutral": "普通",
    "happy": "开心",
    "sad": "悲伤",
    "angry": "生气",
    "surprised": "惊讶",
    "fearful": "恐惧",
    "disgusted": "厌恶",
}
OF_GATEWAY = ("neutral", "happy", "sad", "angry", "surprised", "fearful")
"""A gateway refuses all others."""
