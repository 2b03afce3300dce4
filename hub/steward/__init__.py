"""The control loop: one file a duty, each a function of the time."""
