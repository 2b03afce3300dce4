"""The agent of one GPU machine: what GPUs there are and whose processes use them."""
