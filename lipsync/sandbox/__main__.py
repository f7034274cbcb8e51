"""`python -m lipsync.sandbox --port 0 --state-dir DIR`: the sandbox in the foreground, until it is interrupted."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from .endpoint import port_of, read_endpoint
from .local import claim


def main() -> int:
    """0 after an interrupt; 2, with a sentence on stderr, if the sandbox cannot be opened."""
    parser = argparse.ArgumentParser(prog="python -m lipsync.sandbox", description="A local stand-in for the services: free, offline.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--state-dir", type=Path, required=True, help="where it keeps what it was given and sold; made if absent")
    wanted = parser.parse_args()
    state_dir = wanted.state_dir.resolve()
    lock = claim(state_dir)
    if lock is None:
        endpoint = read_endpoint(state_dir)
        where = f" at {endpoint.addresses.sync_url}" if endpoint else ""
        sys.stderr.write(f"The sandbox of {state_dir} is already running{where}.\n")
        return 2
    try:
        asyncio.run(_serve(state_dir, wanted.port))
    except OSError as problem:
        sys.stderr.write(f"The sandbox could not start: {problem}\n")
        return 2
    except KeyboardInterrupt:
        pass
    finally:
        lock.release()
    return 0


async def _serve(state_dir: Path, port: int) -> None:
    from .server import serve

    serving = await serve(state_dir, port=port, former_port=port_of(read_endpoint(state_dir)))
    asked_to_end = asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # Windows: the interrupt comes as KeyboardInterrupt
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, asked_to_end.set)
    sys.stdout.write(json.dumps(asdict(serving.endpoint.addresses)) + "\n")
    sys.stdout.flush()
    try:
        await asked_to_end.wait()
    finally:
        await serving.stop()


if __name__ == "__main__":
    sys.exit(main())
