"""The unit that owns this station's packet filter, and nothing else of the machine's."""
