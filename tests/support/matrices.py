"""Kernels as the solvers of calibrated compression get them, without any graph."""

from __future__ import annotations

import numpy as np

from sizewise.compress.obs.calibration import Problem
from sizewise.compress.obs.contractions import Product


def problem_of(seed=0, inputs=6, outputs=4, samples=300, *, has_bias=False, correlation=0.7):
    """A dense layer's kernel [inputs, outputs], and its inputs' moments; and those inputs."""
    rng = np.random.default_rng(seed)
    common = rng.normal(1, 1, size=(samples, 1))
    x = correlation * common + (1 - correlation) * rng.normal(size=(samples, inputs))
    numbers = np.arange(inputs * outputs).reshape(1, inputs, outputs)
    rows = np.concatenate([x, np.ones((samples, 1))], axis=1) if has_bias else x
    problem = Problem(
        "kernel",
        "bias" if has_bias else None,
        rng.normal(size=(1, rows.shape[1], outputs)),
        (rows.T @ rows)[None],
        numbers,
        (inputs, outputs),
        Product((inputs, outputs), on_the_left=False, kernel_turned=False, others_turned=False),
    )
    return problem, rows


def output_error(problem, rows, chosen):
    """The squared change of all outputs on ``rows``."""
    return ((rows @ (problem.weights[0] - chosen[0])) ** 2).sum()
