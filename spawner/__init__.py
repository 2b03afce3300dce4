"""From a lease to a container, and the units that run beside the hub."""
