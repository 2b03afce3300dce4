"""Tables and what is read and written there; takes and returns policy records, never rows."""
