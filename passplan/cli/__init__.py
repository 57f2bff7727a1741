"""The commands: arguments in, one call, one table out."""
