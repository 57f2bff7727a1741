"""Command file of the wave plates: angles and rates of each plate against UTC, within the limits of their motor."""

from datetime import datetime

import numpy as np

from passplan.checks import within
from passplan.errors import DomainError
from passplan.mission.formats.origin import GROUND_FRAME, origin_lines
from passplan.mission.formats.sampling import grid_s
from passplan.mission.link import track_of
from passplan.mission.polarization_path import arrival_of, polarization_of
from passplan.mission.selection import Selection
from passplan.orbit.track import track
from passplan.polarization.compensation import labels_swapped
from passplan.polarization.error_rate import contrast
from passplan.polarization.plate_demand import outages
from passplan.polarization.plate_plan import PlatePlan, plate_plan
from passplan.polarization.receiver import PLATE_NAMES, PolarizationReceiver
from passplan.units import add_seconds, as_utc, format_utc

STEP_S = 1.0
_MOST_MISS_DEG = 0.1
_SMALLEST_STEP_S, _LARGEST_STEP_S = 0.02, 10.0


def plate_text(selection: Selection, *, created_utc: datetime, step_s: float = STEP_S) -> str:
    """Command file of one pass: comma separated columns with a heading, remarks behind ``#``.

    Parameters
    ----------
    selection : Selection
        The pass and the records of its satellite and station.
    created_utc : datetime
        Aware instant of production.
    step_s : float
        [s] between rows, from 0.02 to 10.

    Returns
    -------
    str
        Rows at the multiples of the step between rise and set. ``<plate>_deg`` is the angle of the plate's scale
        at that time [deg] to 1e-4, on the branch that needs no rewind if there is one; ``<plate>_rate_deg_s`` its rate
        [deg/s]; ``held_back`` is 1 where a limit of the motor keeps a plate from what the pass asks, and the row is
        the nearest that it can do. The remarks say what the drive must know, what is demanded of it, and the
        predicted contrast over the key window.

    Raises
    ------
    DomainError
        If the step is out of range or too long for the motion of a plate, or a table does not cover the pass.
    ElementsError
        If the propagation fails.
    """
    within("step_s", step_s, _SMALLEST_STEP_S, _LARGEST_STEP_S)
    pass_, receiver = selection.pass_, selection.site.polarization
    epoch, seconds = grid_s(pass_.rise_utc, pass_.set_utc, step_s, 1)
    seconds = seconds[1:-1]  # the rows within the pass: beyond it neither attitude file nor stress map need reach
    path = track(pass_.elements, selection.site.station, start_utc=epoch, time_s=seconds)
    plan = plate_plan(receiver, arrival_of(selection, path))
    most_deg = max(_MOST_MISS_DEG, 2.0 * receiver.motor.step_deg)
    if plan.miss_deg > most_deg:
        raise DomainError(
            f"step_s is {step_s:g} s: between rows so far apart a drive would miss the plate's angle by up to "
            f"{plan.miss_deg:.2f} deg, must be so small that it misses by {most_deg:g} deg at most"
        )
    remarks = [
        f"pass {pass_.pass_id}, written {format_utc(as_utc(created_utc, what='created_utc'))}",
        *origin_lines([pass_], GROUND_FRAME),
        *_receiver_lines(receiver, plan, selection.payload.attitude.reference_axis),
        *_demand_lines(receiver, plan, epoch),
        _prediction_line(selection),
        *([] if receiver.compensated else ["the station's file says that the plates are NOT driven"]),
    ]
    names = PLATE_NAMES[receiver.plates]
    heading = ",".join(["time_utc", *(f"{name}_deg,{name}_rate_deg_s" for name in names), "held_back"])
    times = [format_utc(add_seconds(epoch, second), digits=3) for second in seconds]
    columns = np.stack([plan.angle_deg, plan.rate_deg_s], axis=1).reshape(2 * len(names), -1).T
    rows = [
        ",".join([when, *(f"{value:.4f}" for value in values), str(int(held))])
        for when, values, held in zip(times, columns, plan.held_back, strict=True)
    ]
    return "\n".join([*(f"# {' '.join(remark.split())}" for remark in remarks), heading, *rows]) + "\n"


def _receiver_lines(receiver: PolarizationReceiver, plan: PlatePlan, reference_axis: str) -> list[str]:
    motor = receiver.motor
    swapped = "exchanged: exchange D and A in sifting" if labels_swapped(receiver) else "kept"
    return [
        f"transmitter's axis tied to: {reference_axis}; receiver {receiver.frame}, {receiver.mount}, plates "
        f"{receiver.plates}; labels of D and A {swapped}",
        "angles of the plate's scale; between rows join angle and rate by a cubic: that misses the plan by at most "
        f"{plan.miss_deg:.4f} deg",
        f"the scale's zero {motor.zero_deg:g} deg is in the angles; the drive's latency ({motor.latency_s:g} s), step "
        f"({motor.step_deg:g} deg), play ({motor.backlash_deg:g} deg) and bias are not",
    ]


def _demand_lines(receiver: PolarizationReceiver, plan: PlatePlan, epoch: datetime) -> list[str]:
    motor, lines = receiver.motor, []
    names = PLATE_NAMES[receiver.plates]
    for name, angle_deg, rate_deg_s in zip(names, plan.angle_deg, plan.rate_deg_s, strict=True):
        bend_deg_s2 = np.abs(np.gradient(rate_deg_s, plan.time_s)).max()
        lines.append(
            f"{name}: from {angle_deg[0]:.2f} to {angle_deg[-1]:.2f} deg, at most {np.abs(rate_deg_s).max():.3f} of "
            f"{motor.max_rate_deg_s:g} deg/s and {bend_deg_s2:.4f} of {motor.max_acceleration_deg_s2:g} "
            "deg/s2"
        )
    for what, spans in (("held back", outages(plan.time_s, plan.held_back)), ("rewinds", plan.rewinds)):
        told = ", ".join(
            f"{format_utc(add_seconds(epoch, start))} to {format_utc(add_seconds(epoch, stop))}"
            for start, stop in spans
        )
        lines.append(f"{what}: {told or 'never'}")
    return lines


def _prediction_line(selection: Selection) -> str:
    path = track_of(selection)
    polarization = polarization_of(selection, path)
    max_range_km = selection.payload.key.max_range_km
    mask = path.range_km <= max_range_km
    if not mask.any():
        return f"predicted contrast: no second of the pass has a range up to {max_range_km:g} km"
    driven, still = (values[:, mask].mean() for values in (polarization.balance.driven, polarization.balance.still))
    return (
        f"predicted contrast of the mean error while the range is up to {max_range_km:g} km, with the motor as filed: "
        f"{contrast(driven):.0f}:1; plates not driven {contrast(still):.2f}:1"
    )
