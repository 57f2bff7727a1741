"""Reading of TOML: every fault at once, each with file, line, key, value, limit, unit and nearest spelling."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

import pytest
from annotated_types import Interval

from passplan.apt.kalman import KalmanPredictor, Line
from passplan.apt.laws import Integrator, Law
from passplan.checks import Finite, Fraction, Positive, check_limits
from passplan.errors import InputError
from passplan.mission.key_lines import KeyLines, dotted, place_in
from passplan.mission.scenario import has_table, parse_record, read_record, unit_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    aperture_m: Positive
    wavelength_nm: Annotated[float, Interval(ge=300.0, le=2000.0)] = 850.0
    kind: Literal["round", "square"] = "round"

    def __post_init__(self):
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    name: str
    lens: Lens
    spare: tuple[Lens, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prism:
    kind: Literal["prism"] = "prism"
    angle_deg: Positive
    windows: tuple[Lens, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grating:
    kind: Literal["grating"] = "grating"
    pitch_um: Positive = 1.0

    def __post_init__(self):
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrograph:
    disperser: Prism | Grating = Grating()
    second: Prism | Grating = field(default_factory=lambda: Prism(angle_deg=30.0))
    spare: tuple[Prism | Grating, ...] = ()
    guide: Prism | Grating | None = None


GOOD = 'name = "a"\n[lens]\naperture_m = 1\n'


def fault_of(text):
    with pytest.raises(InputError) as caught:
        parse_record(text, Bench, source="bench.toml")
    return str(caught.value).splitlines()


def test_a_good_text_becomes_a_record():
    bench = parse_record(GOOD + "[[spare]]\naperture_m = 0.3\n", Bench, source="bench.toml")
    assert bench == Bench(name="a", lens=Lens(aperture_m=1.0), spare=(Lens(aperture_m=0.3),))


def test_all_faults_come_at_once_each_with_its_line():
    text = 'name = "a"\n[lens]\naperture_mm = 1\naperture_m = -2\nwavelength_nm = 3e4\nkind = "rond"\n'
    faults = fault_of(text)
    assert faults[0] == "bench.toml:3: lens.aperture_mm is no known key; did you mean 'aperture_m'?"
    assert faults[1] == "bench.toml:4: lens.aperture_m is -2, must be > 0 m"
    assert faults[2] == "bench.toml:5: lens.wavelength_nm is 30000.0, must be <= 2000 nm"
    assert faults[3].startswith("bench.toml:6: lens.kind is 'rond', must be 'round' or 'square'")
    assert faults[3].endswith("did you mean 'round'?")


def test_a_missing_key_is_named_with_its_unit():
    assert fault_of('name = "a"\n[lens]\n') == ["bench.toml:2: lens.aperture_m is missing [m]"]


def test_nan_and_text_are_refused():
    assert "aperture_m is nan" in fault_of('name = "a"\n[lens]\naperture_m = nan\n')[0]
    assert "aperture_m is 'wide', must be a number in m" in fault_of('name = "a"\n[lens]\naperture_m = "wide"\n')[0]


@pytest.mark.parametrize(
    ("written", "value"), [('"0.81 um"', 810.0), ('"810 nm"', 810.0), ('"810"', 810.0), ("810", 810.0)]
)
def test_a_value_may_carry_its_unit(written, value):
    bench = parse_record(GOOD + f"wavelength_nm = {written}\n", Bench, source="bench.toml")
    assert bench.lens.wavelength_nm == pytest.approx(value, rel=1e-12)


def test_an_unknown_unit_is_refused_with_the_nearest():
    fault = fault_of(GOOD + 'wavelength_nm = "810 nmm"\n')[0]
    assert fault.startswith("bench.toml:4: lens.wavelength_nm is '810 nmm', must be a number in nm")
    assert "did you mean 'nm'?" in fault


def test_a_unit_of_another_kind_is_refused():
    assert "must be a number in nm" in fault_of(GOOD + 'wavelength_nm = "810 s"\n')[0]


def test_an_item_of_a_list_of_tables_is_found_on_its_line():
    faults = fault_of(GOOD + "[[spare]]\naperture_m = 1\n[[spare]]\naperture_m = 0\n")
    assert faults == ["bench.toml:7: spare[2].aperture_m is 0, must be > 0 m"]


def test_an_empty_text_and_a_text_that_is_no_toml():
    assert fault_of("")[0] == "bench.toml:1: is empty, must hold the tables name, lens, spare"
    assert "is not TOML" in fault_of("a = = 1")[0]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_record(tmp_path / "none.toml", Bench)


def test_lines_of_quoted_and_dotted_keys():
    lines = KeyLines('[a]\n"b.c" = 1\n[a.d]\ne = 2\n')
    assert lines.line_of(("a", "b.c")) == 2
    assert lines.line_of(("a", "d", "e")) == 4
    assert lines.line_of(("a", "d", "missing")) == 3
    assert lines.line_of(("nowhere",)) == 1


def test_units_and_places_in_words():
    assert unit_of("max_rate_deg_s") == "deg / s"
    assert unit_of("name") is None
    assert dotted(("night", 0, "date")) == "night[1].date"


def spectrograph(text):
    return parse_record(text, Spectrograph, source="s.toml")


def fault_of_spectrograph(text):
    with pytest.raises(InputError) as caught:
        spectrograph(text)
    return str(caught.value).splitlines()


def test_the_key_kind_chooses_among_records():
    text = '[disperser]\nkind = "prism"\nangle_deg = "0.5 rad"\n[[disperser.windows]]\naperture_m = 1\n'
    text += '[[spare]]\nkind = "grating"\n[guide]\nkind = "prism"\nangle_deg = 3\n'
    assert spectrograph(text) == Spectrograph(
        disperser=Prism(angle_deg=pytest.approx(28.6478897565412), windows=(Lens(aperture_m=1.0),)),
        spare=(Grating(),),
        guide=Prism(angle_deg=3.0),
    )


def test_without_kind_the_table_is_of_the_kind_of_the_default():
    found = spectrograph("[disperser]\npitch_um = 2\n[second]\nangle_deg = 60\n")
    assert found == Spectrograph(disperser=Grating(pitch_um=2.0), second=Prism(angle_deg=60.0))
    assert fault_of_spectrograph("[disperser]\nangle_deg = 2\n") == [
        "s.toml:2: disperser.angle_deg is no known key; allowed: kind, pitch_um"
    ]


def test_without_a_default_the_kind_must_stand_there():
    faults = fault_of_spectrograph("[guide]\nangle_deg = 2\n[[spare]]\npitch_um = 2\n")
    assert faults == [
        "s.toml:1: guide.kind is missing, must be 'prism' or 'grating'",
        "s.toml:3: spare[1].kind is missing, must be 'prism' or 'grating'",
    ]


def test_an_unknown_kind_is_refused_with_the_nearest():
    assert fault_of_spectrograph('[disperser]\nkind = "prysm"\n') == [
        "s.toml:2: disperser.kind is 'prysm', must be 'prism' or 'grating'; did you mean 'prism'?"
    ]
    assert fault_of_spectrograph("[disperser]\nkind = 3\n") == [
        "s.toml:2: disperser.kind is 3, must be 'prism' or 'grating'"
    ]
    assert fault_of_spectrograph("disperser = 3\n") == ["s.toml:1: disperser is 3, must be a table"]


def test_faults_within_a_chosen_record_come_once_and_with_all_others():
    text = '[disperser]\nkind = "prism"\nangle = 1\nwindows = [{ aperture_m = -1 }]\n[second]\nangle_deg = 0\nx = 1\n'
    assert fault_of_spectrograph(text) == [
        "s.toml:1: disperser.angle_deg is missing [deg]",
        "s.toml:3: disperser.angle is no known key; did you mean 'angle_deg'?",
        "s.toml:4: disperser.windows[1].aperture_m is -1, must be > 0 m",
        "s.toml:6: second.angle_deg is 0, must be > 0 deg",
        "s.toml:7: second.x is no known key; allowed: kind, angle_deg, windows",
    ]


def test_units_that_end_in_another():
    """The longer ending wins: a torque is no length, a rate no time."""
    found = [
        unit_of(name) for name in ("stiction_n_m", "viscous_n_m_s", "slew_urad_s", "walk_urad2_s", "ramp_urad2_s3")
    ]
    assert found == ["N m", "N m s", "urad / s", "urad2 / s", "urad2 / s3"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    law: Law = field(default_factory=lambda: Integrator(gain=0.25))


def test_a_control_law_is_read_by_its_kind():
    """The union of the tracking loops, with tuples of records inside and limits of their own."""
    text = '[law]\nkind = "kalman"\nrms_urad = 9.3\nroll_off_hz = inf\n'
    text += '[[law.lines]]\nfrequency_hz = 34\nrms_urad = "0.5 mrad"\n'
    law = parse_record(text, Stage, source="s.toml").law
    assert law.lines[0].rms_urad == pytest.approx(500.0, rel=1e-12)
    assert law == KalmanPredictor(rms_urad=9.3, lines=(Line(frequency_hz=34.0, rms_urad=law.lines[0].rms_urad),))
    with pytest.raises(InputError) as caught:
        parse_record('[law]\nkind = "kalman"\nrms_urad = 0\nwalk_urad2_s = 0\n', Stage, source="s.toml")
    assert str(caught.value).startswith("s.toml:1: law: KalmanPredictor: rms_urad, lines and drift are all 0")
    with pytest.raises(InputError, match=r"s\.toml:1: law\.kind is 'pdi'.*did you mean 'pid'"):
        parse_record('law = { kind = "pdi", gain = 1 }\n', Stage, source="s.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Glow:
    dark_radiance_w_m2_sr_um: Positive | None = None


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1.5e-3 W/m2/sr/um", 1.5e-3),
        ("1.5e-3 W m^-2 sr^-1 um^-1", 1.5e-3),
        ("1.5e-6 W/m2/sr/nm", 1.5e-3),
        ("1.5e-3 mW/m2/sr/nm", 1.5e-3),
        ("1.5e-7 W / (cm2 sr um)", 1.5e-3),
        ("0.0015", 1.5e-3),
    ],
)
def test_a_radiance_may_carry_its_unit(written, value):
    """Definition of the prefixes."""
    glow = parse_record(f'dark_radiance_w_m2_sr_um = "{written}"', Glow, source="s.toml")
    assert glow.dark_radiance_w_m2_sr_um == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("1.5 W/m2", r"s.toml:1: dark_radiance_w_m2_sr_um: radiance .* unit 'W/m2', allowed: W/m2/sr/um, W/m2/sr/nm$"),
        ("1.5 cd/m2", "has the unit 'cd/m2', allowed: W/m2/sr/um, W/m2/sr/nm$"),
        (
            "19.9 mag/arcsec2 (V)",
            r"'19.9 mag/arcsec2 \(V\)' needs the wavelength \[nm\], .* allowed without it: W/m2/sr/um, W/m2/sr/nm$",
        ),
        ("2e7 ph/s/m2/sr/nm", "needs the wavelength"),
        ("dark", "does not begin with a number"),
    ],
)
def test_a_radiance_in_another_unit_is_refused(written, message):
    """Refusal: an irradiance, a luminance, and what depends on the wavelength; the allowed units are named."""
    with pytest.raises(InputError, match=message):
        parse_record(f'dark_radiance_w_m2_sr_um = "{written}"', Glow, source="s.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    offset_ns: Finite = 0.0
    width_ns: Positive = 1.0
    share: Fraction = 0.5


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("offset_ns = nan", "offset_ns is nan, must be finite [ns]"),
        ("offset_ns = -inf", "offset_ns is -inf, must be finite [ns]"),
        ("width_ns = inf", "width_ns is inf, must be finite [ns]"),
        ("width_ns = nan", "width_ns is nan, must be finite [ns]"),
        ("share = inf", "share is inf, must be <= 1"),
    ],
)
def test_what_is_not_finite_is_told_in_words(line, message):
    """No file can hold a number below infinity that is meant."""
    with pytest.raises(InputError) as caught:
        parse_record(line, Gate, source="g.toml")
    assert str(caught.value) == f"g.toml:1: {message}"


def test_a_byte_order_mark_hides_no_table(tmp_path):
    """The first table of a file that an editor on Windows wrote."""
    path = tmp_path / "a.toml"
    path.write_text("\ufeff[station]\n", encoding="utf-8")
    assert has_table(path, "station")


def test_the_place_of_a_key_in_a_file(tmp_path):
    """Line of the key, of its table where the key is absent, and the path alone where there is no such file."""
    path = tmp_path / "a.toml"
    path.write_text("# first\n[a]\nb = 1\n", encoding="utf-8")
    assert place_in(path, ("a", "b")) == f"{path}:3"
    assert place_in(path, ("a", "c")) == f"{path}:2"
    assert place_in(tmp_path / "none.toml", ("a",)) == str(tmp_path / "none.toml")
