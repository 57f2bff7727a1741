"""How many clicks and errors do the detectors give for each intensity and basis?"""
