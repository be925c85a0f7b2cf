"""Speed (`python -m benchmarks`) and the long comparisons (`python -m benchmarks.validate`)."""
