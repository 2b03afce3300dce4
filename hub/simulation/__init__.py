"""What-if: traces run through the real policy functions on a virtual clock; it stores nothing."""
