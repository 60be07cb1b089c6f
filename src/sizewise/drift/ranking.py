"""The area under the ROC curve, and how much each sample has to do with it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sizewise.domain import Array
from sizewise.errors import DataError


def auc(scores: Array, labels: Array) -> float:
    """The area under the ROC curve, in [0, 1]: how often a sample of a class has a higher score
    for it than one that is not of it, equal scores counting half.

    ``scores`` [samples, columns] has one column for the score of class 1 of two, or one for
    each of several classes: the area is the mean of those of each class against the rest then
    (classes with no sample, or with all of them, are left out). ``labels`` is [samples]. Raises
    DataError where there is one class only.
    """
    return float(np.mean([area for area, _ in _each_class(scores, labels)]))


def auc_influence(scores: Array, labels: Array) -> Array:
    """The influence of each sample on ``auc``: [samples], of mean 0.

    The variance of an area, or of a difference of two areas on the same samples, is that of the
    mean of these numbers or their differences: Σ influence² / samples². For two classes that is
    the estimate of E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, "Comparing the areas
    under two or more correlated receiver operating characteristic curves", Biometrics 44 (1988)
    837-845, computed by ranks as X. Sun and W. Xu do, IEEE Signal Processing Letters 21 (2014)
    1389-1393. The influence on a mean of areas is the mean of the influences.
    """
    influence: Array = np.mean([each for _, each in _each_class(scores, labels)], axis=0)
    return influence


def _each_class(scores: Array, labels: Array) -> Iterator[tuple[float, Array]]:
    """Area and influences of each class that has samples, and that not all samples have."""
    single = scores.shape[1] == 1
    present = np.unique(labels)
    if len(present) < 2:
        raise DataError(
            f"all labels are {present[0]}, and auc compares the samples of two classes",
            advice="add samples of another class",
        )
    for number in [1] if single else present:
        yield _area(scores[:, 0 if single else number], labels == number)


def _area(scores: Array, positive: Array) -> tuple[float, Array]:
    from scipy.stats import rankdata

    count, above = len(scores), int(positive.sum())
    below = count - above
    ranks = rankdata(scores)
    influence = np.empty(count)
    # The share of the other side that each sample is on the right side of.
    over = (ranks[positive] - rankdata(scores[positive])) / below
    under = 1 - (ranks[~positive] - rankdata(scores[~positive])) / above
    area = float(over.mean())
    influence[positive] = (over - area) * count / np.sqrt(above * max(above - 1, 1))
    influence[~positive] = (under - area) * count / np.sqrt(below * max(below - 1, 1))
    return area, influence
