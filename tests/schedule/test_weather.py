"""Cloud tables: clear chances by hand, draws against their statistics."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from passplan.errors import DomainError, InputError, UnknownName
from passplan.schedule.weather import Climatology, CloudTable, clear_chances, parts_of, same_clouds
from passplan.schedule.weather_draws import draw_weathers, with_weather
from passplan.schedule.window import Window

EPOCH = datetime(2016, 12, 19, 12, tzinfo=UTC)
HOUR_S = 3600.0


def table(cloud, stations=("graz",), **more):
    """Hourly table from the epoch of probabilities, shape (members, stations, hours) or less."""
    array = np.array(cloud, dtype=float, ndmin=3)
    hours = array.shape[2]
    return CloudTable(
        stations=stations, epoch_utc=EPOCH, time_s=np.arange(hours) * HOUR_S, end_s=hours * HOUR_S, cloud=array, **more
    )


def window(start_s, stop_s, station="graz", contact="c"):
    return Window(contact=contact, satellite="s", station=station, start_s=start_s, stop_s=stop_s, key_bits=1.0)


def test_a_stretch_across_two_hours_has_a_part_of_each():
    """300 s, of which 100 s in an hour of 0.2 and 200 s in one of 0.8: clear 0.4."""
    clear = clear_chances(table([0.2, 0.8, 0.5]), ["graz"], [3500.0], [3800.0], epoch_utc=EPOCH)
    assert clear == pytest.approx([0.8 / 3.0 + 0.2 * 2.0 / 3.0])


def test_a_long_stretch_has_the_mean_of_its_hours():
    clear = clear_chances(table([0.2, 0.8, 0.5]), ["graz"], [0.0], [3.0 * HOUR_S], epoch_utc=EPOCH)
    assert clear == pytest.approx([0.5])


def test_a_stretch_on_the_hour_has_that_hour_alone():
    clear = clear_chances(table([0.2, 0.8, 0.5]), ["graz"], [HOUR_S], [2.0 * HOUR_S], epoch_utc=EPOCH)
    assert clear == pytest.approx([0.2])


def test_times_count_from_the_epoch_of_the_stretches():
    """An hour later, written in another zone."""
    later = (EPOCH + timedelta(hours=1)).astimezone(timezone(timedelta(hours=8)))
    clear = clear_chances(table([0.2, 0.8, 0.5]), ["graz"], [10.0], [20.0], epoch_utc=later)
    assert clear == pytest.approx([0.2])


def test_members_count_alike_and_stations_are_found_by_name():
    two = table([[[0.0], [0.3]], [[1.0], [0.5]]], stations=("graz", "nanshan"))
    clear = clear_chances(two, ["nanshan", "graz"], [0.0, 5.0], [10.0, 9.0], epoch_utc=EPOCH)
    assert clear == pytest.approx([0.6, 0.5])


def test_no_stretches():
    assert clear_chances(table([0.2]), [], [], [], epoch_utc=EPOCH).shape == (0,)
    assert draw(table([0.2]), [], 3).shape == (3, 0)


def test_parts_add_to_one(rng):
    starts = rng.uniform(0.0, 20.0 * HOUR_S, 50)
    stops = starts + rng.uniform(1.0, 4.0 * HOUR_S, 50)
    parts = parts_of(table(np.zeros(24)), ["graz"] * 50, starts, stops, epoch_utc=EPOCH)
    np.testing.assert_allclose(parts.sums(np.ones(len(parts.share))), 1.0)
    assert (parts.share > 0.0).all()


def test_a_climatology_becomes_the_table_of_its_months_and_hours():
    """Across new year: December 23 h, then January 0 h; each hour its own number."""
    cloud = np.arange(12 * 24).reshape(1, 12, 24) / 300.0
    start = datetime(2016, 12, 31, 22, 30, tzinfo=UTC)
    found = Climatology(stations=("graz",), cloud=cloud).over(start, start + timedelta(hours=2))
    assert found.epoch_utc == datetime(2016, 12, 31, 22, tzinfo=UTC)
    np.testing.assert_allclose(found.cloud[0, 0] * 300.0, [11 * 24 + 22, 11 * 24 + 23, 0])
    assert found.end_s == 3.0 * HOUR_S


def test_one_number_for_all():
    found = same_clouds(("a", "b"), 0.25).over(EPOCH, EPOCH + timedelta(hours=5))
    assert clear_chances(found, ["b"], [0.0], [60.0], epoch_utc=EPOCH) == pytest.approx([0.75])


def test_windows_get_their_chance():
    one, other = with_weather([window(0.0, 60.0), window(HOUR_S, HOUR_S + 60.0)], table([0.2, 0.8]), epoch_utc=EPOCH)
    assert (one.clear, other.clear) == pytest.approx((0.8, 0.2))


def test_what_the_table_does_not_cover():
    hours = table([0.2, 0.8], source="clouds.csv")
    message = r"clouds\.csv: covers 2016-12-19T12:00:00Z to 2016-12-19T14:00:00Z, must cover 2016-12-19T13:59:50Z to "
    with pytest.raises(DomainError, match=message):
        clear_chances(hours, ["graz", "graz"], [0.0, 7190.0], [10.0, 7210.0], epoch_utc=EPOCH)
    with pytest.raises(DomainError, match="must cover 2016-12-19T11:59:59Z"):
        hours.over(EPOCH - timedelta(seconds=1), EPOCH)
    assert hours.over(EPOCH, EPOCH + timedelta(hours=2)) is hours
    with pytest.raises(UnknownName, match="station 'grazz' is not known; did you mean 'graz'"):
        clear_chances(hours, ["grazz"], [0.0], [10.0], epoch_utc=EPOCH)


def test_wrong_tables():
    with pytest.raises(DomainError, match=r"CloudTable\.cloud is 1\.2, must lie in \[0, 1\]"):
        table([1.2])
    with pytest.raises(DomainError, match=r"Climatology\.cloud is nan"):
        Climatology(stations=("a",), cloud=np.full((1, 12, 24), np.nan))
    with pytest.raises(DomainError, match=r"cloud has the shape \(1, 12\), must be \(1, 12, 24\)"):
        Climatology(stations=("a",), cloud=np.zeros((1, 12)))
    with pytest.raises(DomainError, match=r"cloud has the shape \(1, 1, 2\), must be \(members, 2, steps\)"):
        table([0.1, 0.2], stations=("a", "b"))
    with pytest.raises(DomainError, match="arrays must share one grid"):
        CloudTable(stations=("a",), epoch_utc=EPOCH, time_s=np.zeros(1), end_s=1.0, cloud=np.zeros((1, 1, 2)))
    with pytest.raises(DomainError, match="time_s must rise, up to end_s"):
        CloudTable(stations=("a",), epoch_utc=EPOCH, time_s=np.array([0.0, 1.0]), end_s=1.0, cloud=np.zeros((1, 1, 2)))
    with pytest.raises(InputError, match="epoch_utc 2016-12-19T12:00:00 is naive"):
        CloudTable(
            stations=("a",),
            epoch_utc=EPOCH.replace(tzinfo=None),
            time_s=np.zeros(1),
            end_s=1.0,
            cloud=np.zeros((1, 1, 1)),
        )
    with pytest.raises(DomainError, match=r"cloud is 20\.0, must lie in \[0, 1\]"):
        same_clouds(("a",), 20.0)


def draw(clouds, windows, weathers, correlation_h=6.0, seed=1):
    return draw_weathers(
        windows,
        clouds,
        epoch_utc=EPOCH,
        weathers=weathers,
        correlation_s=correlation_h * HOUR_S,
        rng=np.random.default_rng(seed),
    )


HOURLY = [window(hour * HOUR_S + 60.0, hour * HOUR_S + 360.0) for hour in range(24)]


def test_every_hour_is_cloudy_as_often_as_the_table_says():
    """Binomial, 5 sigma, under probabilities that change from hour to hour."""
    cloud = np.random.default_rng(3).random(24)
    clear = draw(table(cloud), HOURLY, 20_000)
    assert set(np.unique(clear)) == {0.0, 1.0}
    sigma = np.sqrt(cloud * (1.0 - cloud) / 20_000)
    assert (np.abs(clear.mean(axis=0) - (1.0 - cloud)) < 5.0 * sigma + 1e-12).all()


@pytest.mark.parametrize("cloud", [0.3, 0.6])
def test_clouds_keep_over_the_correlation_time(cloud):
    """Correlation exp(-t / tau) at 1, 6 and 12 h of tau = 6 h; its error is below 5 / sqrt(n)."""
    clear = draw(table(np.full(24, cloud)), HOURLY, 40_000)
    for hours in (1, 6, 12):
        found = np.corrcoef(clear[:, 3], clear[:, 3 + hours])[0, 1]
        assert abs(found - np.exp(-hours / 6.0)) < 5.0 / np.sqrt(40_000)


def test_stations_are_independent():
    """Correlation of two stations in the same hour: 0 within 5 / sqrt(n)."""
    both = [window(0.0, 60.0, "a"), window(0.0, 60.0, "b")]
    clear = draw(table(np.full((1, 2, 1), 0.5), stations=("a", "b")), both, 20_000)
    assert abs(np.corrcoef(clear.T)[0, 1]) < 5.0 / np.sqrt(20_000)


def test_members_are_taken_in_turn():
    """A member without cloud and one with nothing else, at both stations: they are clear or cloudy together."""
    certain = table([[[0.0], [0.0]], [[1.0], [1.0]]], stations=("a", "b"))
    clear = draw(certain, [window(0.0, 60.0, "a"), window(0.0, 60.0, "b")], 5)
    np.testing.assert_array_equal(clear, [[1, 1], [0, 0], [1, 1], [0, 0], [1, 1]])


def test_a_window_across_two_hours_is_clear_in_part():
    clear = draw(table([0.0, 1.0]), [window(3500.0, 3800.0)], 3)
    np.testing.assert_allclose(clear, 1.0 / 3.0)


def test_other_windows_see_the_same_weathers():
    """The seed decides the weather, not the list of windows."""
    cloud = table(np.full((1, 2, 24), 0.5), stations=("a", "graz"))
    everything = draw(cloud, HOURLY, 50)
    np.testing.assert_array_equal(draw(cloud, HOURLY[4:9], 50), everything[:, 4:9])
    assert (draw(cloud, HOURLY, 50, seed=2) != everything).any()


def test_limits_of_the_draws():
    with pytest.raises(DomainError, match=r"weathers is 0\.0, must lie in \[1, inf\)"):
        draw(table([0.5]), HOURLY[:1], 0)
    with pytest.raises(DomainError, match=r"correlation_s is 0\.0, must lie in \(0, inf\)"):
        draw(table([0.5]), HOURLY[:1], 1, correlation_h=0.0)
