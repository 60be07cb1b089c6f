"""Reports as one HTML file each: they work offline, and show every name as text.

``run`` and ``trend`` make pages; ``page`` is what all of them have in common, ``markup`` escapes
what goes into them, and ``bundle`` holds the Vega library. ``assets`` are what a browser reads.
"""

from sizewise.reports.html.run import run_page
from sizewise.reports.html.trend import trend_page

__all__ = ["run_page", "trend_page"]
