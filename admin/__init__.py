"""The people's side of Allotment: commands, set-up and benchmarks."""
