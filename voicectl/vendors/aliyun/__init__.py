"""Aliyun: speech by NLS, and the token that it wants."""
