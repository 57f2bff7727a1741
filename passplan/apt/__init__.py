"""How well do the two terminals point at each other through the pass? Coarse and fine loops in the time domain."""
