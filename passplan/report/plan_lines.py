"""What the pages and sheets of a plan say in common: its proof in words, its sums, and reasons gathered by kind."""

import re
from collections.abc import Mapping
from typing import Any

from passplan.mission.outcome import counted
from passplan.schedule.model import PROVEN_GAP
from passplan.schedule.planner import GREEDY

Document = Mapping[str, Any]
Row = Mapping[str, Any]

_WHEN = re.compile(r",? (?:all through|(?:until|from) \S*\d\S*(?: to \S+)?)$")
_NUMBERED = re.compile(r"[^\s(]*\d[^\s,;:()]*")
_NUMBER = "…"
_BITS = re.compile(f"{_NUMBER} [kMG]?bit\\b")
_ASIDE = re.compile(rf" \([^()]*{_NUMBER}[^()]*\)")
_SHORTER = (
    (re.compile(r" \(.*? of .*?\).*"), ""),  # what a budget has used, and to whom
    (re.compile(r"^lost to .*"), "lost to other passes"),
    (re.compile(r"^(frozen: [^,]*),.*"), r"\1"),
    (re.compile(r"^not chosen .*?, though"), "not chosen, though"),
)


def flown(document: Document) -> list[Row]:
    """Passes that are flown, in order of start."""
    return sorted(
        (row for row in document["passes"] if row["is_chosen"]), key=lambda row: (row["start_utc"], row["pass_id"])
    )


def reason_groups(document: Document) -> list[tuple[str, list[Row]]]:
    """Passes that are not flown, by the kind of their reason: the most frequent kind first, passes in order of rise."""
    groups: dict[str, list[Row]] = {}
    for row in document["passes"]:
        if not row["is_chosen"]:
            groups.setdefault(kind_of_reason(row), []).append(row)
    return sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))


def kind_of_reason(row: Row) -> str:
    """Reason of a pass without what is its own: the first clause, numbers and ids as …, and no names."""
    text = _WHEN.sub("", row["reason"].split("; ")[0])
    for pattern, instead in _SHORTER:
        text = pattern.sub(instead, text)
    for of in ("satellite", "station"):
        text = re.sub(rf"(?<!\w){re.escape(row[of])}(?!\w)", f"the {of}", text)
    text = _BITS.sub(f"{_NUMBER} bit", _NUMBERED.sub(_NUMBER, text))
    return _ASIDE.sub("", text) or "no reason given"


def level_texts(document: Document) -> list[str]:
    """One line a stage of the objective: what it came to, how well that is proven, and the greedy choice beside it."""
    objective = document["objective"]
    lines = [_level_text(document, level, is_first=index == 0) for index, level in enumerate(objective["levels"])]
    if objective["method"] == GREEDY:
        lines.append("the solver had nothing better in its time than the greedy choice")
    if objective["changes"]:
        lines.append(f"{counted(objective['changes'], 'contact')} added to or dropped from the standing plan")
    return lines


def _level_text(document: Document, level: Row, *, is_first: bool) -> str:
    unit = level["unit"]
    worth = worth_text(level["worth"], unit) + _meaning(document, level)
    if level["bound"] is None or level["gap"] is None:
        proof = "no bound was found in time"
    elif level["gap"] <= PROVEN_GAP:
        of_windows = " of the windows offered" if document["objective"].get("has_trimmed_windows") else ""
        as_good = "" if is_first else " as good in the stages before"
        proof = f"proven: no timetable{of_windows}{as_good} has more"
    else:
        proof = f"at most {100.0 * level['gap']:.2g} % below the best, bound {worth_text(level['bound'], unit)}"
    greedy = level["greedy_worth"]
    beside = "the greedy choice found none" if greedy is None else f"the greedy choice {worth_text(greedy, unit)}"
    return f"{level['objective']} {worth}, {proof}; {beside}"


def _meaning(document: Document, level: Row) -> str:
    """What a chance is the chance of, and why there is none; empty for other objectives."""
    wanted_bits = document["objective"].get("night_bits")
    if level["objective"] != "chance" or wanted_bits is None:
        return ""
    sums: dict[str, float] = {}
    for row in document["passes"]:
        if row["key_bits"] is not None:
            sums[row["night"]] = sums.get(row["night"], 0.0) + row["key_bits"]
    told = f", mean over {counted(len(sums), 'night')} of the chance of at least {kbit_text(wanted_bits)} kbit"
    if level["bound"] == 0.0:
        most_bits = max(sums.values(), default=0.0)
        told += ", which no timetable reaches in any weather drawn"
        if most_bits < wanted_bits:
            told += f": all passes of the best night make {kbit_text(most_bits)} kbit under a clear sky"
    return told


