"""Reports as one HTML file each: they work offline, and show every name as text.

``run``, ``trend``, ``tuning`` and ``weights`` make pages; ``page`` is what all of them have in
common, ``sortable`` makes their tables, ``markup`` escapes what goes into them, and ``bundle``
holds the Vega library. ``assets`` are what a browser reads.
"""

from sizewise.reports.html.run import run_page
from sizewise.reports.html.trend import trend_page
from sizewise.reports.html.tuning import Shown, tuning_page
from sizewise.reports.html.weights import weights_page

__all__ = ["Shown", "run_page", "trend_page", "tuning_page", "weights_page"]
