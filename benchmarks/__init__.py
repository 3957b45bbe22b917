"""What is fast and how fast: `python -m benchmarks [NAME ...] [--json FILE]`."""
