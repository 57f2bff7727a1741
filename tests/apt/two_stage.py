"""Plain time-domain run of both stages of one axis: a second witness for what the frequency domain predicts."""

import numpy as np

from passplan.apt.hysteresis import play_step
from passplan.apt.law import law_step
from passplan.apt.steering import second_order_response, second_order_step

STEP_S = 1e-4


class Stage:
    """Camera of full exposure, law, delay and actuator of one loop."""

    def __init__(self, loop, noise_urad, rng, plays=None):
        self.loop, self.noise_urad, self.rng, self.plays = loop, noise_urad, rng, plays
        self.every = round(loop.frame_s / STEP_S)
        assert loop.exposure_share == 1.0
        assert abs(self.every * STEP_S - loop.frame_s) < 1e-12
        self.servo = second_order_response(natural_hz=loop.actuator_hz, damping=loop.actuator_damping, step_s=STEP_S)
        self.state = np.zeros(loop.law.b.size)
        self.commands = []
        self.angle = self.rate = self.sum = self.target = 0.0
        self.slack = None if plays is None else np.zeros(plays.weight.size)

    def frame(self, k):
        """End an exposure at step k when it is due, and set the target that is due."""
        if k == 0 or k % self.every:
            return
        reading = self.sum / self.every + self.noise_urad * self.rng.standard_normal()
        self.sum = 0.0
        self.state, command = law_step(self.loop.law, self.state, reading)
        self.commands.append(command)
        if len(self.commands) > self.loop.delay_frames:
            self.target = self.commands[-1 - self.loop.delay_frames]
            if self.plays is not None:
                self.slack, self.target = play_step(self.plays, self.slack, self.target)

    def move(self):
        """One step of the actuator."""
        self.angle, self.rate = second_order_step(self.angle, self.rate, self.target, self.servo)


def run(offset_urad, *, fine, coarse, rng, fine_noise_urad=0.0, coarse_noise_urad=0.0, plays=None):
    """What the fine and the coarse stage leave of an offset, at each step [urad], shape (2, n - 1)."""
    stages = Stage(coarse, coarse_noise_urad, rng), Stage(fine, fine_noise_urad, rng, plays)
    left = np.empty((2, offset_urad.size - 1))
    for k in range(offset_urad.size - 1):
        for stage in stages:
            stage.frame(k)
        before = offset_urad[k] - stages[0].angle
        left[:, k] = before - stages[1].angle, before
        for stage in stages:
            stage.move()
        after = offset_urad[k + 1] - stages[0].angle
        stages[0].sum += 0.5 * (before + after)
        stages[1].sum += 0.5 * (left[0, k] + after - stages[1].angle)
    return left
