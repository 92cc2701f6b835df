"""A whole voice cloud on loopback: every vendor, with accounts that everybody knows."""
