"""Fails when too few branches were taken: ``branch_coverage.py COVERAGE_JSON PERCENT``."""

import json
import sys
from pathlib import Path

totals = json.loads(Path(sys.argv[1]).read_text())["totals"]
percent = 100 * totals["covered_branches"] / totals["num_branches"]
print(f"{percent:.1f} % of {totals['num_branches']} branches covered; the bar is {sys.argv[2]} %")
sys.exit(percent < float(sys.argv[2]))
