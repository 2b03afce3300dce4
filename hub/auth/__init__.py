"""How people log in to the hub; nothing here ever waits on the hub's event loop."""
