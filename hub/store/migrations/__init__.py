"""The migrations, one file a step, applied by `hub.store.migrate`."""
