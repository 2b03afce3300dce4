"""The shared core of Allotment, and what the JupyterHub process runs."""
