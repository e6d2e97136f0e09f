"""Aboveboard: a campaign brief in, an audited editorial-plan bundle out.

Importing the package turns every library's telemetry off (`quiet.py`).
"""

from aboveboard.quiet import silence

__version__ = "0.1.0"

silence()
