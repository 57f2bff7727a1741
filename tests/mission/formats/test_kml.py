"""The KML document: OGC's schema (which fastkml carries), fastkml's reader, and Skyfield for the places."""

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import fastkml
import numpy as np
import pytest
from fastkml.validator import get_schema_parser
from lxml import etree

from passplan.mission.formats.kml import kml_text
from passplan.units import parse_utc

KML = "{http://www.opengis.net/kml/2.2}"
GX = "{http://www.google.com/kml/ext/2.2}"


@pytest.fixture(scope="module")
def schema():
    """Google's extensions, which import the schema of OGC KML 2.2."""
    return get_schema_parser(Path(fastkml.__file__).parent / "schema" / "kml22gx.xsd")


def test_valid_by_the_schema(passes, created, schema):
    schema.assertValid(etree.fromstring(kml_text(passes, created_utc=created).encode()))


def test_odd_names_stay_valid(relabelled, created, schema):
    tree = etree.fromstring(kml_text([relabelled("<a> & \x07b]]>", "Köln 墨")], created_utc=created).encode())
    schema.assertValid(tree)
    assert tree.find(f".//{GX}Track/../{KML}name").text == "<a> & b]]>"


def test_fastkml_finds_stations_and_a_folder_a_pass(passes, created):
    document = fastkml.KML.from_string(kml_text(passes, created_utc=created).split("?>", 1)[1]).features[0]
    folders = [item for item in document.features if isinstance(item, fastkml.Folder)]
    stations = [item for item in document.features if isinstance(item, fastkml.Placemark)]
    ordered = sorted(passes, key=lambda item: item.rise_utc)
    assert {item.name for item in stations} == {"Xinglong", "Nanshan"}
    assert [folder.name for folder in folders] == [item.pass_id for item in ordered]
    for folder, item in zip(folders, ordered, strict=True):
        assert (folder.times.begin.dt, folder.times.end.dt) == (item.rise_utc, item.set_utc)
    assert "read from micius.tle:1" in document.description
    assert "geoid" in document.description


def test_the_track_is_skyfields(one, created, direct):
    """Longitude, latitude and height of WGS 84 at each instant, rise and set included."""
    root = ElementTree.fromstring(kml_text([one], created_utc=created))
    track = root.find(f".//{GX}Track")
    whens = [parse_utc(item.text) for item in track.iter(f"{KML}when")]
    places = np.array([[float(part) for part in item.text.split()] for item in track.iter(f"{GX}coord")])
    assert (whens[0], whens[-1]) == (one.rise_utc, one.set_utc)
    truth = direct(one.elements, whens).places
    one_millimetre_deg, half_a_millimetre_m = 1e-8, 5.1e-4
    assert np.abs(places[:, :2] - truth[:, :2]).max() < one_millimetre_deg
    assert np.abs(places[:, 2] - truth[:, 2]).max() < half_a_millimetre_m
    line = root.find(f".//{KML}Placemark[{KML}styleUrl='#track']/{KML}LineString/{KML}coordinates")
    np.testing.assert_array_equal([[float(part) for part in item.split(",")] for item in line.text.split()], places)


def test_lines_of_sight_follow_each_other_without_gap(one, created):
    root = ElementTree.fromstring(kml_text([one], created_utc=created, step_s=30.0))
    marks = [mark for mark in root.iter(f"{KML}Placemark") if mark.find(f"{KML}styleUrl").text == "#sight"]
    spans = [
        tuple(parse_utc(mark.find(f"{KML}TimeSpan/{KML}{edge}").text) for edge in ("begin", "end")) for mark in marks
    ]
    assert spans[0][0] == one.rise_utc
    assert spans[-1][1] == one.set_utc
    assert all(end == begin for (_, end), (begin, _) in pairwise(spans))
    ends = [mark.find(f"{KML}LineString/{KML}coordinates").text.split()[0] for mark in marks]
    assert set(ends) == {"117.57745800,40.39586700,890.000"}
    modes = {mark.find(f"{KML}LineString/{KML}altitudeMode").text for mark in marks}
    assert modes == {"absolute"}
