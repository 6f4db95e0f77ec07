"""Many points through one compiled program."""
