"""Do the bounds hold, and how tight are they? ``python tests/benchmarks/bench_key_bounds.py [passes]`` prints a table.

Passes are simulated with the photon number of every click known. In each second clicks with n photons are drawn, and
which of them are wrong; labels (intensities) follow from the exact probability of an intensity given n, which knows
nothing of the channel or the second. A proof sees the labels alone, and its bounds are held against what was drawn.
"""

import sys
from dataclasses import dataclass
from math import factorial, sqrt

import numpy as np
from scipy.stats import binom

from passplan.qkd.block import Blocks
from passplan.qkd.key_length import TERMS
from passplan.qkd.settings import KeySettings, Options

TIME_S = np.arange(-136.0, 137.0)
RANGE_KM = np.hypot(645.0, 7.41 * TIME_S)
CLOCK_HZ, BACKGROUND, OPTICAL_ERROR, FADING = 1e8, 5e-7, 0.01, 0.3
PHOTONS = 8  # pulses with more are lost: 2e-6 of the light at 0.8 mean photons, and a channel may do that
LOSSES_DB = (26.0, 30.0, 34.0)  # at the nearest point
BOUNDS = ("vacuum", "single", "tested", "wrong", "phase_error")
UPPER = ("wrong", "phase_error")
CHANCE = 1e-6  # of more failures than are let pass, if each pass fails with just the probability that it may

