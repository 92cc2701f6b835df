"""Where accounts rest."""
