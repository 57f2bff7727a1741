"""One picture a question; every function takes ax=None, returns the Axes, and never shows."""
