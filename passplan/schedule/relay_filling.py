"""Pairs of passes taken one by one by what they add to the key between stations."""

import heapq

import numpy as np

from passplan.checks import FloatArray
from passplan.schedule.relay_flows import Flows
from passplan.schedule.room import Room


class Filling:
    """Takes the flow with the greatest gain, and flies the windows that it needs, as long as that gains something.

    What a flow can gain only falls as others are taken; so one at the top of the heap that has not fallen since it was
    put there is the greatest.
    """

    def __init__(self, flows: Flows, gains: FloatArray, wanted_bits: FloatArray, room: Room) -> None:
        """Start from what the room holds already; gains of each bit that flows [1], ``wanted_bits`` by pair [bit]."""
        self._flows, self._gains, self._room = flows, gains, room
        self._wanted_bits = wanted_bits.copy()
        self._queues = [places.tolist()[::-1] for places in flows.members()]
        held_bits = np.where(room.chosen, flows.keys_bits, 0.0)
        self._left_bits = np.bincount(flows.source, held_bits, minlength=len(flows.contacts))
        self._is_flown = np.bincount(flows.source, room.chosen, minlength=len(flows.contacts)) > 0
        self._left_bits[~self._is_flown] = flows.largest_bits[~self._is_flown]

    def run(self) -> None:
        """Go on until nothing is gained any more."""
        heap = [(-self._gain(index), index) for index in range(self._flows.size)]
        heapq.heapify(heap)
        while heap:
            known, index = heapq.heappop(heap)
            for source in self._flows.ends[:, index].tolist():
                self._advance(source)
            gain = self._gain(index)
            if 0.0 < gain < -known:
                heapq.heappush(heap, (-gain, index))
            elif gain > 0.0:
                self._commit(index, gain)

    def _bits(self, index: int) -> float:
        """Most that may flow [bit]."""
        clear = float(self._flows.clear[index])
        wanted_bits = float(self._wanted_bits[self._flows.pairs[index]])
        return min(float(self._left_bits[self._flows.ends[:, index]].min()), wanted_bits / clear if clear else 0.0)

    def _gain(self, index: int) -> float:
        return float(self._gains[index]) * self._bits(index)

    def _advance(self, source: int) -> None:
        """Leave behind windows of a source that do not fit any more."""
        if self._is_flown[source]:
            return
        queue = self._queues[source]
        while queue and not (self._room.is_open[queue[-1]] and self._room.fits(queue[-1])):
            queue.pop()
        self._left_bits[source] = self._flows.keys_bits[queue[-1]] if queue else 0.0

    def _commit(self, index: int, gain: float) -> None:
        """Fly what a flow needs and take it, if its windows fit together and gain more than they cost."""
        ends = self._flows.ends[:, index].tolist()
        places = [self._queues[source][-1] for source in ends if not self._is_flown[source]]
        if gain <= self._room.price_bits[places].sum() or not self._room.fits(*places):
            return
        bits = self._bits(index)
        for place in places:
            self._room.take(place)
        self._is_flown[ends] = True
        self._left_bits[ends] -= bits
        self._wanted_bits[self._flows.pairs[index]] -= bits * float(self._flows.clear[index])
