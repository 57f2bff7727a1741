"""Key between pairs of stations, relayed by a satellite that both trust: the smaller of two keys, each bit spent once.

The satellite makes a key with each station and announces their exclusive or (Liao et al., Phys. Rev. Lett. 120, 030501
(2018)). Which pass serves which partner is a flow: what a pass gives to its partners is no more than its key.
"""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from passplan.checks import FloatArray, one_of, within
from passplan.errors import DomainError
from passplan.schedule.model import Model
from passplan.schedule.objective import Objective
from passplan.schedule.relay_filling import Filling
from passplan.schedule.relay_flows import Flows, best_flow, flows_between
from passplan.schedule.room import Chosen, Room
from passplan.schedule.window import Problem

_LEAST_BITS = 1e-6  # a flow below is rounding of the solver


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Key that two stations want between them.

    between : their names
    bits : most that is of use [bit], >= 0; infinite: no limit
    weight : of each bit against those of other pairs [1], > 0
    """

    between: tuple[str, str]
    bits: float = inf
    weight: float = 1.0

    def __post_init__(self) -> None:
        one, other = self.between
        if one == other:
            raise DomainError(f"a demand is between {one} and itself, must be between two stations")
        within(f"bits of the demand {one} - {other}", self.bits, 0.0, inf)
        within(f"weight of the demand {one} - {other}", self.weight, 0.0, inf, ends="()")

    @property
    def pair(self) -> tuple[str, str]:
        """The two names in alphabetical order."""
        one, other = sorted(self.between)
        return one, other


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Part of the keys of two passes that becomes key of a pair.

    first, second : contacts, over the stations of the pair in their order
    spent_bits : of the clear-sky key of each [bit]
    expected_bits : what the pair gets of it with the weather of both [bit]
    """

    first: str
    second: str
    spent_bits: float
    expected_bits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairKey:
    """Key of a pair, and where it comes from.

    pair : stations, in alphabetical order
    wanted_bits : infinite without limit [bit]
    expected_bits : delivered [bit]
    weight : of each bit [1]
    relays : passes that serve it
    """

    pair: tuple[str, str]
    wanted_bits: float
    expected_bits: float
    weight: float
    relays: tuple[Relay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairDemand:
    """Weighted key of all pairs [bit].

    Two passes of one satellite, one over each station of a pair, make key of the pair if no more than ``max_age_s``
    lies between the end of the earlier and the start of the later; passes that overlap have no age. A contact that is
    trimmed keeps the age of its longest window. What a pass gives to all its partners is no more than its clear-sky
    key. Shares are decided before the weather is known, and count where both skies are clear: with independent
    chances, by their product. So the worth is the mean that this very distribution of the key delivers; without
    clouds it is the sum of the smaller keys. Priorities of windows do not count.

    wishes : one for each pair
    max_age_s : greatest age [s], >= 0
    """

    wishes: tuple[Wish, ...]
    max_age_s: float
    name: str = "demand"
    unit: str = "bit"
    then: Objective | None = None

    def __post_init__(self) -> None:
        within("max_age_s", self.max_age_s, 0.0, inf)
        pairs = [wish.pair for wish in self.wishes]
        twice = sorted({pair for pair in pairs if pairs.count(pair) > 1})
        if twice:
            raise DomainError(f"the pair {' - '.join(twice[0])} has two demands, must have one")

    def flows(self, problem: Problem) -> Flows:
        """Possible flows between the passes of a problem.

        Raises
        ------
        UnknownName
            If a wish names a station without terminals in the problem.
        """
        for station in {station for wish in self.wishes for station in wish.between}:
            one_of("station", station, problem.stations)
        return flows_between(problem, {wish.pair: index for index, wish in enumerate(self.wishes)}, self.max_age_s)

    def worth(self, problem: Problem, chosen: Chosen) -> float:
        """Greatest weighted key that the chosen windows can deliver [bit]."""
        flows = self.flows(problem)
        gains = self._gains(flows)
        return float(gains @ best_flow(flows, chosen, gains, self._wanted_bits))

    def detail(self, problem: Problem, chosen: Chosen) -> tuple[PairKey, ...]:
        """Key of every pair, in the order of the wishes, with the passes that serve it."""
        flows = self.flows(problem)
        spent_bits = best_flow(flows, chosen, self._gains(flows), self._wanted_bits)
        relays: list[list[Relay]] = [[] for _ in self.wishes]
        for index in np.flatnonzero(spent_bits > _LEAST_BITS).tolist():
            first, second = (flows.contacts[number] for number in flows.ends[:, index])
            bits = float(spent_bits[index])
            expected_bits = bits * float(flows.clear[index])
            relays[int(flows.pairs[index])].append(
                Relay(first=first, second=second, spent_bits=bits, expected_bits=expected_bits)
            )
        return tuple(
            PairKey(
                pair=wish.pair,
                wanted_bits=wish.bits,
                expected_bits=sum(relay.expected_bits for relay in served),
                weight=wish.weight,
                relays=tuple(served),
            )
            for wish, served in zip(self.wishes, relays, strict=True)
        )

    def add_to(self, model: Model, problem: Problem, windows: Any) -> None:
        """Add a column for each flow, and the rows that hold it to its passes and its pair."""
        flows = self.flows(problem)
        scale_bits = float(flows.keys_bits.max(initial=0.0))
        if not flows.size or not scale_bits:
            return
        columns = model.add_columns(flows.size, gain=self._gains(flows) * scale_bits)
        self._add_sums(model, flows, windows, columns, scale_bits)
        most_bits = self._wanted_bits[flows.pairs] / np.maximum(flows.clear, 1e-300)
        members, largest_bits = flows.members(), flows.largest_bits
        for here, there in ((0, 1), (1, 0)):  # no more than one window gives and the other could take
            most = np.minimum(largest_bits[flows.ends[there]], most_bits)
            sizes = [len(members[number]) for number in flows.ends[here]]
            places = np.concatenate([members[number] for number in flows.ends[here]])
            give = np.minimum(flows.keys_bits[places], np.repeat(most, sizes))
            model.add_rows(
                np.append(np.arange(flows.size), np.repeat(np.arange(flows.size), sizes)),
                np.append(columns, windows[places]),
                np.append(np.ones(flows.size), -give / scale_bits),
                upper=0.0,
                count=flows.size,
            )

    def _add_sums(self, model: Model, flows: Flows, windows: Any, columns: Any, scale_bits: float) -> None:
        """Rows: a pass gives no more than its key, a pair takes no more than it wants."""
        model.add_rows(
            np.concatenate([flows.ends[0], flows.ends[1], flows.source]),
            np.concatenate([columns, columns, windows]),
            np.concatenate([np.ones(2 * flows.size), -flows.keys_bits / scale_bits]),
            upper=0.0,
            count=len(flows.contacts),
        )
        limited = np.flatnonzero(np.isfinite(self._wanted_bits[flows.pairs]))
        model.add_rows(
            flows.pairs[limited],
            columns[limited],
            flows.clear[limited],
            upper=self._wanted_bits / scale_bits,
            count=len(self.wishes),
        )

    def fill(self, room: Room) -> None:
        """Take the flow with the greatest gain, and fly the passes that it needs, again and again."""
        flows = self.flows(room.problem)
        Filling(flows, self._gains(flows), self._wanted_bits, room).run()

    def _gains(self, flows: Flows) -> FloatArray:
        """Weighted key that each bit of a flow is expected to deliver [1]."""
        weights = np.array([wish.weight for wish in self.wishes])
        return np.asarray(weights[flows.pairs] * flows.clear) if flows.size else np.zeros(0)

    @property
    def _wanted_bits(self) -> FloatArray:
        return np.array([wish.bits for wish in self.wishes], dtype=float)
