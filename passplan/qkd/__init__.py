"""How many secret bits do the counts of a pass allow, under which named proof?"""
