"""The Docker Engine: the only package that knows its client; "unknown" is one of its answers."""
