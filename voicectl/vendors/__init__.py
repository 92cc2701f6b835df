"""One folder a vendor, its whole story inside."""
