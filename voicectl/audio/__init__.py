"""Bytes of sound, no network."""
