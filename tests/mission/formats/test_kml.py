"""The KML document: OGC's schema (which pykml carries), pykml's reader, and Skyfield for the places."""

from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from lxml import etree
from pykml import parser

from passplan.mission.formats.kml import kml_text
from passplan.units import parse_utc

KML = "{http://www.opengis.net/kml/2.2}"
GX = "{http://www.google.com/kml/ext/2.2}"


@pytest.fixture(scope="module")
def schema():
    """Google's extensions, which import the schema of OGC KML 2.2."""
    return parser.Schema("kml22gx.xsd")


def test_valid_by_the_schema(passes, created, schema):
    schema.assertValid(etree.fromstring(kml_text(passes, created_utc=created).encode()))


def test_odd_names_stay_valid(relabelled, created, schema):
    tree = etree.fromstring(kml_text([relabelled("<a> & \x07b]]>", "Köln 墨")], created_utc=created).encode())
    schema.assertValid(tree)
    assert tree.find(f".//{GX}Track/../{KML}name").text == "<a> & b]]>"


def test_pykml_finds_stations_and_a_folder_a_pass(passes, created):
    document = parser.fromstring(kml_text(passes, created_utc=created).encode()).Document
    folders, stations = list(document.Folder), list(document.Placemark)
    ordered = sorted(passes, key=lambda item: item.rise_utc)
    assert {str(item.name) for item in stations} == {"Xinglong", "Nanshan"}
    assert [str(folder.name) for folder in folders] == [item.pass_id for item in ordered]
    for folder, item in zip(folders, ordered, strict=True):
        span = folder.TimeSpan
        assert (parse_utc(str(span.begin)), parse_utc(str(span.end))) == (item.rise_utc, item.set_utc)
    assert "read from micius.tle:1" in str(document.description)
    assert "geoid" in str(document.description)


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
