"""Which share of the photons arrives, term by term, and how much stray light comes with them?"""
