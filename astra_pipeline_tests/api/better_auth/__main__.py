"""Installs the packages of better-auth, or says why they cannot be had."""

from __future__ import annotations

import sys

from astra_pipeline_tests.api.better_auth import NotInstalled, installed, node

try:
    installed()
    node()
except NotInstalled as reason:
    sys.exit(f"better-auth is not installed: {reason}")
