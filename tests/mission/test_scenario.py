"""Reading of TOML: every fault at once, each with file, line, key, value, limit, unit and nearest spelling."""

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from annotated_types import Interval

from passplan.checks import Positive, check_limits
from passplan.errors import InputError
from passplan.mission.scenario import KeyLines, dotted, parse_record, read_record, unit_of


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
