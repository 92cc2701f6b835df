"""Tencent Cloud: speech from text, and who an account is."""
