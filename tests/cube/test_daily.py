"""Counts by day, of which several years are one series, and gatherings at a place."""

import datetime

import pytest
from support.tickets import at  # noqa: F401
