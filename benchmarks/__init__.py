"""Long checks and measurements, each a module: `python -m benchmarks.regimes`."""
