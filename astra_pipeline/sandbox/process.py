"""Starts child processes that end with their parent, and the sandbox server as such a child."""

from __future__ import annotations

import datetime as dt
import json
import os
import queue
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import IO, Any, Self

import httpx

from astra_pipeline.errors import AstraError

ELEVENLABS_API_KEY = "sandbox-elevenlabs-key"
JULEP_API_KEY = "sandbox-julep-key"
OPENAI_API_KEY = "sandbox-openai-key"
# BACKGROUND_WORKER_AGENT_ID of the embedded stack; the sandbox takes any UUID.
JULEP_AGENT_ID = "a57a0000-0000-4000-8000-000000000001"

# Some seconds; minutes on a machine that is busy with other things. A child that ended is not waited for.
_UNTIL_READY_SECONDS = 300.0
_CONVERSATIONS_A_REQUEST = 1000

# Asks the kernel to kill this process when its parent dies, then becomes the wanted program. Done by a
# program of its own because code run between fork and exec (preexec_fn) may deadlock in a threaded parent.
# The second look at the parent closes the gap in which it died before the kernel was asked. A parent in the
# background of a shell ignores SIGINT, Dagster lets it ignore SIGTERM then, and its children would inherit that.
_BIND_TO_PARENT = """
import os, signal, sys
parent, command = int(sys.argv[1]), sys.argv[2:]
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)
if sys.platform == "linux":
    import ctypes
    PR_SET_PDEATHSIG, SIGKILL = 1, 9
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent is gone already")
os.execv(command[0], command)
"""


class ProcessDidNotStart(AstraError):
    """A child process ended, or stayed silent, before it was ready; the message says why."""


