"""What a person wants done; no terminal, no sockets, no vendor's name."""
