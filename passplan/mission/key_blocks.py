"""Several passes as one block: counts taken at the same source settings are added, others start a new label set.

One key is made of a block; it is longer than the keys of its parts together, for the statistics are paid once. Keys of
different blocks stay separate keys: their lengths add, and so do their failure probabilities.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import reduce
from itertools import combinations
from typing import Any

from passplan.errors import InputError
from passplan.mission.key_study import Study, study_of
from passplan.mission.link import key_settings
from passplan.mission.result import PassResult
from passplan.mission.summary import heading, window_section
from passplan.qkd.counts import Counts, add_counts
from passplan.qkd.key_length import PROOFS, default_proof, suitable_proofs
from passplan.qkd.settings import KeySettings, Options

ADDED = ("error_correction_leak_bits", "matched_pulses")  # settings that grow with the block, and are added like counts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Counts of one pass, or of one file, that may become part of a block.

    name : pass id or file, as the user knows it
    counts : its clicks and errors [counts]
    settings : failure probabilities, error correction, conventions
    bias : probability of the key basis of the sender and of the receiver [1]; None where it is not stated
    pair : satellite and station; None where they are not stated
    note : what a table says of it, such as its window
    record : what a document says of it
    """

    name: str
    counts: Counts
    settings: KeySettings
    bias: tuple[float, float] | None = None
    pair: tuple[str, str] | None = None
    note: str = ""
    record: dict[str, Any] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[object, ...]:
        """What must be alike for counts to be added: intensities [mean photons], probabilities and bias [1]."""
        return self.counts.intensities, self.counts.probabilities, self.bias


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Parts with the same source settings, their counts as one, and the key of these beside the keys of the parts.

    parts : what was added
    counts : sums [counts]
    settings : those of the parts; a measured leak [bit] is the sum of theirs
    study : keys of the block by proof id, and why other proofs refuse it
    alone : keys of the parts by proof id, in their order [bit]
    """

    parts: tuple[Part, ...]
    counts: Counts
    settings: KeySettings
    study: Study
    alone: dict[str, tuple[int, ...]]

    @property
    def default_proof(self) -> str:
        """Id of the careful proof for this source."""
        return default_proof(self.counts.intensities)

    def gain(self, proof: str) -> float | None:
        """Key of the block over the sum of the keys of its parts [1]; None where they make none."""
        parts_bits = sum(self.alone[proof])
        return self.study.keys[proof].secret_bits / parts_bits if parts_bits else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Separate keys of several blocks, one each.

    secret_bits : sum of their lengths [bit]
    epsilon_sec, epsilon_cor, epsilon_total : sums of their failure probabilities [1]; None where the proof states none
    """

    secret_bits: int
    epsilon_sec: float | None
    epsilon_cor: float | None
    epsilon_total: float | None


def part_of_pass(result: PassResult) -> Part:
    """Counts of the key window of a simulated pass [counts], as part of a block."""
    window = window_section(result)
    span = "no second"
    if result.mask.any():
        span = f"{window['duration_s']:.0f} s from {window['start_utc'][11:19]} to {window['stop_utc'][11:19]}"
    return Part(
        name=result.pass_.pass_id,
        counts=result.counts,
        settings=key_settings(result.selection),
        bias=(result.payload.source.basis_probability, result.site.detectors.basis_split),
        pair=(result.pass_.satellite, result.pass_.station),
        note=f"{span}, {window['rule']}, seed {result.seed}",
        record={**heading(result), "window": window},
    )


