"""The Cesium scene: its structure by the CZML guide, and czml3's models as another reader."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from czml3 import Packet
from scipy.interpolate import BarycentricInterpolator

from passplan.mission.formats.czml import czml_text
from passplan.units import parse_utc


@pytest.fixture
def scene(passes, created):
    return json.loads(czml_text(passes, created_utc=created))


def span(text):
    return tuple(parse_utc(part) for part in text.split("/"))


def test_czml3_takes_every_packet(scene):
    """Fields and types of each packet by czml3's pydantic models, which refuse what they do not know."""
    packets = [Packet.model_validate(packet) for packet in scene]
    assert packets[0].id == "document"
    assert packets[0].version == "1.0"
    assert {str(packet.polyline.arcType) for packet in packets if packet.polyline} == {"NONE"}
    with pytest.raises(ValueError, match="validation error"):
        Packet.model_validate(scene[1] | {"nonsense": 1})


def test_ids_are_unique_and_references_lead_to_positions(scene, passes):
    """CZML guide: the document comes first; a reference is id#property."""
    by_id = {packet["id"]: packet for packet in scene}
    assert len(by_id) == len(scene)
    assert scene[0]["id"] == "document"
    lines = [packet for packet in scene if "polyline" in packet]
    assert len(lines) == len(passes)
    for packet in lines:
        for reference in packet["polyline"]["positions"]["references"]:
            name, field = reference.split("#")
            assert "cartesian" in by_id[name][field]
    assert sum(name.startswith("station/") for name in by_id) == 2


def test_lines_of_sight_stand_from_rise_to_set_within_the_satellites_time(scene, passes):
    by_id = {packet["id"]: packet for packet in scene}
    for item in passes:
        line = by_id[f"{item.pass_id}/41731/line-of-sight"]
        satellite = by_id[f"{item.pass_id}/41731/satellite"]
        assert span(line["availability"]) == (item.rise_utc, item.set_utc)
        assert line["polyline"]["show"] == [{"interval": line["availability"], "boolean": True}]
        start, end = span(satellite["availability"])
        assert start < item.rise_utc < item.set_utc < end
    first, last = span(scene[0]["clock"]["interval"])
    assert (first, last) == (min(item.rise_utc for item in passes), max(item.set_utc for item in passes))


def test_positions_are_skyfields_and_interpolate(one, created, direct):
    """Body-fixed metres; the interpolation that the packet asks for, done by scipy, up to rise and set."""
    packet = json.loads(czml_text([one], created_utc=created))[2]
    position = packet["position"]
    assert (position["referenceFrame"], position["interpolationAlgorithm"]) == ("FIXED", "LAGRANGE")
    epoch = parse_utc(position["epoch"])
    rows = np.array(position["cartesian"]).reshape(-1, 4)
    whens = [epoch + timedelta(seconds=second) for second in rows[:, 0]]
    half_a_millimetre_m = 5.1e-4
    assert np.abs(rows[:, 1:] - 1e3 * direct(one.elements, whens).ground_km).max() < half_a_millimetre_m
    needed = position["interpolationDegree"] + 1
    for when in (one.rise_utc, one.culmination_utc, one.set_utc):
        second = (when - epoch).total_seconds()
        left = np.searchsorted(rows[:, 0], second, side="right") - 1
        nodes = rows[left - needed // 2 + 1 : left + needed // 2 + 1]
        assert len(nodes) == needed
        found_m = BarycentricInterpolator(nodes[:, 0] - second, nodes[:, 1:])(0.0)
        one_centimetre_m = 1e-2
        assert np.abs(found_m - 1e3 * direct(one.elements, [when]).ground_km[0]).max() < one_centimetre_m


def test_names_may_hold_anything(relabelled, created, one):
    """Marks of HTML and of references do no harm; two stations of one name stay two."""
    odd = relabelled("<b>&#x", "a#b\\c")
    elsewhere = replace(one.site, height_m=10.0)
    younger = replace(odd, elements=replace(odd.elements, epoch_utc=odd.elements.epoch_utc + timedelta(days=1)))
    packets = json.loads(
        czml_text([younger, one, replace(one, site=elsewhere, satellite="other")], created_utc=created)
    )
    names = [packet["id"] for packet in packets]
    assert len(set(names)) == len(names)
    assert all("#" not in name and "\\" not in name for name in names)
    assert packets[0]["description"].count("<br>") == packets[0]["description"].count("<")
    assert "&lt;b&gt;&amp;#x" in packets[0]["description"]
    assert sum(name.startswith("station/") for name in names) == 3
