"""Where is the satellite, when is it visible, and in what light? The only room that knows Skyfield."""
