"""The embedded engines: real speech with no account and no network."""
