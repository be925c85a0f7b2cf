"""A PostgreSQL cluster of the tests' own: its folder and port, loopback, not as root."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine

BIN = Path("/usr/lib/postgresql/15/bin")


def why_missing() -> str:
    """Why no cluster can be started here; empty where one can."""
    if not (BIN / "initdb").exists():
        return "PostgreSQL 15 is not installed (make system)"
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        return "initdb refuses root, and setpriv is not there to be somebody else"
    return ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def cluster() -> Iterator[str]:
    """Start one, give its address without a database's name, stop it and take it away."""
    # a short path: a socket's name has 107 characters at most
    folder = Path(tempfile.mkdtemp(prefix="hevesy-pg-", dir="/tmp"))
    other: list[str] = []
    if os.geteuid() == 0:
        other = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        shutil.chown(folder, "nobody", "nogroup")
    data = folder / "data"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    subprocess.run(
        [*other, str(BIN / "initdb"), "-D", str(data), "-U", "hevesy", "--auth=trust",
         "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
        **quiet,
    )  # fmt: skip
    control = [*other, str(BIN / "pg_ctl"), "-D", str(data), "-w", "-s"]
    try:
        for attempt in range(3):  # somebody may take the port between its choice and its use
            port = _free_port()
            settings = (
                f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} "
                "-c fsync=off -c full_page_writes=off -c max_connections=40 -c shared_buffers=32MB"
            )
            start = [*control, "-l", str(folder / "log"), "-o", settings, "start"]
            done = subprocess.run(start, stdout=subprocess.DEVNULL, cwd=folder, check=attempt == 2)
            if done.returncode == 0:
                break
        yield f"postgresql+psycopg://hevesy@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)


def run_on(address: str, statement: str) -> None:
    """Run one statement outside of any transaction."""
    engine = create_engine(f"{address}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
