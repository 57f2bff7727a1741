"""Plots of a plan. Witness: what is drawn is what the document says, counted and read off by hand."""

import numpy as np
import pytest
from made_up_plan import document_of, pass_row, simulated, small_plan, year_plan
from matplotlib.dates import num2date
from matplotlib.figure import Figure

from passplan.errors import InputError
from passplan.plots.plan_axes import FLOWN, LEFT_OUT, UNFIT, by_day, colours_for, markers_of
from passplan.plots.schedule import nights_bars, panels_of, season, timeline
from passplan.units import parse_utc


@pytest.fixture
def document():
    return small_plan()


def drawn(ax):
    """Collections by label."""
    return {each.get_label(): each for each in ax.collections}


def boxes(collection):
    """Left, right, low, high of each box."""
    ends = [path.get_extents() for path in collection.get_paths()]
    return [(each.x0, each.x1, each.y0, each.y1) for each in ends]


def test_a_lane_a_night_and_station(document):
    """Two nights, two stations by name: nanshan above xinglong, the date before the first."""
    ax = timeline(document)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["2016-12-01  nanshan", "xinglong", "2016-12-02  nanshan", "xinglong"]
    assert "2016-12-01 to 2016-12-02" in ax.get_title()


def test_flown_passes_stand_filled_where_they_are_flown(document):
    """Micius over Xinglong 16:40:00 to 16:46:40 in lane 1; over Nanshan trimmed, 18:15:20 to 18:18:20, in lane 0."""
    flown = drawn(timeline(document))[FLOWN]
    places = sorted(boxes(flown))
    assert places[0] == pytest.approx((16 + 40 / 60, 16 + 46 / 60 + 40 / 3600, 1 - 0.36, 1 + 0.36))
    assert places[2] == pytest.approx((18 + 15 / 60 + 20 / 3600, 18 + 18 / 60 + 20 / 3600, -0.36, 0.36))
    assert len(places) == 3
    assert (flown.get_facecolor()[:, 3] == 1.0).all()


def test_others_are_outlines(document):
    others = drawn(timeline(document))
    assert len(boxes(others[LEFT_OUT])) == 1
    assert len(boxes(others[UNFIT])) == 2
    for label in (LEFT_OUT, UNFIT):
        assert others[label].get_facecolor().size == 0


def test_the_night_is_shaded_and_daylight_left_out(document):
    """Dark 10 h to 22 h in each lane; the pass at 4 h lies outside the axes."""
    ax = timeline(document)
    assert {place[:2] for place in boxes(drawn(ax)["dark"])} == {(10.0, 22.0)}
    assert len(boxes(drawn(ax)["dark"])) == 4
    assert ax.get_xlim() == pytest.approx((9.75, 22.25))


def test_colour_is_the_expected_key(document):
    """The most, 0.6 x 300,939 bit = 180.6 kbit, has the last colour of the scale."""
    scale = colours_for(document["passes"])
    assert scale.norm.vmax == pytest.approx(180.5634)
    flown = drawn(timeline(document))[FLOWN]
    order = np.argsort([place[0] for place in boxes(flown)])
    expected = [scale.to_rgba(value) for value in (41.234, 120.5, 180.5634)]
    assert np.allclose(flown.get_facecolor()[order], expected)


def test_a_marker_a_satellite_where_there_are_several(document):
    markers = {line.get_label(): line for line in timeline(document).lines if line.get_marker() not in ("None", "")}
    assert set(markers) == {"jinan", "micius"}
    assert markers["jinan"].get_marker() != markers["micius"].get_marker()
    assert markers["jinan"].get_xdata() == pytest.approx([17 + 33.5 / 60])
    alone = document_of([row for row in document["passes"] if row["satellite"] == "micius"])
    assert [line for line in timeline(alone).lines if line.get_marker() not in ("None", "")] == []


def test_chosen_nights(document):
    ax = timeline(document, first="2016-12-02", last="2016-12-02")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["nanshan", "xinglong"]
    assert "night of 2016-12-02" in ax.get_title()
    assert len(boxes(drawn(ax)[FLOWN])) == 1


def test_ten_nights_unless_more_are_asked_for():
    year = year_plan(nights=80)
    assert len(timeline(year).get_yticks()) == 10 * 5
    assert len(timeline(year, last="2016-12-12").get_yticks()) == 12 * 5
    assert timeline(year, first="2017-02-01").get_yticklabels()[0].get_text().startswith("2017-02-01")


def test_midnight_is_no_break():
    """A night in Europe: a pass at 00:30 of the next UTC day stands at 24.5 h, under the label 00:30's hour."""
    row = pass_row("micius", "graz", "2016-12-01", "2016-12-02T00:30:00Z", 360, key_bits=5e4, is_chosen=True)
    ax = timeline(document_of([row], dark={"graz": [["2016-12-01T17:00:00Z", "2016-12-02T05:00:00Z"]]}))
    assert boxes(drawn(ax)[FLOWN])[0][:2] == pytest.approx((24.5, 24.6))
    labels = {tick: label.get_text() for tick, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)}
    assert labels[24.0] == "00:00"
    assert labels[18.0] == "18:00"


