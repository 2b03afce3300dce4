"""What GPUs a machine has: one contract over NVML, simulated GPUs, and the agent of a node."""
