"""How does another program read a pass? One file a format, written by hand, text in the end."""