def test_a_plan_without_dark_times():
    """Daylight allowed: no shade, and all passes within the axes."""
    row = pass_row("micius", "graz", "2016-12-01", "2016-12-01T12:00:00Z", 360, key_bits=5e4, is_chosen=True)
    document = document_of([row], dark={"graz": []})
    assert "dark" not in drawn(timeline(document))
    assert timeline(document).get_xlim() == pytest.approx((11.75, 12.35))
    assert "dark" not in drawn(season(document))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"first": "2018-01-01"}, "no night from 2018-01-01; its nights are 2016-12-01 to 2016-12-02"),
        ({"first": "2016-12-02", "last": "2016-12-01"}, "no night from 2016-12-02 to 2016-12-01"),
        ({"last": "2016-01-01"}, "no night to 2016-01-01"),
    ],
)
def test_a_night_that_is_none_is_refused(document, asked, told):
    with pytest.raises(InputError, match=told):
        timeline(document, **asked)


def test_a_plan_without_passes_is_refused(document):
    with pytest.raises(InputError, match="the plan has no night; it has no pass"):
        timeline({**document, "nights": [], "passes": []})


def test_a_season_has_a_panel_a_station(document):
    """Xinglong: flown on 1 December at 16:43:20 and on 2 December at 17:33:30."""
    axs = Figure().subplots(2, 1)
    assert season(document, axs) is axs[0]
    assert [ax.get_ylabel() for ax in axs] == ["nanshan\nUTC", "xinglong\nUTC"]
    flown = np.concatenate([each.get_offsets() for each in axs[1].collections if each.get_label() == FLOWN])
    flown = flown[np.argsort(flown[:, 0])]
    assert [f"{num2date(day):%Y-%m-%d}" for day in flown[:, 0]] == ["2016-12-01", "2016-12-02"]
    assert list(flown[:, 1]) == pytest.approx([16 + 43 / 60 + 20 / 3600, 17.55833], abs=1e-4)
    assert [place[2:] for place in boxes(drawn(axs[1])["dark"])] == [(10.0, 22.0)] * 2


def test_a_season_goes_on_through_midnight():
    """Graz: dark from 17 h to 29 h; a pass at 00:33 stands over the evening's date at 24.55 h."""
    row = pass_row("micius", "graz", "2016-12-01", "2016-12-02T00:30:00Z", 360, key_bits=5e4, is_chosen=True)
    ax = season(document_of([row], dark={"graz": [["2016-12-01T17:00:00Z", "2016-12-02T05:00:00Z"]]}))
    ((day, hour),) = drawn(ax)[FLOWN].get_offsets()
    assert f"{num2date(day):%Y-%m-%d}" == "2016-12-01"
    assert hour == pytest.approx(24.55)
    assert ax.get_ylim() == pytest.approx((16.75, 29.25))


def test_a_polar_night_is_parted_into_days():
    """Three days of dark are three full bars."""
    row = pass_row("micius", "pole", "2016-12-02", "2016-12-02T12:00:00Z", 360, key_bits=5e4, is_chosen=True)
    ax = season(document_of([row], dark={"pole": [["2016-12-01T00:00:00Z", "2016-12-04T00:00:00Z"]]}))
    heights = [place[3] - place[2] for place in boxes(drawn(ax)["dark"])]
    assert [height for height in heights if height] == [24.0] * 3


def test_parts_of_a_day_add_up():
    start, stop = parse_utc("2016-12-01T17:00:00Z"), parse_utc("2016-12-03T05:00:00Z")
    parts = list(by_day(start, stop, 6.0))
    assert sum(high - low for _, low, high in parts) == 36.0
    assert [day - parts[0][0] for day, _, _ in parts] == [0, 1]


def test_many_stations_are_the_eight_with_the_most_key():
    rows = [
        pass_row(
            "micius", f"s{n:02d}", "2016-12-01", "2016-12-01T16:00:00Z", 300, key_bits=1e3 * (n + 1), is_chosen=True
        )
        for n in range(12)
    ]
    document = document_of(rows)
    assert panels_of(document) == [f"s{n:02d}" for n in range(4, 12)]
    ax = season(document)
    assert "the 8 of 12 stations with the most key" in ax.get_title()


def test_bars_are_the_sums_of_the_nights(document):
    """First night 41.234 + 300.939 kbit, with clouds 41.234 + 180.563; second 120.5 kbit."""
    ax = nights_bars(document)
    assert [bar.get_height() for bar in ax.patches] == pytest.approx([342.173, 120.5])
    assert list(ax.lines[0].get_ydata()) == pytest.approx([221.7974, 120.5])


def test_few_nights_are_named_by_their_dates():
    """One night: a single tick, and no hours."""
    row = pass_row("micius", "graz", "2016-12-01", "2016-12-01T20:30:00Z", 360, key_bits=5e4, is_chosen=True)
    ax = nights_bars(document_of([row]))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2016-12-01"]
    assert len(nights_bars(year_plan(nights=30)).get_xticks()) < 30


def test_simulated_bars_stand_beside(document):
    """Half of what was planned, but for one that failed and one that is not done."""
    outcomes = simulated(document)
    names = list(outcomes)
    outcomes[names[0]] = {"fault": "Sun keep-out", "files": {}}
    outcomes[names[2]] = None
    axs = nights_bars({**document, "simulated": outcomes})
    assert [bar.get_height() for bar in axs.patches[2:]] == pytest.approx([150.469, 0.0])


def test_plots_draw_on_axes_that_are_given(document):
    for plot in (timeline, nights_bars):
        ax = Figure().add_subplot()
        assert plot(document, ax) is ax


def test_markers_repeat_beyond_twelve():
    markers = markers_of([f"s{n}" for n in range(14)])
    assert len(set(markers.values())) == 12
    assert markers["s0"] == markers["s12"]


def test_a_scale_without_key_has_a_top():
    assert colours_for([]).norm.vmax == 1.0
