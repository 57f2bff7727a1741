"""Central interpolation on equidistant nodes: the orbit between propagated positions as one polynomial an interval.

An interval lies between two nodes; its polynomial goes through `NODES` nodes, half of them on either side. A window is
those nodes; its place is that of its first node, in steps from the interval's own first node.
"""

from functools import cache

import numpy as np

from passplan.checks import FloatArray

NODES = 14  # of degree 13: in double precision more nodes lose to rounding what they win
CENTRAL = 1 - NODES // 2  # place of a central window; other places only where the nodes end, and less accurate


@cache
def to_samples(parts: int, place: int = CENTRAL) -> tuple[FloatArray, FloatArray]:
    """Matrices from a window's values to samples, and to their slopes [1/part], shape (parts + 1, NODES) each.

    The samples divide the interval into equal ``parts``, its ends included; ``place`` in [2 - NODES, 0].
    """
    x = np.linspace(-0.5, 0.5, parts + 1)
    slopes = np.zeros((x.size, NODES))
    slopes[:, 1:] = np.vander(x, NODES - 1, increasing=True) * np.arange(1, NODES) / parts
    matrices = weights(x, place), slopes @ _to_coefficients(place)
    matrices[0][[0, -1]] = np.eye(NODES)[[-place, 1 - place]]  # nodes stay exact, so that neighbours agree in each bit
    for matrix in matrices:
        matrix.setflags(write=False)
    return matrices


def weights(x: FloatArray, place: int = CENTRAL) -> FloatArray:
    """Weights of a window's values at x, shape (n, NODES); x is the part of a step from the middle of the interval."""
    return np.vander(x, NODES, increasing=True) @ _to_coefficients(place)


@cache
def _to_coefficients(place: int) -> FloatArray:
    """Matrix from the values of a window to the coefficients of x^0, x^1, ..., shape (NODES, NODES).

    Column by column Lagrange's polynomial of a node, in whole numbers of half steps: a matrix inverted in double
    precision is wrong by 1e-7 at the ends of a run, which is a metre.
    """
    nodes = [2 * (number + place) - 1 for number in range(NODES)]
    columns = []
    for own in nodes:
        numerator, denominator = [1], 1
        for other in nodes:
            if other != own:
                denominator *= own - other
                raised, scaled = [0, *numerator], [*(other * value for value in numerator), 0]
                numerator = [up - down for up, down in zip(raised, scaled, strict=True)]
        columns.append([value * 2**power / denominator for power, value in enumerate(numerator)])
    return np.array(columns).T
