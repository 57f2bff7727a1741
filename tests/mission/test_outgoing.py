"""One door to all formats."""

from datetime import UTC, datetime

import pytest

from passplan.errors import DomainError, InputError, UnknownName
from passplan.mission.outgoing import FORMATS, export_passes

CREATED = datetime(2016, 12, 18, tzinfo=UTC)


@pytest.fixture(scope="module")
def pass_(reference_selection):
    return reference_selection.pass_


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_names_its_origin_and_repeats_its_bytes(pass_, name):
    """Each but CSV has a place for remarks: program, element set and its epoch."""
    text = export_passes([pass_], name, created_utc=CREATED)
    assert text == export_passes([pass_], name, created_utc=CREATED)
    if name != "csv":
        joined = text.replace("\r\n ", "").replace("\n00 ", " ")
        assert "passplan 0." in joined
        assert "epoch 2016-12-19T13:39:33.153408Z" in joined
        assert "micius.tle" in joined
        assert "UTC" in joined


@pytest.mark.parametrize("name", [name for name, form in FORMATS.items() if form.has_step])
def test_a_longer_step_gives_a_shorter_text(pass_, name):
    fine, coarse = (export_passes([pass_], name, created_utc=CREATED, step_s=step) for step in (5.0, 20.0))
    assert len(coarse) < len(fine)


def test_refusals(pass_):
    with pytest.raises(UnknownName, match="format 'kmz' is not known; did you mean 'kml'"):
        export_passes([pass_], "kmz", created_utc=CREATED)
    with pytest.raises(DomainError, match="step_s is 5 s, but ics has no steps: leave it out"):
        export_passes([pass_], "ics", created_utc=CREATED, step_s=5.0)
    for name in FORMATS:
        with pytest.raises(InputError, match="there is no pass to export"):
            export_passes([], name, created_utc=CREATED)
