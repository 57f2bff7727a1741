"""Documents of plans that nobody made, small ones and one of a year, for tests of plots, pages and sheets."""

from datetime import timedelta

from passplan.mission.plan_document import PASS_COLUMNS, night_rows, sum_rows
from passplan.units import format_utc, parse_utc

SUN = "Sun at -8.3 deg, must be below -12 deg, until 17:05:10Z"


def pass_row(satellite, station, night, rise, seconds, **values):
    """A row of a pass that rises at a time such as "2016-12-01T16:40:00Z" and lasts so long [s].

    With ``key_bits`` it can be flown, all of it unless ``start`` and ``stop`` [s after rise] say otherwise.
    """
    begin = parse_utc(rise)
    start, stop = values.pop("start", 0.0), values.pop("stop", seconds)
    culmination = begin + timedelta(seconds=seconds / 2)
    row = dict.fromkeys(PASS_COLUMNS)
    row |= {
        "pass_id": f"{satellite}/{station}/{culmination:%Y%m%dT%H%M%SZ}",
        "satellite": satellite,
        "station": station,
        "night": night,
        "is_chosen": False,
        "is_trimmed": False,
        "rise_utc": format_utc(begin, digits=3),
        "culmination_utc": format_utc(culmination, digits=3),
        "set_utc": format_utc(begin + timedelta(seconds=seconds), digits=3),
        "max_elevation_deg": 47.83,
        "min_range_km": 645.1,
        "element_age_days": 0.13,
        "reason": "",
    }
    if "key_bits" in values:
        row |= {
            "start_utc": format_utc(begin + timedelta(seconds=start), digits=3),
            "stop_utc": format_utc(begin + timedelta(seconds=stop), digits=3),
            "duration_s": stop - start,
            "clear_chance": 1.0,
            "priority": 1.0,
            "expected_bits": values["key_bits"] * values.get("clear_chance", 1.0),
        }
    if values.get("is_chosen"):
        row |= {"satellite_terminal": 1, "station_terminal": 1}
    return row | values


def document_of(rows, **sections):
    """Document of a plan with these passes; its sums are those that the planner's own functions make of them."""
    rows = sorted(rows, key=lambda row: row["rise_utc"])
    worth = float(sum(row["expected_bits"] for row in rows if row["is_chosen"]))
    level = {"objective": "sum", "worth": worth, "bound": worth, "gap": 0.0, "greedy_worth": 0.9 * worth, "unit": "bit"}
    pairs = sorted({(row["satellite"], row["station"]) for row in rows})
    stations = sorted({row["station"] for row in rows})
    nights = night_rows(rows)
    return {
        "schema_version": 1,
        "passplan_version": "0.6.0",
        "campaign": "december",
        "seed": 1,
        "inputs": {"december.toml": "8" * 64},
        "earth_orientation_date": "2027-10-29",
        "start_utc": f"{nights[0]['night']}T00:00:00Z",
        "end_utc": f"{nights[-1]['night']}T00:00:00Z",
        "objective": {"method": "exact", "is_proven": True, "changes": 0, "levels": [level]},
        "passes": rows,
        "nights": nights,
        "satellites": sum_rows(rows, "satellite"),
        "stations": sum_rows(rows, "station"),
        "pairs": [],
        "shares": None,
        "weather": None,
        "proofs": [proof_row(*pair) for pair in pairs],
        "dark": {name: [dark_of(night["night"]) for night in nights] for name in stations},
        "remarks": ["3 passes rest on element sets of more than 7 d"],
        **sections,
    }


def proof_row(satellite, station):
    """What a satellite and a station prove their keys by."""
    return {
        "satellite": satellite,
        "station": station,
        "proof": "lim2014",
        "epsilon_sec": 1e-9,
        "epsilon_cor": 1e-15,
        "error_correction_efficiency": 1.16,
        "max_range_km": 1200.0,
    }


def dark_of(night):
    """A night from 10 h UTC to 22 h."""
    return [f"{night}T10:00:00Z", f"{night}T22:00:00Z"]


def small_plan(**sections):
    """Two satellites, two stations, two nights: one pass flown whole, one trimmed with clouds, one lost, two unfit."""
    first, second = "2016-12-01", "2016-12-02"
    return document_of(
        [
            pass_row("micius", "xinglong", first, f"{first}T16:40:00Z", 400, key_bits=41_234.0, is_chosen=True),
            pass_row("micius", "nanshan", first, f"{first}T18:15:00Z", 300, start=20.0, stop=200.0, key_bits=300_939.0,
                     clear_chance=0.6, is_chosen=True, is_trimmed=True),
            pass_row("jinan", "xinglong", first, f"{first}T16:41:00Z", 380, key_bits=9_000.0,
                     reason="lost to micius/xinglong/20161201T164320Z on xinglong by at most 32.2 kbit"),
            pass_row("jinan", "nanshan", second, f"{second}T17:00:00Z", 500, reason=SUN),
            pass_row("micius", "xinglong", second, f"{second}T04:00:00Z", 500,
                     reason="Sun at 27.7 deg, must be below -12 deg, all through"),
            pass_row("jinan", "xinglong", second, f"{second}T17:30:00Z", 420, key_bits=120_500.0, is_chosen=True),
        ],
        **sections,
    )  # fmt: skip


def simulated(document, *, ratio=0.5):
    """Section of a campaign: every pass that is flown made so much of its planned key, without fault."""
    return {
        row["pass_id"]: {"fault": None, "secret_bits": int(ratio * row["key_bits"]), "files": {}}
        for row in document["passes"]
        if row["is_chosen"]
    }


def year_plan(nights=365):
    """One satellite over five stations, 14 passes a night: 5110 candidates in a year, over a third of them flown."""
    rows = []
    for day in range(nights):
        night = (parse_utc("2016-12-01") + timedelta(days=day)).date().isoformat()
        for number in range(14):
            rise = f"{night}T{10 + 5 * number // 7:02d}:{(number * 11 + day) % 60:02d}:00Z"
            fit = {"key_bits": 1000.0 * (1 + (7 * day + number) % 50)} if number % 3 else {}
            chosen = {"is_chosen": True} if number % 3 == 1 else {"reason": f"Sun at -{number}.3 deg, until 17:05:10Z"}
            rows.append(pass_row("micius", f"station{number % 5}", night, rise, 300, **fit, **chosen))
    return document_of(rows)
