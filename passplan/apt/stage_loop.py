"""The two loops of a terminal as sampled loops: camera, law, and the servo of the actuator."""

from typing import Literal

from passplan.apt.design import SampledLoop
from passplan.apt.laws import Law, filter_of
from passplan.apt.sensor import Camera
from passplan.apt.terminal import Terminal

StageName = Literal["coarse", "fine"]


def stage_loop(terminal: Terminal, stage: StageName) -> SampledLoop:
    """Loop of a stage: camera, law and the servo of its actuator."""
    if stage == "coarse":
        gimbal = terminal.coarse.gimbal
        return camera_loop(
            terminal.coarse.camera, terminal.coarse.law, actuator_hz=gimbal.servo_hz, actuator_damping=gimbal.damping
        )
    mirror = terminal.fine.mirror
    return camera_loop(
        terminal.fine.camera, terminal.fine.law, actuator_hz=mirror.resonance_hz, actuator_damping=mirror.damping
    )


def camera_loop(camera: Camera, law: Law, *, actuator_hz: float, actuator_damping: float) -> SampledLoop:
    """Loop of a camera, a law and an actuator of second order, natural frequency [Hz]; the law is told of the rest."""
    return SampledLoop(
        law=filter_of(
            law,
            rate_hz=camera.frame_rate_hz,
            delay_frames=camera.delay_frames + camera.extra_delay_s * camera.frame_rate_hz,
            exposure_share=camera.exposure_share,
            actuator_hz=actuator_hz,
            actuator_damping=actuator_damping,
        ),
        exposure_share=camera.exposure_share,
        delay_frames=camera.delay_frames,
        extra_delay_s=camera.extra_delay_s,
        actuator_hz=actuator_hz,
        actuator_damping=actuator_damping,
    )
