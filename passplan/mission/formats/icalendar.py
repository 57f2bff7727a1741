"""iCalendar: one event a pass."""

from collections.abc import Sequence
from datetime import datetime

from passplan.mission.formats.calendar_lines import calendar_text, escaped, stamp, whole_second_after
from passplan.mission.formats.origin import GROUND_FRAME, origin_lines
from passplan.mission.formats.sampling import in_order
from passplan.orbit.elements import age_days
from passplan.orbit.passes import Pass
from passplan.units import as_utc, format_utc


def icalendar_text(passes: Sequence[Pass], *, created_utc: datetime) -> str:
    """Calendar of passes, one event each, in order of rise, lines ended by CRLF.

    Parameters
    ----------
    passes : sequence of Pass
        At least one; a pass that occurs twice is written once.
    created_utc : datetime
        Aware instant of production, DTSTAMP of each event.

    Returns
    -------
    str
        An event covers its pass in whole seconds. Its UID follows from the id of the pass and the catalogue number, so
        that a calendar that reads the same pass again moves the event instead of adding one.

    Raises
    ------
    InputError
        If there is no pass, or ``created_utc`` is naive.

    Notes
    -----
    Source: RFC 5545, sections 3.1 (folding), 3.3.11 (escaped text), 3.6.1 (event), 3.8.1.4 (COMMENT), 3.8.1.6 (GEO).
    """
    ordered = in_order(passes)
    return calendar_text([_event(item, created_utc) for item in ordered])


def _event(item: Pass, created_utc: datetime) -> list[str]:
    place = item.site
    return [
        "BEGIN:VEVENT",
        f"UID:{escaped(f'{item.pass_id}/{item.norad_id}@passplan')}",
        f"DTSTAMP:{stamp(as_utc(created_utc, what='created_utc'))}",
        f"DTSTART:{stamp(item.rise_utc)}",
        f"DTEND:{stamp(whole_second_after(item.set_utc))}",
        f"SUMMARY:{escaped(f'{item.satellite} over {item.station}, {item.max_elevation_deg:.0f} deg')}",
        f"DESCRIPTION:{escaped(chr(10).join(_described(item)))}",
        f"COMMENT:{escaped(chr(10).join(origin_lines([item], GROUND_FRAME)))}",
        f"LOCATION:{escaped(item.station)}",
        f"GEO:{place.latitude_deg:.6f};{place.longitude_deg:.6f}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _described(item: Pass) -> list[str]:
    cut = ["Cut by the search window: the pass begins earlier or ends later."] if item.is_truncated else []
    spans = item.usability.intervals if item.usability is not None else ()
    use = [f"Usable {format_utc(span.start_utc, digits=3)} to {format_utc(span.end_utc, digits=3)}" for span in spans]
    return [
        item.pass_id,
        f"Rise {format_utc(item.rise_utc, digits=3)}, azimuth {item.rise_azimuth_deg:.2f} deg",
        f"Culmination {format_utc(item.culmination_utc, digits=3)}, elevation {item.max_elevation_deg:.2f} deg, "
        f"azimuth {item.culmination_azimuth_deg:.2f} deg",
        f"Set {format_utc(item.set_utc, digits=3)}, azimuth {item.set_azimuth_deg:.2f} deg",
        f"Duration {item.duration_s:.1f} s, smallest range {item.min_range_km:.1f} km",
        *use,
        *cut,
        f"Element set of {format_utc(item.elements.epoch_utc, digits=3)}, "
        f"{age_days(item.elements, item.culmination_utc):.2f} d old at culmination",
        "Geometric angles, without refraction"
        if item.refraction is None
        else f"Elevation as seen, with refraction ({item.refraction})",
    ]