def refuse_repeated(names: Iterable[str]) -> None:
    """Raise InputError if a pass stands among the names twice: the same clicks make no second key."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(f"{name} is given twice: each pass may stand in one block once")
        seen.add(name)


def refuse_strangers(pairs: Iterable[tuple[str, tuple[str, str] | None]]) -> None:
    """Raise InputError unless all parts, by name and (satellite, station), are of one satellite and one station."""
    known = [(name, pair) for name, pair in pairs if pair is not None]
    for name, pair in known[1:]:
        first_name, first = known[0]
        if pair != first:
            raise InputError(
                f"{name} is of {pair[0]} and {pair[1]}, {first_name} of {first[0]} and {first[1]}: a block belongs to "
                "one satellite and one station, which share its key; ask for each pair by itself"
            )


def blocks_of(parts: Sequence[Part], *, proofs: Sequence[str] | None = None) -> tuple[Block, ...]:
    """Blocks of all parts with the same source settings, in the order of their first parts, with their keys [bit].

    Parameters
    ----------
    parts : sequence of Part
        At least one; of one satellite and one station.
    proofs : sequence of str, optional
        Proofs to ask; by default those that suit the source of each block.

    Raises
    ------
    InputError
        If a part stands there twice, parts are of different satellites or stations, the settings of one block differ,
        or no proof takes a block.
    UnknownName
        If a proof does not exist.
    """
    refuse_repeated(part.name for part in parts)
    refuse_strangers((part.name, part.pair) for part in parts)
    groups: dict[tuple[object, ...], list[Part]] = {}
    for part in parts:
        groups.setdefault(part.labels, []).append(part)
    faults = [fault for group in groups.values() for fault in _disagreements(group)]
    if faults:
        raise InputError("\n".join(faults))
    return tuple(_block(tuple(group), proofs) for group in groups.values())


def totals_of(blocks: Sequence[Block]) -> dict[str, Total]:
    """Sums over the separate keys of the blocks by proof id [bit], of the proofs that every block takes."""
    common = [name for name in blocks[0].study.keys if all(name in block.study.keys for block in blocks)]
    return {name: _total(blocks, [name] * len(blocks)) for name in common}


def careful_total(blocks: Sequence[Block]) -> Total | None:
    """Sum over the keys of the blocks [bit], each under the careful proof for its source; None if one was not asked."""
    names = [block.default_proof for block in blocks]
    if any(name not in block.study.keys for name, block in zip(names, blocks, strict=True)):
        return None
    return _total(blocks, names)


def likely_repeats(parts: Sequence[Part]) -> list[str]:
    """Remarks on parts of different names whose counts are the same, none of them empty; no unit."""
    return [
        f"{other.name} holds the same counts as {one.name}: is one pass counted twice?"
        for one, other in combinations(parts, 2)
        if one.counts == other.counts and one.counts.key_basis.total_clicks > 0.0
    ]


def _total(blocks: Sequence[Block], names: Sequence[str]) -> Total:
    keys = [block.study.keys[name] for block, name in zip(blocks, names, strict=True)]

    def added(what: str) -> float | None:
        values = [key.epsilon[what] for key in keys if what in key.epsilon]
        return sum(values) if len(values) == len(keys) else None

    return Total(
        secret_bits=sum(key.secret_bits for key in keys),
        epsilon_sec=added("sec"),
        epsilon_cor=added("cor"),
        epsilon_total=added("total"),
    )


def _block(parts: tuple[Part, ...], proofs: Sequence[str] | None) -> Block:
    counts = reduce(add_counts, (part.counts for part in parts))
    settings = _joined([part.settings for part in parts])
    asked = tuple(proofs if proofs is not None else suitable_proofs(counts)) or tuple(PROOFS)
    study = study_of(counts, proofs=asked, settings=settings)
    if not study.keys:
        names = ", ".join(part.name for part in parts)
        raise InputError(f"block of {names}: {next(iter(study.refused.values()))}")
    each = [study_of(part.counts, proofs=study.keys, settings=part.settings).keys for part in parts]
    alone = {name: tuple(keys[name].secret_bits if name in keys else 0 for keys in each) for name in study.keys}
    return Block(parts=parts, counts=counts, settings=settings, study=study, alone=alone)


def _joined(settings: Sequence[KeySettings]) -> KeySettings:
    first = settings[0]
    values = {item.name: getattr(first, item.name) for item in fields(KeySettings)}
    sums = {name: sum(getattr(one, name) for one in settings) for name in ADDED if values[name] is not None}
    return KeySettings(**{**values, **sums})


def _disagreements(parts: Sequence[Part]) -> list[str]:
    """Faults of settings that differ within one block, each naming part, field and both values."""
    first, faults = parts[0], []
    for other in parts[1:]:
        pairs = [(item.name, first.settings, other.settings) for item in fields(KeySettings) if item.name != "options"]
        one, two = first.settings.options, other.settings.options
        faults += [_differ(other, name, b, first, a) for name, a, b in _values(pairs) if _is_apart(name, a, b)]
        options = _values([(item.name, one, two) for item in fields(Options)])
        faults += [_differ(other, f"options.{name}", b, first, a) for name, a, b in options if a != b]
    return faults


def _values(pairs: Iterable[tuple[str, object, object]]) -> list[tuple[str, Any, Any]]:
    return [(name, getattr(one, name), getattr(two, name)) for name, one, two in pairs]


def _is_apart(name: str, one: Any, two: Any) -> bool:
    return (one is None) != (two is None) if name in ADDED else bool(one != two)


def _differ(other: Part, name: str, value: object, first: Part, first_value: object) -> str:
    rule = "be given by all parts of a block, or by none" if name in ADDED else "be the same in all parts of a block"
    table = (
        "; a CSV table has the defaults" if any(part.name.lower().endswith(".csv") for part in (other, first)) else ""
    )
    return f"{other.name}: {name} is {_shown(value)}, in {first.name} {_shown(first_value)}: must {rule}{table}"


def _shown(value: object) -> str:
    return "left out" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