def without_pair(document: Document) -> frozenset[str]:
    """Ids of flown passes whose key serves no pair of stations; empty where no pair is asked for."""
    if not document["pairs"]:
        return frozenset()
    relays = [relay for pair in document["pairs"] for relay in pair["relays"]]
    served = {relay[which] for relay in relays for which in ("first", "second")}
    return frozenset(row["pass_id"] for row in flown(document)) - served


def marks_of(row: Row, unpaired: frozenset[str]) -> str:
    """What is particular about a flown pass: trimmed, or of no use to any pair; empty where nothing is."""
    return ", ".join(["trimmed"] * row["is_trimmed"] + ["no pair"] * (row["pass_id"] in unpaired))


def worth_text(worth: float | None, unit: str) -> str:
    """Worth of a timetable with its unit: bits with thousands parted, a chance with four digits."""
    if worth is None:
        return "-"
    return f"{worth:,.0f} bit" if unit == "bit" else f"{worth:.4f}"


def passes_text(number: int) -> str:
    """Number of passes with its noun: 1 pass, 2 passes."""
    return "1 pass" if number == 1 else f"{number} passes"


def kbit_text(bits: float | None) -> str:
    """Bits as kbit with one digit and thousands parted; a dash where it does not apply."""
    return "-" if bits is None else f"{bits * 1e-3:,.1f}"  # bit to kbit


def simulated_text(document: Document, row: Row) -> str:
    """Simulated key [kbit] of a pass, or why there is none; empty in a plan of which nothing is to be simulated."""
    outcomes = document.get("simulated") or {}
    if row["pass_id"] not in outcomes:
        return ""
    outcome = outcomes[row["pass_id"]]
    if outcome is None:
        return "not yet"
    return "failed" if outcome["fault"] is not None else kbit_text(float(outcome["secret_bits"]))


def simulated_bits(document: Document, rows: list[Row]) -> float | None:
    """Sum of the simulated keys [bit] of passes; None where none of them is simulated."""
    outcomes = document.get("simulated") or {}
    done = [outcomes.get(row["pass_id"]) for row in rows]
    bits = [outcome["secret_bits"] for outcome in done if outcome is not None and outcome["fault"] is None]
    return float(sum(bits)) if bits else None


def has_weather(document: Document) -> bool:
    """Whether some flown pass is not certain to have a clear sky."""
    return any(row["clear_chance"] < 1.0 for row in flown(document))


def sum_text(document: Document) -> str:
    """One line on what a sum of keys is: of how many blocks, under which proof, and what their epsilons add up to."""
    rows = flown(document)
    proofs = {(each["satellite"], each["station"]): each for each in document["proofs"]}
    used = [proofs[row["satellite"], row["station"]] for row in rows if (row["satellite"], row["station"]) in proofs]
    names = ", ".join(sorted({each["proof"] for each in used})) or "-"
    unnamed = len(rows) - len(used)
    if unnamed:
        names += f" ({unnamed} without a stated one)"
    sec, cor = (sum(each[name] for each in used) for name in ("epsilon_sec", "epsilon_cor"))
    total = kbit_text(float(sum(row["key_bits"] for row in rows)))
    told = f"{total} kbit under a clear sky"
    if has_weather(document):
        told += f", {kbit_text(float(sum(row['expected_bits'] for row in rows)))} kbit with the weather"
    return (
        f"{told}: a sum of keys of {counted(len(rows), 'separate block')}, proof {names}; "
        f"their epsilon_sec add up to {sec:.3g}, their epsilon_cor to {cor:.3g}"
    )


def accuracy_text(accuracy: Mapping[str, Any]) -> str:
    """How planned keys compare with simulated ones, in a sentence."""
    spread = "" if accuracy["ratio_std"] is None else f", standard deviation {accuracy['ratio_std']:.3f}"
    return (
        f"Of {passes_text(accuracy['passes'])} with key {kbit_text(accuracy['planned_bits'])} kbit were planned and "
        f"{kbit_text(accuracy['simulated_bits'])} kbit simulated: ratio {accuracy['ratio_of_sums']:.3f} of the sums, "
        f"{accuracy['ratio_mean']:.3f} in the mean of the passes{spread}."
    )
