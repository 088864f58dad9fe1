"""Programs of Debian's packages, installed where this may be done."""

from __future__ import annotations

import os
import shutil
import subprocess

# The program -> the package it comes in.
_PACKAGES = {"redis-server": "redis-server", "initdb": "postgresql"}


def missing(program: str) -> str | None:
    """The reason for which a program cannot be had, in words; None when it is there, or was installed now."""
    if shutil.which(program):
        return None
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return f"there is no {program}, and only root can install Debian's {_PACKAGES[program]}"
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", _PACKAGES[program]]):
        done = subprocess.run(["apt-get", *command], capture_output=True, check=False)
        if done.returncode:
            return f"apt-get {command[0]} ended with {done.returncode}"
    return None if shutil.which(program) else f"Debian's {_PACKAGES[program]} has no {program}"
