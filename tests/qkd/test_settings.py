import pytest
from pydantic import TypeAdapter, ValidationError

from passplan.errors import DomainError, UnknownName
from passplan.qkd.settings import KeySettings, Options


def test_defaults_are_the_stated_ones():
    """Convention: f = 1.16, 1e-9 and 1e-15, no measured leak, 5 % intensity spread (the 2017 mission's 'below 5 %')."""
    settings = KeySettings()
    assert (settings.error_correction_efficiency, settings.error_correction_leak_bits) == (1.16, None)
    assert (settings.epsilon_sec, settings.epsilon_cor) == (1e-9, 1e-15)
    assert (settings.intensity_spread, settings.sigmas, settings.options) == (0.05, None, Options())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epsilon_sec": 0.0}, r"KeySettings.epsilon_sec is 0.0, must lie in \(0, 1\)"),
        ({"epsilon_cor": 1.0}, r"KeySettings.epsilon_cor is 1.0, must lie in \(0, 1\)"),
        ({"error_correction_efficiency": 0.99}, r"error_correction_efficiency is 0.99, must lie in \[1, inf\)"),
        ({"error_correction_leak_bits": -1.0}, r"error_correction_leak_bits is -1.0, must lie in \[0, inf\)"),
        ({"intensity_spread": 1.0}, r"intensity_spread is 1.0, must lie in \[0, 1\)"),
        ({"sigmas": -1.0}, r"sigmas is -1.0, must lie in \[0, inf\)"),
        ({"sigmas": float("nan")}, "sigmas is nan"),
    ],
)
def test_settings_refuse(change, message):
    """Refusal: each limit, by the record and by a reader of its annotations."""
    with pytest.raises(DomainError, match=message):
        KeySettings(**change)
    with pytest.raises((ValidationError, DomainError)):
        TypeAdapter(KeySettings).validate_python(change)


def test_settings_are_the_schema_of_a_file():
    """Another library: pydantic reads the annotations, nested options and null values included."""
    read = TypeAdapter(KeySettings).validate_python(
        {"sigmas": None, "error_correction_leak_bits": 12, "options": {"sampling": "fung"}}
    )
    assert read == KeySettings(error_correction_leak_bits=12.0, options=Options(sampling="fung"))


def test_options_refuse():
    """Refusal: sampling that is not known, with the nearest name; switches that are no switches."""
    with pytest.raises(UnknownName, match=r"Options.sampling 'serling' is not known; did you mean 'serfling'?"):
        Options(sampling="serling")
    with pytest.raises(DomainError, match=r"Options.sampling is 1, must be one of fung, hypergeometric, serfling"):
        Options(sampling=1)
    with pytest.raises(UnknownName, match=r"Options.leak_model 'entropi' is not known; did you mean 'entropy'?"):
        Options(leak_model="entropi")
    with pytest.raises(DomainError, match=r"Options.leak_model is 2, must be one of entropy, tomamichel"):
        Options(leak_model=2)
    for name in ("clip_negative", "clip_errors", "cap_errors", "pool_errors"):
        with pytest.raises(DomainError, match=f"Options.{name} is 'yes', must be true, false or left out"):
            Options(**{name: "yes"})
