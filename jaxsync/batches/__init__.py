"""Many points through one compiled program, on all cores and devices: the one engine."""

from jaxsync.batches.points import map_points

__all__ = ["map_points"]