# limits that a bound rests on, each of which may fail with the share below; 0: the proof has no such bound
_TWO_DECOYS = (2, 5, 5, 2, 13)
LIMITS = {
    "decoy3_variable_length": _TWO_DECOYS,
    "lim2014": _TWO_DECOYS,
    "lim2014_both_bases": tuple(2 * limits for limits in _TWO_DECOYS),
    "chernoff": _TWO_DECOYS,
    "tupkary_variable_length": (0, 3, 3, 2, 9),
    "wiesemann2026_1decoy": (2, 5, 5, 2, 13),
    "rusca2018_1decoy": (2, 4, 4, 2, 11),
    "ma2005_sigma": (0, 3, 3, 2, 5),
}
ROWS = (
    *((name, name, {}) for name in LIMITS),
    ("chernoff, exact limits", "chernoff", {"concentration": "exact"}),
    ("chernoff, pooled errors", "chernoff", {"pool_errors": True}),
)
SHARES = {"wiesemann2026_1decoy": 15.0, "rusca2018_1decoy": 19.0, "ma2005_sigma": 1.0, "lim2014_both_bases": 42.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Source and bases; shares are those of the key basis."""

    intensities: tuple
    probabilities: tuple
    alice: float = 0.5
    bob: float = 0.5


YEAR_2017 = Sender(intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25))
BIASED = Sender(intensities=(0.56, 0.24, 2e-4), probabilities=(0.5, 0.34, 0.16), alice=0.85, bob=0.9)
ONE_DECOY = Sender(intensities=(0.5, 0.16), probabilities=(0.7, 0.3), alice=0.75, bob=0.75)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Blocks of passes and what is true of them.

    empty, single : clicks of pulses with no photon and with one, key basis and test basis [counts], (2, passes)
    wrong : errors of the single photons [counts], (2, passes)
    phase : errors that they would have made in the other basis [counts], (2, passes)
    """

    blocks: Blocks
    empty: np.ndarray
    single: np.ndarray
    wrong: np.ndarray
    phase: np.ndarray


def simulate(sender, *, loss_db, passes, rng, attacked=False, step_s=1):
    """Passes through fading air, or through a channel that makes the decoy bounds tight.

    attacked : nothing with three photons or more arrives, and two photons make no errors
    """
    photons = np.arange(PHOTONS)
    factorials = np.array([factorial(n) for n in photons])
    mu, p = np.array(sender.intensities), np.array(sender.probabilities)
    sent = p[:, None] * np.exp(-mu[:, None]) * mu[:, None] ** photons / factorials
    shares = sent.sum(axis=0)
    peak = 10.0 ** (-0.1 * loss_db) * (645.0 / RANGE_KM[::step_s, None]) ** 4
    faded = np.exp(FADING * rng.standard_normal((passes, peak.size, 1)) - 0.5 * FADING**2)
    light = 1.0 - (1.0 - np.minimum(peak * faded, 1.0)) ** photons
    clicks_of = 1.0 - (1.0 - BACKGROUND) * (1.0 - light)
    errors_of = 0.5 * BACKGROUND + OPTICAL_ERROR * light
    if attacked:
        clicks_of, errors_of = clicks_of * (photons < 3), errors_of * (photons < 2)
    rate = np.where(clicks_of > 0.0, errors_of / np.maximum(clicks_of, 1e-300), 0.0)
    found, truth = [], []
    for chosen in (sender.alice * sender.bob, (1.0 - sender.alice) * (1.0 - sender.bob)):
        clicks = rng.poisson(CLOCK_HZ * step_s * chosen * shares * clicks_of)
        wrong = rng.binomial(clicks, rate)
        phase = rng.binomial(clicks[..., 1], rate[..., 1]).sum(axis=1)
        clicks, wrong = clicks.sum(axis=1), wrong.sum(axis=1)
        labels = np.zeros((2, passes, mu.size))
        for n in photons:
            for part, number in zip(labels, (clicks[:, n] - wrong[:, n], wrong[:, n]), strict=True):
                part += rng.multinomial(number, sent[:, n] / shares[n])
        found.append(labels)
        truth.append((clicks[:, 0], clicks[:, 1], wrong[:, 1], phase))
    (key_right, key_wrong), (test_right, test_wrong) = found
    blocks = Blocks(
        intensities=np.broadcast_to(mu, key_right.shape),
        probabilities=np.broadcast_to(p, key_right.shape),
        key_clicks=key_right + key_wrong,
        key_errors=key_wrong,
        test_clicks=test_right + test_wrong,
        test_errors=test_wrong,
    )
    empty, single, wrong, phase = np.array(truth, dtype=float).swapaxes(0, 1)
    return Simulated(blocks=blocks, empty=empty, single=single, wrong=wrong, phase=phase)


def truth_for(name, drawn, sender):
    """What the bounds of a proof are to be held against, by the names of ``Terms``.

    ma2005_sigma bounds the yields of both bases: true is the share of the signal in all clicks of single photons.
    """
    rate = drawn.phase / np.maximum(drawn.single, 1.0)
    if name == "ma2005_sigma":
        one = np.array(sender.probabilities) * np.exp(-np.array(sender.intensities)) * np.array(sender.intensities)
        single, wrong = (one[0] / one.sum() * part.sum(axis=0) for part in (drawn.single, drawn.wrong))
        both = wrong / np.maximum(single, 1e-300)
        return dict(zip(BOUNDS, (drawn.empty[0], single, single, wrong, both), strict=True))
    if name == "lim2014_both_bases":
        empty, single, wrong = (part.sum(axis=0) for part in (drawn.empty, drawn.single, drawn.wrong))
        return dict(zip(BOUNDS, (empty, single, single, wrong, rate.max(axis=0)), strict=True))
    return dict(zip(BOUNDS, (drawn.empty[0], drawn.single[0], drawn.single[1], drawn.wrong[1], rate[0]), strict=True))


def allowed(name, epsilon):
    """Probability with which each bound may fail [1]; of 0 where the proof has none."""
    share = epsilon / SHARES.get(name, 21.0)
    if name == "tupkary_variable_length":
        share = (epsilon / (2.0 * sqrt(10.0) + 1.0)) ** 2
    return {bound: min(limits * share, 1.0) for bound, limits in zip(BOUNDS, LIMITS[name], strict=True)}


def failures(name, drawn, sender, *, settings):
    """How many passes break each bound, and bound over truth of those bounds that the proof has (mean of passes)."""
    terms, truth = TERMS[name](drawn.blocks, settings=settings), truth_for(name, drawn, sender)
    broken, ratio = {}, {}
    for bound, limits in zip(BOUNDS, LIMITS[name], strict=True):
        found, true = getattr(terms, bound), truth[bound]
        over = true - found if bound in UPPER else found - true
        if limits:
            broken[bound] = int(np.count_nonzero(over > 1e-9 * np.maximum(true, 1.0)))
            ratio[bound] = float(np.mean(found) / np.mean(true))
    return broken, ratio, float(np.mean(np.maximum(terms.real, 0.0)))


def most_failures(passes, probability):
    """Failures that so many passes exceed with a probability below ``CHANCE``."""
    return int(binom.isf(CHANCE, passes, probability)) if probability < 1.0 else passes


def sender_for(name, biased=False):
    """A source that the proof can use; the biased one has a third intensity above 0."""
    if name in ("wiesemann2026_1decoy", "rusca2018_1decoy"):
        return ONE_DECOY
    return BIASED if biased and name != "ma2005_sigma" else YEAR_2017


def settings_for(name, epsilon, **options):
    """Settings at that epsilon_sec; the intensities are exact, so none has a spread."""
    return KeySettings(epsilon_sec=epsilon, intensity_spread=0.0, options=Options(**options))


def main(passes):
    """Print bound over truth and the failures, for every proof and two of the options."""
    heads = [f"{bound:>12}" for bound in BOUNDS]
    print(f"{passes} passes each; bounds at epsilon_sec 1e-9 over truth; bounds broken at 1e-9, 1e-2 and 0.5")
    print(f"{'proof':<26}{'loss, dB':>9}{'key, kbit':>11}", *heads, f"{'broken':>16}", sep="")
    rng = np.random.default_rng(2026)
    for attacked in (False, True):
        print("attacked: nothing above two photons arrives, two photons make no errors" if attacked else "fading air")
        for loss_db in LOSSES_DB:
            drawn = {
                sender: simulate(sender, loss_db=loss_db, passes=passes, rng=rng, attacked=attacked)
                for sender in (YEAR_2017, ONE_DECOY)
            }
            for label, name, options in ROWS:
                sender = sender_for(name)
                found = [
                    failures(name, drawn[sender], sender, settings=settings_for(name, epsilon, **options))
                    for epsilon in (1e-9, 1e-2, 0.5)
                ]
                _, ratio, bits = found[0]
                shown = [f"{ratio[bound]:>12.3f}" if bound in ratio else f"{'-':>12}" for bound in BOUNDS]
                broken = " ".join(str(sum(counted.values())) for counted, _, _ in found)
                print(f"{label:<26}{loss_db:>9.0f}{1e-3 * bits:>11.1f}", *shown, f"{broken:>16}", sep="")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
