"""What a timetable stands to lose or gain, in each stage of its objective, when a few windows are swapped."""

from collections.abc import Sequence
from math import inf

import numpy as np

from passplan.checks import FloatArray
from passplan.schedule.objective import Objective, TotalKey, stages_of, values_of
from passplan.schedule.relay_demand import PairDemand
from passplan.schedule.relay_flows import best_flow
from passplan.schedule.room import Chosen, change_signs
from passplan.schedule.window import Problem


class Stakes:
    """Changes of the worth of a choice; exact but for demand between pairs, where a loss is at most what it says.

    What is given to partners would have to be shared out anew for that: instead the shares that stay are kept, and
    what is left over is shared out one after another.
    """

    def __init__(self, problem: Problem, objective: Objective, chosen: Chosen) -> None:
        """Work out the worth of the choice in every stage."""
        self._problem, self._chosen = problem, chosen
        self._stages = list(stages_of(objective))
        self._values = values_of(problem)
        self._price_bits = change_signs(problem)[0] * (problem.standing.cost_bits if problem.standing else 0.0)
        self._before = [
            0.0 if isinstance(stage, TotalKey | PairDemand) else stage.worth(problem, chosen) for stage in self._stages
        ]
        self._shared = {
            index: _Shared(problem, stage, chosen)
            for index, stage in enumerate(self._stages)
            if isinstance(stage, PairDemand)
        }

    def losses(self, dropped: Sequence[int], added: Sequence[int]) -> list[float]:
        """Loss in every stage [its unit], below 0 where something is gained; charges for changes are in the last."""
        changed = self._chosen.copy()
        changed[list(dropped)] = False
        changed[list(added)] = True
        found = []
        for index, stage in enumerate(self._stages):
            if isinstance(stage, TotalKey):
                found.append(_less(self._values, dropped, added))
            elif index in self._shared:
                found.append(self._shared[index].loss(dropped, added))
            else:
                found.append(self._before[index] - stage.worth(self._problem, changed))
        found[-1] -= _less(self._price_bits, dropped, added)
        return found

    def why_worthless(self, places: Sequence[int]) -> str:
        """Why windows of one contact can add to no stage, whatever is flown beside; empty where they can."""
        windows = [self._problem.windows[place] for place in places]
        for index, stage in enumerate(self._stages):
            if index in self._shared:
                useful = self._shared[index].can_flow(places)
            elif isinstance(stage, TotalKey):
                useful = any(window.value > 0.0 for window in windows)
            else:
                useful = any(window.key_bits > 0.0 for window in windows)
            if useful:
                return ""
        if all(window.key_bits == 0.0 for window in windows):
            return "no key is expected"
        if all(window.clear == 0.0 for window in windows):
            return "the sky is never clear"
        return self._shared[0].why_alone(places) if 0 in self._shared else ""


def _less(values: FloatArray, dropped: Sequence[int], added: Sequence[int]) -> float:
    return float(values[list(dropped)].sum() - values[list(added)].sum())


class _Shared:
    """The best sharing of the keys of a choice between the pairs, and how it changes when windows are swapped."""

    def __init__(self, problem: Problem, demand: PairDemand, chosen: Chosen) -> None:
        self._problem, self._demand = problem, demand
        self._flows = demand.flows(problem)
        weights = np.array([wish.weight for wish in demand.wishes], dtype=float)
        wanted_bits = np.array([wish.bits for wish in demand.wishes], dtype=float)
        self._gains = weights[self._flows.pairs] * self._flows.clear if self._flows.size else np.zeros(0)
        self._bits = best_flow(self._flows, chosen, self._gains, wanted_bits)
        self._held_bits = np.where(chosen, self._flows.keys_bits, 0.0)
        self._wanted_bits = wanted_bits
        self._flows_of: dict[int, list[int]] = {}
        for index, pair in enumerate(self._flows.ends.T.tolist()):
            for source in pair:
                self._flows_of.setdefault(source, []).append(index)

    def can_flow(self, places: Sequence[int]) -> bool:
        """Whether key of some of the windows could be of use to a pair."""
        return any(
            self._gains[index] > 0.0 and self._wanted_bits[self._flows.pairs[index]] > 0.0
            for place in places
            if self._flows.keys_bits[place] > 0.0
            for index in self._flows_of.get(int(self._flows.source[place]), ())
        )

    def why_alone(self, places: Sequence[int]) -> str:
        """Why no pair has use for a contact's key, in words."""
        window = self._problem.windows[places[0]]
        partners = sorted(
            other for wish in self._demand.wishes if window.station in wish.between and wish.bits > 0.0
            for other in wish.between if other != window.station
        )  # fmt: skip
        if not partners:
            return f"no key is wanted by {window.station}"
        age_s = self._demand.max_age_s
        age = f" within {age_s / 3600.0:g} h" if age_s >= 3600.0 else f" within {age_s / 60.0:g} min"
        if any(int(self._flows.source[place]) in self._flows_of for place in places):
            return f"never clear over {window.station} and a partner"
        return f"{window.satellite} has no partner for it over {' or '.join(partners)}{age if age_s < inf else ''}"

    def loss(self, dropped: Sequence[int], added: Sequence[int]) -> float:
        """Most that is lost [bit]."""
        flows, bits, held_bits = self._flows, self._bits.copy(), self._held_bits.copy()
        held_bits[list(dropped)] = 0.0
        held_bits[list(added)] = flows.keys_bits[list(added)]
        holds_bits: FloatArray = np.bincount(flows.source, held_bits, minlength=len(flows.contacts)).astype(float)
        for source in {int(flows.source[place]) for place in dropped}:
            over_bits = sum(float(bits[index]) for index in self._flows_of.get(source, ())) - float(holds_bits[source])
            for index in sorted(self._flows_of.get(source, ()), key=lambda index: self._gains[index]):
                less_bits = min(max(over_bits, 0.0), float(bits[index]))
                bits[index] -= less_bits
                over_bits -= less_bits
        self._share_out(bits, holds_bits, {int(flows.source[place]) for place in (*dropped, *added)})
        return float(self._gains @ (self._bits - bits))

    def _share_out(self, bits: FloatArray, holds_bits: FloatArray, sources: set[int]) -> None:
        """Let flow what is left over around some sources, where it gains most first."""
        flows = self._flows
        partners = {int(end) for source in sources for index in self._flows_of.get(source, ())
                    for end in flows.ends[:, index]}  # fmt: skip
        free = np.bincount(flows.ends.ravel(), np.tile(bits, 2), minlength=len(flows.contacts))
        left_bits = np.maximum(holds_bits - free, 0.0)
        wanted_bits = self._wanted_bits - np.bincount(flows.pairs, bits * flows.clear, minlength=len(self._wanted_bits))
        around = {index for source in partners for index in self._flows_of.get(source, ())}
        for index in sorted(around, key=lambda index: (-self._gains[index], index)):
            clear, pair = float(flows.clear[index]), int(flows.pairs[index])
            most_bits = max(float(wanted_bits[pair]), 0.0) / clear if clear else 0.0
            more_bits = min(float(left_bits[flows.ends[:, index]].min()), most_bits)
            bits[index] += more_bits
            left_bits[flows.ends[:, index]] -= more_bits
            wanted_bits[pair] -= more_bits * clear
