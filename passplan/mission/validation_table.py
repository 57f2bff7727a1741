"""Published passes and flown links beside what is simulated for them: bands, what drives them, and the stated bounds.

The bounds are those that the project claims to hold; ``passplan validate`` fails when one does not. Secret bits have a
band but are held against nothing printed: the proofs differ.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from passplan.apt.compilation import compile_now
from passplan.checks import within
from passplan.errors import NothingFound
from passplan.mission.catalog import Catalog, load_satellite, published_of
from passplan.mission.flown_cases import DELINGHA_DOWNLINK, MICIUS_UPLINK
from passplan.mission.flown_links import FlownLink, flown_band
from passplan.mission.link import simulate_pass
from passplan.mission.payload import Figure
from passplan.mission.result import PassResult
from passplan.mission.selection import Limits, select_by_id
from passplan.mission.spread import Band
from passplan.mission.summary import heading
from passplan.mission.uncertainty import LOSS, QBER, RANKED, RESULTS, SECRET, Uncertainty, uncertainty_of
from passplan.mission.validation_needs import Needs, needs_of
from passplan.orbit.processes import spread_over
from passplan.units import to_transmittance

Progress = Callable[[float], None]

SEED = 20161219
HELD = tuple(name for name in RESULTS if name != SECRET)  # keys of figures that are held against a band
FLOWN_LINKS = (DELINGHA_DOWNLINK, MICIUS_UPLINK)
WIDEST_RATIO = 3.0  # of the 95 % band of an error rate
FEWEST = 100  # samples: 1.58 % lies a fifteenth below the end of its band, and outside by luck once in 300 times
FEWEST_FLOWN = 200  # samples of a flown link: with fewer its band moves by the decibel that some bounds leave
LEAST_INSIDE = (8, 9)  # so many of so many printed error rates lie inside their bands

_DETECTORS = "detector_efficiency"  # a reading of a flown link that counts it is one whose bound is stated
_DRIVES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One published figure beside its band.

    subject   : id of the pass, or name of the flown link
    key       : place in the document of a pass; ``link.loss_db`` of a flown link
    reading   : what the loss of a flown link counts; empty for a pass
    range_km  : slant range of a flown link [km]
    printed, value, source, status : the published figure, as `Figure`; dB, bits or a share
    simulated : with every input at its value; of a flown link the median
    band      : quantiles of numbers, in the unit of the value
    drives    : the two causes (of a flown link: inputs) with the largest shares [1] of the variance. A loss at one
        range has those of the mean loss; of a flown link they are the squares of ``drives_db``, made to sum to one
    is_stated : does the project claim that it lies inside?
    """

    subject: str
    key: str
    reading: str = ""
    range_km: float | None = None
    printed: str
    value: float
    source: str
    status: str
    simulated: float
    band: Band
    drives: tuple[tuple[str, float], ...]
    is_stated: bool = True

    @property
    def is_inside(self) -> bool:
        """Whether the published figure lies inside the 95 % band."""
        return bool(self.band.holds(self.value))

    @property
    def width_ratio(self) -> float:
        """Upper end of the 95 % band over the lower; of a loss in dB the ratio of the transmittances [1]."""
        low, high = float(self.band.p2_5), float(self.band.p97_5)
        if self.key.endswith("_db"):
            return float(1.0 / to_transmittance(high - low))
        return high / low if low > 0.0 else np.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPass:
    """One published pass: its checks, and what stood in the sky.

    max_elevation_deg : greatest elevation [deg]
    moon_illumination, moon_elevation_deg : lit share [1] and elevation [deg] of the Moon at culmination
    moon_separation_deg : least angle between Moon and satellite in the key window [deg]
    background_cps, moonlight_cps : mean raw counts of all causes and of the moonlight in the key window [1/s]
    heading : what every document of a pass carries: inputs, element set, seed, and more
    needs   : what would make the printed error rate; None if it lies inside its band or none is printed
    """

    pass_id: str
    checks: tuple[Check, ...]
    max_elevation_deg: float
    moon_illumination: float
    moon_elevation_deg: float
    moon_separation_deg: float
    background_cps: float
    moonlight_cps: float
    heading: Mapping[str, Any]
    needs: Needs | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One claim of the project: the claim in words, what was found, and whether it holds."""

    claim: str
    found: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """Every published pass and flown link of a satellite, from one seed and so many samples each."""

    satellite: str
    seed: int
    samples: int
    passes: tuple[PublishedPass, ...]
    flown: tuple[Check, ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        """Checks of the passes, then those of the flown links."""
        return (*(check for each in self.passes for check in each.checks), *self.flown)

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The claims that apply."""
        return bounds_of(self.checks)

    @property
    def holds(self) -> bool:
        """Whether every bound holds."""
        return all(bound.holds for bound in self.bounds)


