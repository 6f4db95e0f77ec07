"""Physical systems: one file each, all seen by the rest of the package through `base.Model`."""
