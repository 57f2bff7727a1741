"""States of many passes at nodes along each, end to end in flat arrays, and the scene at any instant between them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from passplan.checks import FloatArray
from passplan.orbit.almanac import Almanac, almanac, epoch_seconds
from passplan.orbit.elements import Elements, period_s
from passplan.orbit.satellite_pass import Pass
from passplan.orbit.scene import IndexArray, Scene, States, sites_of, states_of

_NODES_PER_TURN = 96.0  # at the perigee's angular rate, 60 s for a low orbit: a cubic is then good to a metre
_LONGEST_STEP_S = 900.0
_SHORTEST_S = 1e-3


@dataclass(frozen=True, slots=True)
class Samples:
    """States of many passes at equidistant nodes, end to end in flat arrays, and whatever lies between them.

    start_s, end_s : rise and set [s] of each pass, shape (p,)
    step_s : step [s] of each pass, shape (p,)
    first : place of each pass's first node, and of the end, shape (p + 1,)
    states : positions [km] and velocities [km/s] at the nodes, shape (3, n) each
    sites : as `sites_of` gives them, shape (4, 3, p)
    sky : covers all passes
    """

    start_s: FloatArray
    end_s: FloatArray
    step_s: FloatArray
    first: IndexArray
    states: States
    sites: FloatArray
    sky: Almanac

    @property
    def owner(self) -> IndexArray:
        """Pass of each node."""
        return np.repeat(np.arange(self.start_s.size), np.diff(self.first))

    @property
    def seconds(self) -> FloatArray:
        """Instant [s] of each node."""
        return _node_seconds(self.start_s, self.step_s, self.first)

    def at_nodes(self) -> Scene:
        """Scene at all nodes."""
        return Scene(self.seconds, self.sites[:, :, self.owner], lambda: self.states, self.sky)

    def at(self, owner: IndexArray, seconds: FloatArray) -> Scene:
        """Scene at instants [s] within passes."""
        return Scene(seconds, self.sites[:, :, owner], lambda: self._between(owner, seconds), self.sky)

    def _between(self, owner: IndexArray, seconds: FloatArray) -> States:
        """Cubic through the states of the two nodes around each instant."""
        step_s = self.step_s[owner]
        elapsed = (seconds - self.start_s[owner]) / step_s
        last = self.first[owner + 1] - self.first[owner] - 2
        index = np.clip(elapsed.astype(np.intp), 0, last)
        x = elapsed - index
        index += self.first[owner]
        (left_km, right_km), (left_km_s, right_km_s) = ((rows[:, index], rows[:, index + 1]) for rows in self.states)
        left_pull, right_pull = left_km_s * step_s, right_km_s * step_s
        chord = right_km - left_km
        bend, twist = 3.0 * chord - 2.0 * left_pull - right_pull, left_pull + right_pull - 2.0 * chord
        position_km = left_km + x * (left_pull + x * (bend + x * twist))
        return position_km, (left_pull + x * (2.0 * bend + 3.0 * x * twist)) / step_s


def samples_of(passes: Sequence[Pass]) -> Samples:
    """Nodes of passes, which best stand in the order of their element sets.

    Raises
    ------
    ElementsError
        If SGP4 fails within a pass.
    DomainError
        If a pass lies outside the ephemeris, 2015 to 2049.
    """
    start_s = epoch_seconds(pass_.rise_utc for pass_ in passes)
    end_s = epoch_seconds(pass_.set_utc for pass_ in passes)
    counts = steps_of(passes)
    step_s = np.maximum(end_s - start_s, _SHORTEST_S) / counts
    first = np.concatenate(([0], np.cumsum(counts + 1)))
    seconds = _node_seconds(start_s, step_s, first)
    return Samples(
        start_s=start_s,
        end_s=end_s,
        step_s=step_s,
        first=first,
        states=states_of([pass_.elements for pass_ in passes], counts + 1, seconds),
        sites=sites_of([pass_.site for pass_ in passes]),
        sky=almanac(np.minimum(seconds, end_s.max())),
    )


def steps_of(passes: Sequence[Pass]) -> IndexArray:
    """Number of steps [1] from rise to set of each pass, at least 2, shape (p,)."""
    longest_s: dict[int, float] = {}
    for pass_ in passes:
        if id(pass_.elements) not in longest_s:
            longest_s[id(pass_.elements)] = _step_s(pass_.elements)
    ratio = [(pass_.set_utc - pass_.rise_utc).total_seconds() / longest_s[id(pass_.elements)] for pass_ in passes]
    return np.maximum(np.ceil(ratio), 2.0).astype(np.intp)


def _node_seconds(start_s: FloatArray, step_s: FloatArray, first: IndexArray) -> FloatArray:
    counts = np.diff(first)
    number = np.arange(first[-1]) - np.repeat(first[:-1], counts)
    return np.repeat(start_s, counts) + np.repeat(step_s, counts) * number


def _step_s(elements: Elements) -> float:
    e = elements.eccentricity
    perigee_speedup = (1.0 + e) ** 2 / (1.0 - e * e) ** 1.5
    return min(period_s(elements) / (perigee_speedup * _NODES_PER_TURN), _LONGEST_STEP_S)
