"""Calibration without samples: the statistics that batch norms keep stand in for them.

While a model was trained, each of its batch norms saw what it normalises: its outputs have a mean
and a deviation that are known for every channel (Nagel et al., 2019).
"""

from sizewise.compress.obs.free.norms import Statistics, batch_norm_statistics

__all__ = ["Statistics", "batch_norm_statistics"]
