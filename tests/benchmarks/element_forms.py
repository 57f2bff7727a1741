"""Element sets written in every form, by the tables of the formats: what the readers must read back."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from passplan.orbit.elements import Elements, checksum

KEYS = (
    "OBJECT_NAME", "OBJECT_ID", "EPOCH", "MEAN_MOTION", "ECCENTRICITY", "INCLINATION", "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER", "MEAN_ANOMALY", "EPHEMERIS_TYPE", "CLASSIFICATION_TYPE", "NORAD_CAT_ID", "ELEMENT_SET_NO",
    "REV_AT_EPOCH", "BSTAR", "MEAN_MOTION_DOT", "MEAN_MOTION_DDOT",
)  # fmt: skip
FRAME = {"CENTER_NAME": "EARTH", "REF_FRAME": "TEME", "TIME_SYSTEM": "UTC", "MEAN_ELEMENT_THEORY": "SGP4"}
UNITS = {
    "MEAN_MOTION": "rev/day", "INCLINATION": "deg", "RA_OF_ASC_NODE": "deg", "ARG_OF_PERICENTER": "deg",
    "MEAN_ANOMALY": "deg", "BSTAR": "1/ER", "MEAN_MOTION_DOT": "rev/day**2", "MEAN_MOTION_DDOT": "rev/day**3",
}  # fmt: skip
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def entry(elements):
    """Keys and values of a public catalogue's mean-elements message."""
    values = (
        elements.name, elements.object_id, elements.epoch_utc.strftime("%Y-%m-%dT%H:%M:%S.%f"),
        elements.mean_motion_rev_day, elements.eccentricity, elements.inclination_deg, elements.ascending_node_deg,
        elements.perigee_argument_deg, elements.mean_anomaly_deg, 0, "U", elements.norad_id, 999, 1,
        elements.drag_term, elements.mean_motion_dot_rev_day2, elements.mean_motion_ddot_rev_day3,
    )  # fmt: skip
    return dict(zip(KEYS, values, strict=True))


def as_json(sets):
    """A list of objects on one line, as CelesTrak writes it."""
    return json.dumps([entry(item) for item in sets], separators=(",", ":"))


def as_json_of_texts(sets):
    """All values as texts and one object a line, as Space-Track writes it."""
    rows = [json.dumps({**FRAME, **{key: str(value) for key, value in entry(item).items()}}) for item in sets]
    return "[" + ",\n".join(rows) + "]"


def as_csv(sets):
    """A table with a header."""
    text = io.StringIO()
    table = csv.DictWriter(text, KEYS, lineterminator="\r\n")
    table.writeheader()
    table.writerows(map(entry, sets))
    return text.getvalue()


def as_kvn(sets):
    """Messages of ``KEY = value [unit]``, one after the other: CCSDS 502.0-B, section 4."""
    return "\n".join(_kvn_message(_with_frame(item)) for item in sets)


def _with_frame(elements):
    """Keys in the standard's order: the object, the frame, the elements."""
    values = entry(elements)
    return {**{key: values[key] for key in KEYS[:2]}, **FRAME, **values}


