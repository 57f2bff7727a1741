"""The refusal of a contact, as data and in words."""

from collections.abc import Sequence
from dataclasses import dataclass

LOST, BUDGET, FROZEN, WORTHLESS, CHANGES, OPEN = "lost", "budget", "frozen", "worthless", "changes", "open"
_MEASURES = {"fair": " of the least share", "cvar": " in the worst weathers", "demand": " of the pairs' key"}
_CHANCE = " of the chance of enough key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why one contact is not flown.

    contact : its id
    place : of the window in the problem that would cost least
    kind : "lost" to other contacts; "budget" used up; "frozen"; "worthless" to the objective; "changes" of a standing
        plan; "open": it would add something, but the plan is not proven to be the best
    reason : why, in words, without the cost
    rivals : contacts that would have to be dropped or shortened for it
    limits : names of the satellites, stations and budgets that leave no room for it
    cost : by how much flying it makes the plan worse [unit], at most unless ``is_exact``; below 0: better. None where
        it cannot be flown, or its own key is of no use to any stage
    unit : of the cost
    objective : name of the stage of the objective in which it costs that
    is_last : whether stages before that one are as good with it as without
    is_exact : whether the cost is that of the best plan that flies it
    """

    contact: str
    place: int
    kind: str
    reason: str
    rivals: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    cost: float | None = None
    unit: str = "bit"
    objective: str = "sum"
    is_last: bool = False
    is_exact: bool = False

    @property
    def text(self) -> str:
        """The whole sentence, as "lost to a on micius by at most 12.3 kbit"."""
        if self.cost is None or self.kind in (FROZEN, WORTHLESS) or (self.kind == CHANGES and self.cost < 0.0):
            return self.reason
        if self.cost == 0.0:
            return f"{self.reason}, worth as much"
        words = bits_text(abs(self.cost)) if self.unit == "bit" else f"{abs(self.cost):.2g}{_CHANCE}"
        words += " in all" if self.is_last else _MEASURES.get(self.objective, "")
        if self.cost < 0.0:
            return f"{self.reason}: it would add {words}"
        return f"{self.reason} by {words}" if self.is_exact else f"{self.reason} by at most {words}"


def bits_text(bits: float) -> str:
    """A number of bits in words, to three digits, as "850 bit", "12.3 kbit" or "4.56 Mbit"."""
    size = abs(bits)
    if size < 999.5:
        return f"{bits:.3g} bit"
    scale, unit = (1e3, "kbit") if size < 999.5e3 else (1e6, "Mbit")
    digits = 2 if size < 9.995 * scale else 1 if size < 99.95 * scale else 0
    return f"{bits / scale:.{digits}f} {unit}"


def listed(names: Sequence[str]) -> str:
    """Names as "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
