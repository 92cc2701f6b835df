"""Plain frozen values and protocols; imports the standard library only."""
