"""What every exported file says of itself: the program, the element sets, the frame, the names of the object."""

import re
import unicodedata
from collections.abc import Sequence
from importlib.metadata import version

from passplan.orbit.earth import earth_orientation_date
from passplan.orbit.elements import Elements
from passplan.orbit.passes import Pass
from passplan.units import format_utc

GROUND_FRAME = "ITRS: TEME turned by mean sidereal time (IAU 1982), polar motion left out (under 15 m)"
SPACE_FRAME = "GCRS: TEME turned by IAU 2006 precession and IAU 2000A nutation"
ACCURACY = "an element set is good to about 1 km at its epoch, and loses 1 to 3 km a day"

_PIECE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # I and O are left out: they look like digits
_HIGHEST_PIECE = 99


def program() -> str:
    """Name and version of this program."""
    return f"passplan {version('passplan')}"


def origin_lines(passes: Sequence[Pass], frame: str) -> list[str]:
    """Remarks for the head of a file: program, time system, element sets, model, frame, Earth orientation."""
    return [
        f"{program()}; times are UTC",
        *(set_line(elements) for elements in distinct_sets(passes)),
        ACCURACY,
        f"frame {frame}",
        f"Earth orientation of the installed table, which ends on {earth_orientation_date()}",
    ]


def distinct_sets(passes: Sequence[Pass]) -> list[Elements]:
    """Element sets of a list of passes, each once, in the order in which they are met."""
    return list({(item.elements.norad_id, item.elements.epoch_utc): item.elements for item in passes}.values())


def set_line(elements: Elements) -> str:
    """One line on an element set: object, epoch, file and model."""
    source = elements.source.rsplit("/", 1)[-1]  # not the folders of the machine on which it was read
    return (
        f"SGP4 from the element set of {elements.name} ({elements.norad_id}), "
        f"epoch {format_utc(elements.epoch_utc, digits=6)}, read from {source}"
    )


def ilrs_id(designator: str) -> str:
    """Seven digits by which laser ranging calls an object, ``1605101`` for 2016-051A; empty when there are none.

    Year of launch in two digits, launch in three, piece in two: A is 01, Z is 24, AA is 25, I and O are no pieces.
    Pieces above 99 have no such number. Source: ILRS, Consolidated Laser Ranging Prediction Format 2.00 (2018), COSPAR
    ID to ILRS satellite ID.
    """
    match = re.fullmatch(r"\d\d(\d\d)-(\d{3})([A-HJ-NP-Z]{1,2})", designator)
    if not match:
        return ""
    piece = 0
    for letter in match[3]:
        piece = len(_PIECE_LETTERS) * piece + _PIECE_LETTERS.index(letter) + 1
    return f"{match[1]}{match[2]}{piece:02d}" if piece <= _HIGHEST_PIECE else ""


def ascii_line(text: str, length: int) -> str:
    """Printable ASCII of one line and at most a length, for formats that know no other; accents fall, the rest is ?."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return re.sub(r"[^ -~]", "?", plain)[:length]
