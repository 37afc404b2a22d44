"""The sandbox: a world, both servers over it, and a config that connects to them."""

from __future__ import annotations

import signal
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sfvtui.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

    from starlette.types import ASGIApp

    from sfvtui.sandbox.faults import Faults
    from sfvtui.sandbox.salesforce.org import Org
    from sfvtui.sandbox.vitally import Workspace
    from sfvtui.sandbox.world import World

HOST = "127.0.0.1"
MAX_PORT = 65_535


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: where it is, what is in it, and the faults that can be switched on."""

    salesforce_url: str
    vitally_url: str
    config_path: Path
    world: World
    salesforce_faults: Faults
    vitally_faults: Faults

    @property
    def org(self) -> Org:
        """The Salesforce side's state."""
        return self.world.org

    @property
    def workspace(self) -> Workspace:
        """The Vitally side's state."""
        return self.world.workspace

    def as_json(self) -> dict[str, Any]:
        """The line that `sfvtui sandbox` begins with."""
        return {
            "salesforce": self.salesforce_url,
            "vitally": self.vitally_url,
            "config": str(self.config_path),
            "records": len(self.org.rows["Contact"]),
            "users": len(self.workspace.users),
            "accounts": len(self.workspace.accounts),
            "seed": self.world.seed,
        }


@contextmanager
def running_sandbox(
    *,
    records: int = 300,
    seed: int = 1,
    salesforce_port: int = 0,
    vitally_port: int = 0,
    directory: Path | None = None,
    world: World | None = None,
) -> Iterator[Sandbox]:
    """Both servers on loopback while the block runs, over the demo world or the one given.

    Port 0 takes a free one. The config and its secrets are written into `directory` (a temporary
    one that goes with the sandbox where none is given). Raises UsageError where a port is taken
    or the servers' libraries are not installed.
    """
    _require_libraries()
    from sfvtui.sandbox import salesforce, vitally
    from sfvtui.sandbox.demo_config import write_config
    from sfvtui.sandbox.faults import FaultMiddleware, Faults
    from sfvtui.sandbox.world import demo

    with ExitStack() as stack:
        place = world or demo(records, seed)
        org, workspace = place.org, place.workspace
        org_faults, workspace_faults = Faults(), Faults()
        org_app = FaultMiddleware(
            salesforce.salesforce_app(org), org_faults, _acts(place, salesforce.control(org))
        )
        workspace_app = FaultMiddleware(
            vitally.vitally_app(workspace),
            workspace_faults,
            _acts(place, vitally.control(workspace)),
        )
        salesforce_url = stack.enter_context(_served(org_app, salesforce_port, "--salesforce-port"))
        vitally_url = stack.enter_context(_served(workspace_app, vitally_port, "--vitally-port"))
        folder = directory or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        config = write_config(
            folder.absolute(),
            salesforce_url,
            vitally_url,
            client_id=org.credentials.client_id,
            client_secret=org.credentials.client_secret,
            vitally_key=min(workspace.keys),
            mapping=place.mapping_toml,
        )
        yield Sandbox(salesforce_url, vitally_url, config, place, org_faults, workspace_faults)


def serve_until_stopped(announce: Callable[[dict[str, Any]], None], **options: Any) -> None:
    """Run a sandbox (`options` of running_sandbox) until SIGINT or SIGTERM.

    `announce` is called once with the sandbox's first line as soon as both servers answer. To be
    called in the main thread.
    """
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    former = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with running_sandbox(**options) as sandbox:
            announce(sandbox.as_json())
            stopped.wait()
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextmanager
def _served(app: ASGIApp, port: int, option: str) -> Iterator[str]:
    from sfvtui.sandbox.serving import Server

    mend = f"Choose another port with {option}, or 0 for a free one."
    if not 0 <= port <= MAX_PORT:
        raise UsageError(f"{port} is no port: 0 to {MAX_PORT}.", mend)
    try:
        server = Server(app, host=HOST, port=port)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        text = f"The sandbox cannot listen on {HOST}:{port}: {reason}."
        raise UsageError(text, mend) from error
    url = server.start()
    try:
        yield url
    finally:
        server.stop()


def _acts(
    world: World, control: Callable[[Mapping[str, Any]], Any]
) -> Callable[[Mapping[str, Any]], Any]:
    """What one side's `/__sandbox__/state` can do, and what the world can.

    The world's: `second_day` and `stories` (answer: who is there for what), `resync`.
    """

    def act(asked: Mapping[str, Any]) -> Any:
        match asked.get("do"):
            case "second_day":
                world.second_day()
            case "resync":
                return world.resync(*asked.get("fields", ()), creates=asked.get("creates", False))
            case "stories":
                pass
            case _:
                return control(asked)
        return {
            story: [{"record": person.record, "user": person.user} for person in people]
            for story, people in world.stories.items()
        }

    return act


def _require_libraries() -> None:
    try:
        import starlette  # noqa: F401 - only whether it is there
        import uvicorn  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError(
            f"The sandbox needs {error.name}, which is not installed.",
            "Install it with: pip install 'sfvtui[sandbox]'",
        ) from error
