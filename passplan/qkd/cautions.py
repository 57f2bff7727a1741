"""What chosen options mean for a key beyond the proof itself, in words: cautions, and options that were not used."""

from collections.abc import Collection

from passplan.qkd.settings import KeySettings, Options

BY_SIZE = ("chernoff", "exact")  # limits of each count by its own size
BY_SIZE_ASSUMPTION = "limits of each count by its own size: clicks independent of each other given the photon numbers"
POISSON_ASSUMPTION = (
    f"{BY_SIZE_ASSUMPTION}; the 21 equal shares of epsilon_sec kept as with Hoeffding limits, of which no proof was "
    "read"
)
SAMPLING_CAUTIONS = {
    "fung": "single-photon errors in the test are many: the fung sampling term is an estimate, no bound",
    "yin": "single-photon errors in the test are many: the yin sampling term is an estimate, no bound",
    "serfling_printed": "sampling term with the factor (c + 1) / c, withdrawn by its authors: to compare, no bound",
}
POOLED_CAUTION = (
    "errors pooled over the intensities: the wrong half of the vacuum clicks is hidden; to compare, no bound"
)
TOMAMICHEL_CAUTION = "leak planned by a finite-block estimate with the logarithms of one public code"


def option_cautions(
    settings: KeySettings, *, sampling: str | None, pool_errors: bool, leak_model: str | None
) -> tuple[str, ...]:
    """What the options as used assume beyond the proof, one line each; no unit.

    ``sampling`` and ``leak_model`` are None where the proof has none. A leak that was measured was not planned.
    """
    cautions = [SAMPLING_CAUTIONS[sampling]] if sampling in SAMPLING_CAUTIONS else []
    if pool_errors:
        cautions.append(POOLED_CAUTION)
    if leak_model == "tomamichel" and settings.error_correction_leak_bits is None:
        cautions.append(TOMAMICHEL_CAUTION)
    return tuple(cautions)


def unused_options(options: Options, *, taken: Collection[str], proof: str) -> tuple[str, ...]:
    """One line for every option that was stated but is not among those that the proof takes; no unit."""
    stated = {name: getattr(options, name) for name in options.__slots__}
    return tuple(
        f"not used: the option {name}, stated as {str(value).lower()}, which {proof} does not take"
        for name, value in stated.items()
        if value is not None and name not in taken
    )
