"""The tables, files and the self-contained page that a simulated pass leaves behind."""
