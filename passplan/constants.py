"""Exact and conventional constants, unit in the name, source in the comment."""

SPEED_OF_LIGHT_M_S = 299_792_458.0  # exact, SI
SPEED_OF_LIGHT_KM_S = SPEED_OF_LIGHT_M_S * 1e-3
PLANCK_J_S = 6.626_070_15e-34  # exact, SI 2019
EARTH_EQUATORIAL_RADIUS_KM = 6378.137  # WGS 84, NIMA TR8350.2
EARTH_GRAVITY_KM3_S2 = 398_600.8  # WGS 72, with which SGP4's mean motions are made (AIAA 2006-6753)
SUN_RADIUS_KM = 695_700.0  # nominal solar radius, IAU 2015 resolution B3
SECONDS_PER_DAY = 86_400.0