class _Launcher:
    """Starts children from one thread that lives as long as this process.

    "Parent" in PR_SET_PDEATHSIG is the thread that forked: a child started from a worker thread would be
    killed when that worker ends.
    """

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[tuple[Future[subprocess.Popen[bytes]], list[str], dict[str, Any]]]
        self._orders = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._owner: int | None = None

    def start(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._owner != os.getpid():  # first use, or a fork that did not inherit the thread
                self._owner = os.getpid()
                self._orders = queue.SimpleQueue()
                threading.Thread(
                    target=self._serve, args=(self._orders,), name="child-launcher", daemon=True
                ).start()
        started: Future[subprocess.Popen[bytes]] = Future()
        self._orders.put((started, command, options))
        return started.result()

    @staticmethod
    def _serve(orders: queue.SimpleQueue[Any]) -> None:
        while True:
            started, command, options = orders.get()
            try:
                started.set_result(subprocess.Popen(command, **options))
            except OSError as error:
                started.set_exception(error)


_launcher = _Launcher()


def start_child(
    command: Sequence[str],
    *,
    stdout: IO[bytes] | int | None = None,
    stderr: IO[bytes] | int | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` (an absolute path and its arguments) so that it ends when this process ends.

    On Linux the kernel kills it even when this process dies of SIGKILL; elsewhere it must be stopped with
    `stop_child`. The child has a session of its own, so Ctrl-C in the terminal reaches only this process,
    which then stops its children in order.
    """
    return _launcher.start(
        [sys.executable, "-I", "-S", "-c", _BIND_TO_PARENT, str(os.getpid()), *command],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env=None if env is None else dict(env),
        start_new_session=True,
    )


def stop_child(child: subprocess.Popen[bytes], *, patience_seconds: float = 10.0) -> int:
    """End `child` by its pid: SIGTERM, after `patience_seconds` SIGKILL. Returns its exit code."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            child.kill()
    return child.wait()


class Control:
    """A client of the sandbox's own routes (`/_sandbox`). Every method raises httpx.HTTPStatusError on refusal."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=60.0, trust_env=False)

    def configure(self, **settings: Any) -> dict[str, Any]:
        """Change the named settings (`llm_seconds`, `faults`, `requests_per_second`, `reject_keys`).

        The others stay as they are. Returns all settings.
        """
        return self._answer(self._client.put("/_sandbox/settings", json=settings))

    def add_conversations(self, conversations: Iterable[Mapping[str, Any]]) -> int:
        """Add or replace conversations, given in the shape of ElevenLabs' GET; returns their number.

        A key `processing_requests: n` makes the first n requests for it answer `processing`.
        """
        waiting = list(conversations)
        for start in range(0, len(waiting), _CONVERSATIONS_A_REQUEST):
            batch = waiting[start : start + _CONVERSATIONS_A_REQUEST]
            self._answer(self._client.post("/_sandbox/conversations", json=batch))
        return len(waiting)

    def set_webhook(self, url: str, secret: str, **settings: Any) -> None:
        """Make ElevenLabs tell `url` of calls (`retry_enabled`, `pause_factor`)."""
        self._answer(self._client.put("/_sandbox/webhook", json={"url": url, "secret": secret} | settings))

    def delete_webhook(self) -> None:
        """Make ElevenLabs tell nobody of calls."""
        self._answer(self._client.delete("/_sandbox/webhook"))

    def deliver(self, conversation_id: str, **order: Any) -> list[int]:
        """Let the webhook tell of a call (`type`, `repeats`, `audio_bytes`, `exclude_transcript`).

        Returns the statuses of the attempts, 0 where nobody answered.
        """
        answer = self._client.post("/_sandbox/deliveries", json={"conversation_id": conversation_id} | order)
        return self._answer(answer)["statuses"]

    def stats(self) -> dict[str, Any]:
        """`requests` {service: {"METHOD route": {status: n}}}, `executions` {metadata.item: [{id, task,
        created_at, corrupted}]}, `faults` {service: {kind: n}}, `conversations` n, `users` n, `tasks` n."""
        return self._answer(self._client.get("/_sandbox/stats"))

    def prompts(self) -> list[list[dict[str, str]]]:
        """The messages of the last 500 requests to the model, [{role, content}] each, oldest first."""
        return self._answer(self._client.get("/_sandbox/prompts"))["prompts"]

    def close(self) -> None:
        self._client.close()

    @staticmethod
    def _answer(response: httpx.Response) -> dict[str, Any]:
        if response.is_error:
            raise httpx.HTTPStatusError(
                f"{response.request.url.path}: {response.status_code} {response.text}",
                request=response.request,
                response=response,
            )
        return response.json()


class SandboxProcess:
    """The sandbox server as a child process, ready when the `with` block begins.

    people: serve the demo people's conversations, dated relative to `now` (aware; default the present)
    improvise: answer for unknown conversation ids with words of the demo people
    answer_once: think of a transcript once, and give its answer again whoever and whenever it is of
    llm_seconds: the time a Julep execution, or a model's answer, takes
    """

    def __init__(
        self,
        *,
        people: bool = True,
        improvise: bool = False,
        answer_once: bool = False,
        elevenlabs_api_key: str = ELEVENLABS_API_KEY,
        julep_api_key: str = JULEP_API_KEY,
        openai_api_key: str = OPENAI_API_KEY,
        llm_seconds: float = 0.2,
        now: dt.datetime | None = None,
        port: int = 0,
    ) -> None:
        if now is not None and now.tzinfo is None:
            raise ValueError("now must be aware, e.g. datetime.now(UTC)")
        self.elevenlabs_api_key = elevenlabs_api_key
        self.julep_api_key = julep_api_key
        self.julep_agent_id = JULEP_AGENT_ID
        self.openai_api_key = openai_api_key
        self._arguments = [
            *("--port", str(port), "--llm-seconds", str(llm_seconds)),
            *("--elevenlabs-api-key", elevenlabs_api_key, "--julep-api-key", julep_api_key),
            *("--openai-api-key", openai_api_key),
            *([] if people else ["--no-people"]),
            *(["--improvise"] if improvise else []),
            *(["--answer-once"] if answer_once else []),
            *([] if now is None else ["--now", now.isoformat()]),
        ]
        self._child: subprocess.Popen[bytes] | None = None
        self._url: str | None = None
        self._control: Control | None = None

    @property
    def url(self) -> str:
        """The address of the sandbox: http://127.0.0.1:PORT"""
        if self._url is None:
            raise RuntimeError("the sandbox is not running: use it in a `with` block")
        return self._url

    @property
    def elevenlabs_url(self) -> str:
        """The value for ELEVENLABS_BASE_URL."""
        return self.url

    @property
    def julep_url(self) -> str:
        """The value for JULEP_BASE_URL."""
        return f"{self.url}/julep"

    @property
    def openai_url(self) -> str:
        """The value for OPENAI_BASE_URL."""
        return f"{self.url}/v1"

    @property
    def control(self) -> Control:
        if self._control is None:
            raise RuntimeError("the sandbox is not running: use it in a `with` block")
        return self._control

    @property
    def pid(self) -> int:
        if self._child is None:
            raise RuntimeError("the sandbox is not running: use it in a `with` block")
        return self._child.pid

    def start(self) -> Self:
        """Start the server and wait until it listens. Raises ProcessDidNotStart; see stderr for why."""
        self._child = start_child(
            [sys.executable, "-m", "astra_pipeline.sandbox", *self._arguments], stdout=subprocess.PIPE
        )
        try:
            url: str = _first_line(self._child)["url"]
        except BaseException:
            self.stop()
            raise
        self._url, self._control = url, Control(url)
        return self

    def stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._child is not None:
            stop_child(self._child, patience_seconds=5.0)
            if self._child.stdout is not None:
                self._child.stdout.close()
        self._child = self._url = self._control = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _first_line(child: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The line of JSON that the child prints once it listens."""
    assert child.stdout is not None
    said, deadline = b"", time.monotonic() + _UNTIL_READY_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while not said.endswith(b"\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise ProcessDidNotStart(f"the sandbox said nothing for {_UNTIL_READY_SECONDS:.0f} s")
            piece = os.read(child.stdout.fileno(), 4096)
            if not piece:
                raise ProcessDidNotStart(f"the sandbox ended with exit code {child.wait()} before it was ready")
            said += piece
    return json.loads(said)