def validate(
    catalog: Catalog,
    satellite: str,
    *,
    samples: int = 200,
    seed: int = SEED,
    jobs: int = 1,
    progress: Progress = lambda share: None,
) -> Validation:
    """Simulate every published pass of a satellite and the flown links, and hold what is printed against their bands.

    Parameters
    ----------
    catalog : Catalog
        Holds the satellite and the stations.
    satellite : str
        Name, alias or number.
    samples : int
        Joint samples of the inputs of each pass and link, >= 100; a link has no fewer than 200.
    seed : int
        Seed of every pass, >= 0; that of the samples is the one of ``passplan link --sensitivity``.
    jobs : int
        Processes, >= 1; the result does not depend on it.
    progress : callable
        Told after each pass or link which share of them is done.

    Raises
    ------
    NothingFound
        If no figure that has a band is published of the satellite.
    PassplanError
        As `select_by_id`, `simulate_pass` and `uncertainty_of`.
    """
    within("samples", samples, FEWEST, np.inf, ends="[)")
    within("seed", seed, 0, np.inf, ends="[)")
    payload, _, files = load_satellite(catalog, satellite)
    wanted = [item.pass_id for item in payload.published if any(has_band(figure) for figure in item.figure)]
    if not wanted:
        raise NothingFound(f"{files[0]}: [[published]] has no figure with a band, must have one of {', '.join(HELD)}")
    name = payload.satellite.name
    links = [link for link in FLOWN_LINKS if name in link.name.replace(",", "").split()]
    tasks: list[Callable[[], Any]] = [partial(_simulated, catalog, pass_id, seed, samples) for pass_id in wanted]
    tasks += [
        partial(flown_checks, link, samples=max(samples, FEWEST_FLOWN), rng=np.random.default_rng(seed))
        for link in links
    ]
    if jobs > 1:
        compile_now()
    found = []
    with spread_over(min(jobs, len(tasks))) as spread:
        for done in spread(_called, tasks):
            found.append(done)
            progress(len(found) / len(tasks))
    return Validation(
        satellite=name,
        seed=seed,
        samples=samples,
        passes=tuple(found[: len(wanted)]),
        flown=tuple(check for checks in found[len(wanted) :] for check in checks),
    )


def has_band(figure: Figure) -> bool:
    """Whether a published figure is one that a band is made for and that can be held against it."""
    return figure.key in HELD


def published_pass(result: PassResult, found: Uncertainty) -> PublishedPass:
    """Published figures of a simulated pass beside their bands, and what stood in the sky."""
    published = published_of(result.payload, result.pass_.pass_id)
    figures = () if published is None else tuple(figure for figure in published.figure if has_band(figure))
    checks = tuple(_check(result.pass_.pass_id, figure, found) for figure in figures)
    outside = [check.value for check in checks if check.key == QBER and not check.is_inside]
    middle, light = int(np.argmax(result.track.elevation_deg)), result.light
    moonlight_cps = result.background.by_cause_cps.get("moonlight")
    return PublishedPass(
        pass_id=result.pass_.pass_id,
        checks=checks,
        max_elevation_deg=result.pass_.max_elevation_deg,
        moon_illumination=float(light.moon_illumination[middle]),
        moon_elevation_deg=float(light.moon_elevation_deg[middle]),
        moon_separation_deg=float(light.moon_separation_deg[result.mask].min()),
        background_cps=float(result.background_cps[result.mask].mean()),
        moonlight_cps=0.0 if moonlight_cps is None else float(moonlight_cps[result.mask].mean()),
        heading=heading(result),
        needs=needs_of(result, outside[0]) if outside else None,
    )


