"""Aboveboard: a campaign brief in, an audited editorial-plan bundle out."""

__version__ = "0.1.0"
