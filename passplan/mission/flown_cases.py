"""The flown links that the channel is held against, number by number with its source: data, no computation."""

from passplan.mission.flown_links import FlownInput, FlownLink
from passplan.mission.spread import Limits, Spread

_SHARE = Limits(low=1e-3, high=1.0)
_REN = "Ren et al., Nature 549, 70 (2017), not read again"
_CHAIN = (
    "no source; 16 % is what the same group prints for telescope, optics and fibre of its ground receiver "
    "(Liao 2017), 2 dB either way for a chain that was built otherwise"
)
_SURFACES = Spread(factor=1.25, reason="half a dozen to a dozen surfaces of 95 to 98 %")
_HEIGHT = FlownInput(value=500.0, status="read", source="Ren 2017 and Yin 2017: from about 500 km at culmination")

MICIUS_UPLINK = FlownLink(
    name="Ngari to Micius, 2016-17",
    source="Han et al., arXiv:1912.06317, abstract: 41-52 dB over 500-1400 km",
    direction="up",
    ranges_km=(500.0, 1400.0),
    printed_db=(41.0, 52.0),
    readings={
        "in front of the detectors": (),
        "sending optics and detectors counted": ("launch_efficiency", "detector_efficiency"),
    },
    inputs={
        "orbit_height_km": _HEIGHT,
        "site_height_m": FlownInput(
            value=5047.0, status="read", source="Ye et al., arXiv:1512.01099, abstract (Ali observatory)"
        ),
        "wavelength_nm": FlownInput(value=780.0, status="recalled", source=_REN),
        "full_divergence_urad": FlownInput(
            value=14.0,
            spread=Spread(sigma=1.0, reason="recalled beside the value: 14 +- 1 urad"),
            limits=Limits(low=11.6, high=30.0),
            status="recalled",
            source=f"{_REN}: 14 urad; FULL angle",
        ),
        "waist_m": FlownInput(
            value=0.043,
            status="assumed",
            source="two thirds of the radius of the recalled 130 mm telescope, where a Gaussian beam is not yet cut",
        ),
        "main_lobe_efficiency": FlownInput(
            value=0.8,
            spread=Spread(factor=1.2, reason="wavefront error of 1/10 to 1/20 of the wavelength rms"),
            limits=_SHARE,
            status="assumed",
            source="off-axis telescope without obscuration; Strehl ratio of 1/13 of the wavelength rms",
        ),
        "seeing_urad": FlownInput(
            value=4.17,
            spread=Spread(
                factor=1.3, reason="98 % under 1.2 arcsec in the same abstract, and the telescope's own dome"
            ),
            limits=Limits(low=2.3, high=30.0),
            status="read",
            source="Qian et al., MNRAS 2022 (stab3811), abstract: median 0.86 arcsec above 6 m at Ali; 500 nm",
        ),
        "high_wind_m_s": FlownInput(value=21.0, status="assumed", source="Hufnagel-Valley 5/7"),
        "jitter_urad": FlownInput(
            value=2.0,
            spread=Spread(
                factor=1.5, reason="ground tracking recalled as 1 to 2 urad, sending mount heavier than that"
            ),
            limits=Limits(low=0.0),
            status="assumed",
            source="residual of the ground telescope per axis; not printed in an abstract",
        ),
        "bias_urad": FlownInput(
            value=0.5,
            spread=Spread(low=0.0, high=1.5, reason="boresight between beacon camera and beam through a pass"),
            limits=Limits(low=0.0),
            status="assumed",
            source="calibration of the point-ahead angle is better than 0.2 urad (arXiv:1912.06317); boresight besides",
        ),
        "tilt_gain": FlownInput(
            value=0.5,
            spread=Spread(low=0.0, high=1.0, reason="bandwidth of the fine loop against the air is not known"),
            limits=Limits(low=0.0, high=1.0),
            status="assumed",
            source="the fine loop follows the satellite's beacon, and with it part of the air's tilt",
        ),
        "visibility_km": FlownInput(
            value=50.0,
            spread=Spread(factor=1.6, reason="clear to very clear; at this height 0.1 dB either way"),
            limits=Limits(low=5.0, high=300.0),
            status="assumed",
            source="dry plateau; sea-level equivalent",
        ),
        "aperture_m": FlownInput(value=0.3, status="read", source="Liao 2017 (telescope of the satellite); " + _REN),
        "optics_efficiency": FlownInput(
            value=0.16, spread=Spread(factor=1.6, reason=_CHAIN), limits=_SHARE, status="assumed", source=_CHAIN
        ),
        "launch_efficiency": FlownInput(
            value=0.7,
            spread=_SURFACES,
            limits=_SHARE,
            status="assumed",
            source="from the source's fibre to the telescope's output",
        ),
        "detector_efficiency": FlownInput(
            value=0.5,
            spread=Spread(factor=1.2, reason="silicon diodes, 0.4 to 0.6 at 780 nm, aged by radiation"),
            limits=_SHARE,
            status="assumed",
            source="as the ground receiver's (Liao 2017)",
        ),
    },
)

