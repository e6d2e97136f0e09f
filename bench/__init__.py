"""Measurements: `python -m bench` prints the table of bars."""