def flown_checks(link: FlownLink, *, samples: int, rng: np.random.Generator) -> tuple[Check, ...]:
    """Printed losses of a flown link beside their bands, reading by reading.

    Raises
    ------
    DomainError
        As `flown_band`.
    """
    found = flown_band(link, range_km=link.ranges_km, samples=samples, rng=rng)
    counted = {key for keys in link.readings.values() for key in keys}
    checks = []
    for reading, total_db in found.total_db.items():
        left_out = counted.difference(link.readings[reading])
        for place, (range_km, printed_db) in enumerate(zip(link.ranges_km, link.printed_db, strict=True)):
            # the drives are those of the reading that counts most: an efficiency that this one leaves out is none here
            squares = {key: float(drive[place]) ** 2 for key, drive in found.drives_db.items() if key not in left_out}
            whole = sum(squares.values()) or 1.0
            band = {name: float(values[place]) for name, values in total_db.to_dict().items()}
            checks.append(
                Check(
                    subject=link.name,
                    key="link.loss_db",
                    reading=reading,
                    range_km=range_km,
                    printed=f"{printed_db:g} dB",
                    value=printed_db,
                    source=link.source,
                    status="read",
                    simulated=band["p50"],
                    band=Band(**band),
                    drives=_largest({key: square / whole for key, square in squares.items()}),
                    is_stated=_DETECTORS in link.readings[reading],
                )
            )
    return tuple(checks)


def bounds_of(checks: Sequence[Check]) -> tuple[Bound, ...]:
    """Hold the claims of the project against checks; a claim that none of them touches is left out."""
    rates = [check for check in checks if check.key == QBER]
    full = {check.subject for check in checks if not check.reading and check.key != QBER}
    worked = [check for check in checks if check.subject in full]
    flown = [check for check in checks if check.reading and check.is_stated]
    bounds = []
    if rates:
        inside, widest = sum(check.is_inside for check in rates), max(check.width_ratio for check in rates)
        least, of = LEAST_INSIDE
        bounds += [
            Bound(
                claim=f"{least} of {of} printed QBER lie inside their 95 % band",
                found=f"{inside} of {len(rates)}",
                holds=of * inside >= least * len(rates),
            ),
            Bound(
                claim=f"that band is no wider than a factor of {WIDEST_RATIO:g}",
                found=f"widest: {widest:.2f}",
                holds=widest <= WIDEST_RATIO,
            ),
        ]
    claims = (
        ("losses, bits and QBER of a pass told in full lie inside their 95 % bands", worked),
        ("losses of the links that flew lie inside their 95 % bands where detectors are counted", flown),
    )
    for claim, mine in claims:
        if mine:
            inside = sum(check.is_inside for check in mine)
            bounds.append(Bound(claim=claim, found=f"{inside} of {len(mine)}", holds=inside == len(mine)))
    return tuple(bounds)


def _simulated(catalog: Catalog, pass_id: str, seed: int, samples: int) -> PublishedPass:
    result = simulate_pass(select_by_id(catalog, pass_id, limits=Limits()), seed=seed)
    found = uncertainty_of(result, samples=samples, rng=np.random.default_rng(seed).spawn(3)[2])
    return published_pass(result, found)


def _called(task: Callable[[], Any]) -> Any:
    return task()


def _check(pass_id: str, figure: Figure, found: Uncertainty) -> Check:
    ranked = figure.key if figure.key in RANKED else LOSS
    return Check(
        subject=pass_id,
        key=figure.key,
        printed=figure.printed,
        value=figure.value,
        source=figure.source,
        status=figure.status,
        simulated=found.nominal[figure.key],
        band=found.totals[figure.key],
        drives=_largest({cause: shares[ranked] for cause, shares in found.cause_share.items()}),
    )


def _largest(shares: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(shares.items(), key=lambda item: -item[1])[:_DRIVES])
