"""Optimal brain surgeon: weights rounded, removed or clustered on calibration samples.

What the change of a weight does to the outputs of its layer is made good by the weights that can
still change, with the second moments of the layer's inputs. Importing this room imports neither
TensorFlow nor SciPy.
"""

from sizewise.compress.obs.clustering import cluster_graph
from sizewise.compress.obs.free import Statistics, batch_norm_statistics
from sizewise.compress.obs.mixed import Alone, round_alone, round_weights
from sizewise.compress.obs.pruning import prune_graph
from sizewise.compress.obs.rounding import Rounded, round_kernels

__all__ = [
    "Alone",
    "Rounded",
    "Statistics",
    "batch_norm_statistics",
    "cluster_graph",
    "prune_graph",
    "round_alone",
    "round_kernels",
    "round_weights",
]
