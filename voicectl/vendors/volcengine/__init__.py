"""Volcengine: who an account is, by its OpenAPI gateway."""
