"""The hub's own pages: their language, their texts and what stands on them; never a decision."""
