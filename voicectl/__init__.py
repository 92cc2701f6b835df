"""voicectl: cloud voice work from the command line. Only the version lives here."""

__version__ = "0.1.0"
