"""By how much is the polarization turned along the pass, and what is left after the wave plate?"""
