"""Tencent Cloud: who an account is, by its API gateway."""