DELINGHA_DOWNLINK = FlownLink(
    name="Micius to Delingha, 2017",
    source="Yin et al., Phys. Rev. Lett. 119, 200501 (2017), abstract: 29 dB at 530 km, 36 dB at 1000 km",
    direction="down",
    ranges_km=(530.0, 1000.0),
    printed_db=(29.0, 36.0),
    readings={
        "in front of the detectors": (),
        "detectors counted": ("detector_efficiency",),
        "sending optics and detectors counted": ("launch_efficiency", "detector_efficiency"),
    },
    inputs={
        "orbit_height_km": _HEIGHT,
        "site_height_m": FlownInput(value=3153.0, status="read", source="Yin et al., Nature 582, 501 (2020)"),
        "wavelength_nm": FlownInput(value=810.0, status="recalled", source="entangled pairs at 810 nm"),
        "launch_aperture_m": FlownInput(
            value=0.3, status="assumed", source="the larger of the satellite's two telescopes"
        ),
        "full_divergence_urad": FlownInput(
            value=10.0,
            spread=Spread(sigma=1.0, reason="printed as about 10; 9 and 11 urad were measured at 848.6 nm"),
            limits=Limits(low=5.0, high=30.0),
            status="read",
            source="Yin 2020: about 10 urad of both transmitters; FULL angle",
        ),
        "main_lobe_efficiency": FlownInput(
            value=0.62,
            spread=Spread(factor=1.6, reason="from 0.38, a quarter of the diameter obscured, to 1, nothing obscured"),
            limits=_SHARE,
            status="assumed",
            source="10 urad from 300 mm: gain on the axis 110.85 dB with and 115.04 dB without obscuration",
        ),
        "jitter_urad": FlownInput(
            value=0.75,
            spread=Spread(factor=1.6, reason="0.47 to 1.2 urad in two sources"),
            limits=Limits(low=0.0),
            status="read",
            source="between 1.2 urad (Liao 2017) and 0.47 urad (Appl. Opt. 2021), per axis",
        ),
        "bias_urad": FlownInput(
            value=0.5,
            spread=Spread(low=0.0, high=1.0, reason="0.5 to 1.0 urad pointing accuracy, Opt. Express 28, 8291 (2020)"),
            limits=Limits(low=0.0),
            status="read",
            source="Opt. Express 28, 8291 (2020), abstract",
        ),
        "aperture_m": FlownInput(value=1.2, status="read", source="Yin 2020: Delingha, 1.2 m"),
        "field_of_view_urad": FlownInput(
            value=36.0, status="assumed", source="as at Xinglong; what it cuts is part of the printed 16 %"
        ),
        "filter_nm": FlownInput(value=3.0, status="assumed", source="not in the loss of its own middle"),
        "ground_cn2": FlownInput(value=1.7e-14, status="assumed", source="Hufnagel-Valley 5/7"),
        "ground_jitter_urad": FlownInput(value=2.0, status="assumed", source="as at Xinglong, recalled 1 to 2 urad"),
        "visibility_km": FlownInput(
            value=23.0,
            spread=Spread(factor=2.0, reason="hazy to very clear nights; sea-level equivalent"),
            limits=Limits(low=2.0, high=300.0),
            status="assumed",
            source="clear standard",
        ),
        "optics_efficiency": FlownInput(
            value=0.113,
            spread=Spread(factor=1.6, reason="2 dB, as for any chain of optics that was not measured itself"),
            limits=_SHARE,
            status="assumed",
            source="between the 16 % printed for Xinglong (Liao 2017) and half of that, in dB: Yin 2020 prints a "
            "gain of 3 dB a link in collection over the earlier experiment",
        ),
        "detector_efficiency": FlownInput(
            value=0.5,
            spread=Spread(factor=1.15, reason="silicon diodes at 810 nm"),
            limits=_SHARE,
            status="assumed",
            source="as at Xinglong",
        ),
        "launch_efficiency": FlownInput(
            value=0.7,
            spread=_SURFACES,
            limits=_SHARE,
            status="assumed",
            source="from the fibre of the pair source to the telescope's output",
        ),
    },
)
