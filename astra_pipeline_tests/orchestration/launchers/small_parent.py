"""`python -m ... small_parent [threads] SOCKET`: a parent whose children do what an order says, without Dagster."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from astra_pipeline.orchestration.launchers.parent import NotAlone, Order, Parent, allow_interrupts


def prepare(order: Order) -> Callable[[], int]:
    def act() -> int:
        allow_interrupts()
        if file := order.get("file"):
            Path(file).write_text("done")
        if order.get("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(order.get("seconds", 0))
        if file := order.get("end"):
            Path(file).write_text("not interrupted")
        return order.get("code", 0)

    return act


def main() -> None:
    if "threads" in sys.argv:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    try:
        Parent(socket.socket(fileno=int(sys.argv[-1])), do=prepare).serve()
    except NotAlone as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
