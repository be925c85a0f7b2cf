"""A stand-in for a REDCap server, written from its API's documentation ("Export Records").

A POST of a form with `token`, `content`, `format` and `type`; the records as CSV, one row for each
record, event and instance. An error has a status of 4xx and, in CSV, a text that begins "ERROR:",
in JSON {"error": ...}. The first field of "Export Metadata" is the one that names the records.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
DENIED = "You do not have permissions to use the API"


class Stand(HTTPServer):
    """What it was asked, and what it gives."""

    asked: list[dict[str, str]]
    records: str
    status: int
    elsewhere: str


class Handler(BaseHTTPRequestHandler):
    server: Stand

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = {
            key: values[0] for key, values in parse_qs(self.rfile.read(length).decode()).items()
        }
        self.server.asked.append(form)
        if self.server.elsewhere:
            self.send_response(307)
            self.send_header("Location", self.server.elsewhere)
            self.end_headers()
            return
        if form.get("token") != TOKEN:
            self._say(
                403,
                json.dumps({"error": DENIED}) if form["format"] == "json" else f"ERROR: {DENIED}",
            )
        elif (form.get("content"), form.get("format")) == ("metadata", "json"):
            first = self.server.records.partition(",")[0]
            self._say(200, json.dumps([{"field_name": first, "form_name": "a"}]))
        elif (form.get("content"), form.get("format")) != ("record", "csv"):
            self._say(400, 'ERROR: The value of the parameter "content" is not valid')
        elif form.get("rawOrLabel", "raw") != "raw" or form.get("type", "flat") != "flat":
            self._say(400, "ERROR: raw and flat are what is tested")
        else:
            self._say(self.server.status, self.server.records)

    def _say(self, status: int, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/csv; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Nothing."""


@contextmanager
def redcap_server(records: str) -> Iterator[tuple[str, Stand]]:
    """Its address and itself."""
    with Stand(("127.0.0.1", 0), Handler) as server:
        server.asked, server.records, server.status, server.elsewhere = [], records, 200, ""
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api/", server
        finally:
            server.shutdown()
            thread.join()
