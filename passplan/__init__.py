"""passplan: from an element set to the key.

The package plans and simulates satellite quantum key distribution passes. Names are handed on lazily, so that
``import passplan`` costs nothing; this file defines nothing of its own.
"""
