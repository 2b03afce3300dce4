"""Who may have what: pure rules over records, without I/O, clock, logging or chance."""
