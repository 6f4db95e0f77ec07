"""Many parameter points at once, as labelled data."""
