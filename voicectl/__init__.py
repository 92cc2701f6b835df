"""voicectl: cloud voice work from the command line. Only the version lives here, so that it costs nothing to ask."""

__version__ = "0.1.0.dev0"
