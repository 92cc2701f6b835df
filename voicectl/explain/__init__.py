"""Why is this signature wrong? Pure; knows signing and core, nothing else."""