def _kvn_message(values):
    lines = ["CCSDS_OMM_VERS = 2.0", "COMMENT made up", "CREATION_DATE = 2026-03-19T00:00:00", "ORIGINATOR = TEST"]
    lines += [f"{key:<20} = {value}{f' [{UNITS[key]}]' if key in UNITS else ''}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def as_xml(sets):
    """An ``<ndm>`` of ``<omm>``: CCSDS 505.0-B."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<ndm xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
    return head + "".join(map(_xml_message, sets)) + "</ndm>\n"


def _xml_message(elements):
    values = {**FRAME, **entry(elements)}

    def tags(keys):
        units = {key: f' units="{UNITS[key]}"' if key in UNITS else "" for key in keys}
        return "".join(f"<{key}{units[key]}>{escape(str(values[key]))}</{key}>" for key in keys)

    return (
        '<omm id="CCSDS_OMM_VERS" version="2.0"><header><CREATION_DATE/><ORIGINATOR/></header><body><segment>\n'
        f"<metadata>{tags(('OBJECT_NAME', 'OBJECT_ID', *FRAME))}</metadata>\n"
        f"<data><meanElements>{tags(KEYS[2:9])}</meanElements>\n"
        f"<tleParameters>{tags(KEYS[9:])}</tleParameters></data></segment></body></omm>\n"
    )


def as_tle(sets):
    """Two lines each, no names."""
    return "".join(f"{item}\n" for elements in sets for item in two_lines(elements))


def as_named_tle(sets):
    """Two lines under a name."""
    return "".join("\n".join((item.name, *two_lines(item))) + "\n" for item in sets)


def as_3le(sets):
    """Two lines under a name that begins with 0."""
    return "".join("\n".join((f"0 {item.name}", *two_lines(item))) + "\n" for item in sets)


def two_lines(elements):
    """Lines of a set, by the columns of the format."""
    number = elements.norad_id
    label = f"{number:05d}" if number < 100_000 else f"{_LETTERS[number // 10_000 - 10]}{number % 10_000:04d}"
    epoch = elements.epoch_utc
    days = (epoch - datetime(epoch.year, 1, 1, tzinfo=UTC)) / timedelta(days=1) + 1.0
    designator = elements.object_id[2:4] + elements.object_id[5:]
    dot = f"{elements.mean_motion_dot_rev_day2:+.8f}".replace("0.", ".").replace("+", " ")
    drag, second = _power(elements.drag_term), _power(elements.mean_motion_ddot_rev_day3)
    line_1 = f"1 {label}U {designator:<8} {epoch:%y}{days:012.8f} {dot} {second} {drag} 0  999"
    line_2 = (
        f"2 {label} {elements.inclination_deg:8.4f} {elements.ascending_node_deg:8.4f} "
        f"{round(elements.eccentricity * 1e7):07d} {elements.perigee_argument_deg:8.4f} "
        f"{elements.mean_anomaly_deg:8.4f} {elements.mean_motion_rev_day:11.8f}    1"
    )
    return tuple(line + str(checksum(line)) for line in (line_1, line_2))


def _power(value):
    if value == 0.0:
        return " 00000+0"
    digits, exponent = f"{value:+.4e}".split("e")
    return f"{digits[0]}{digits[1]}{digits[3:]}{int(exponent) + 1:+d}".replace("+", " ", digits[0] == "+")


FORMS = {
    "tle": as_tle, "named tle": as_named_tle, "3le": as_3le, "json": as_json, "json of texts": as_json_of_texts,
    "csv": as_csv, "kvn": as_kvn, "xml": as_xml,
}  # fmt: skip
MESSAGES = {name: FORMS[name] for name in ("json", "json of texts", "csv", "kvn", "xml")}


@st.composite
def element_sets(draw, *, numbers=(1, 339_999)):
    """A set whose numbers have as many digits as two lines can hold."""
    number, year = draw(st.integers(*numbers)), draw(st.integers(1958, 2056))
    since = timedelta(days=draw(st.integers(0, 364)), microseconds=864 * draw(st.integers(0, 10**8 - 1)))
    launch = (
        f"{draw(st.integers(1957, 2056))}-{draw(st.integers(1, 999)):03d}{draw(st.sampled_from(('A', 'BC', 'ZZZ')))}"
    )
    angles = [draw(st.integers(0, 3_600_000 - 1)) / 1e4 for _ in range(3)]
    return Elements(
        name=draw(st.sampled_from(("MICIUS", "ISS (ZARYA)", "A & B <1>", 'SAY "HI", YOU', "STARLINK-1 [DTC]"))),
        norad_id=number,
        object_id=draw(st.sampled_from(("", launch))),
        epoch_utc=datetime(year, 1, 1, tzinfo=UTC) + since,
        source="",
        mean_motion_rev_day=draw(st.integers(1, 17 * 10**8)) / 1e8,
        eccentricity=draw(st.integers(0, 9_999_999)) / 1e7,
        inclination_deg=draw(st.integers(0, 1_800_000)) / 1e4,
        ascending_node_deg=angles[0],
        perigee_argument_deg=angles[1],
        mean_anomaly_deg=angles[2],
        drag_term=_drawn_power(draw),
        mean_motion_dot_rev_day2=draw(st.integers(-99_999_999, 99_999_999)) / 1e8,
        mean_motion_ddot_rev_day3=_drawn_power(draw),
        line_1=None,
        line_2=None,
    )


def _drawn_power(draw):
    return float(f"{draw(st.integers(-99_999, 99_999))}e{draw(st.integers(-9, -5))}")


def synthetic(count, rng):
    """Many low orbits; ``rng`` is a numpy generator."""
    epochs = datetime(2026, 3, 19, tzinfo=UTC) + timedelta(microseconds=864) * rng.integers(0, 10**8, count)
    angles = rng.integers(0, 3_600_000, (count, 3)) / 1e4
    return [
        Elements(
            name=f"OBJECT {index}", norad_id=10_000 + index, object_id="2026-001A", epoch_utc=epochs[index], source="",
            mean_motion_rev_day=round(rng.uniform(12.0, 15.9), 8), eccentricity=round(rng.uniform(0.0, 0.02), 7),
            inclination_deg=round(rng.uniform(0.0, 120.0), 4), ascending_node_deg=float(angles[index, 0]),
            perigee_argument_deg=float(angles[index, 1]), mean_anomaly_deg=float(angles[index, 2]),
            drag_term=round(rng.uniform(1e-5, 1e-4), 9), mean_motion_dot_rev_day2=round(rng.uniform(0.0, 1e-4), 8),
            mean_motion_ddot_rev_day3=0.0, line_1=None, line_2=None,
        )
        for index in range(count)
    ]  # fmt: skip
