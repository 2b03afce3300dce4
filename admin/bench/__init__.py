"""Benchmarks against a peer, in one run, as ratios; failures are counted."""
