"""Voices behind HTTP: the sandbox, and the gateway for a team. An optional extra; nothing else imports it."""
