"""The pure matrix: a suite becomes jobs, in the order of the suite. Nothing here touches a disk."""

from sizewise.plan.legality import legality, mismatch
from sizewise.plan.matrix import Plan, make_plan

__all__ = ["Plan", "legality", "make_plan", "mismatch"]
