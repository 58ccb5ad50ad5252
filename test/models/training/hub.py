"""A Hugging Face hub on this machine: what huggingface_hub asks of the real one."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = "a" * 40
LARGE = 5_000  # bytes, from which a file is stored by its SHA-256


class Hub:
    """The files of a folder as one repository. Tests change what it answers."""

    def __init__(self, folder: Path, name: str = "owner/name"):
        self.folder, self.name = folder, name
        self.requests: list[tuple[str, str, str | None]] = []  # method, path, range
        self.broken_after: int | None = None  # bytes of the next large file before the connection ends
        self.stalled_after: int | None = None  # bytes of a large file, after which the answer waits for `resumed`
        self.sent, self.resumed = threading.Event(), threading.Event()
        self.altered: str | None = None  # a file that is sent with another last byte

    def digest(self, path: Path) -> tuple[str, str]:
        """Git's digest, and the SHA-256."""
        data = path.read_bytes()
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest(), hashlib.sha256(data).hexdigest()

    def tree(self) -> list[dict]:
        entries = []
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if path.is_dir():
                entries.append({"type": "directory", "oid": "0" * 40, "size": 0, "path": name})
                continue
            blob, sha256 = self.digest(path)
            size = path.stat().st_size
            entry = {"type": "file", "oid": blob, "size": size, "path": name}
            entries.append(entry | ({"lfs": {"oid": sha256, "size": size, "pointerSize": 130}} if size > LARGE else {}))
        return entries

    def info(self) -> dict:
        siblings = [{"rfilename": entry["path"]} for entry in self.tree() if entry["type"] == "file"]
        return {"id": self.name, "modelId": self.name, "sha": COMMIT, "siblings": siblings, "tags": []}


@contextmanager
def serve(*hubs: Hub) -> Iterator[str]:
    """The URL of a hub with these repositories."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
            pass

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, *, with_body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            hub = next((hub for hub in hubs if f"/{hub.name}/" in f"{path}/"), None)
            if hub is None:
                return self.send_error(404)
            hub.requests.append((self.command, path, self.headers.get("Range")))
            if path.startswith(f"/api/models/{hub.name}/tree/"):
                return self.send_json(hub.tree())
            if path.startswith(f"/api/models/{hub.name}"):
                return self.send_json(hub.info())
            file = hub.folder / path.removeprefix(f"/{hub.name}/resolve/{COMMIT}/")
            if not path.startswith(f"/{hub.name}/resolve/") or not file.is_file():
                return self.send_error(404)
            return self.send_file(hub, file, with_body=with_body)

        def send_json(self, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def send_file(self, hub: Hub, file: Path, *, with_body: bool) -> None:
            blob, sha256 = hub.digest(file)
            data = file.read_bytes()
            if hub.altered == file.name:
                data = data[:-1] + bytes([data[-1] ^ 1])
            size, large = len(data), len(data) > LARGE
            span = self.headers.get("Range")
            first = int(span.removeprefix("bytes=").split("-")[0]) if span else 0
            self.send_response(206 if span else 200)
            if span:
                self.send_header("Content-Range", f"bytes {first}-{size - 1}/{size}")
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{sha256 if large else blob}"')
            self.send_header("X-Linked-Size", str(size))
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(size - first))
            self.end_headers()
            if not with_body:
                return
            body = data[first:]
            if large and hub.broken_after is not None:
                body, hub.broken_after = body[: hub.broken_after], None
                self.close_connection = True
            if large and hub.stalled_after is not None:
                self.wfile.write(body[: hub.stalled_after])
                hub.sent.set()
                hub.resumed.wait()
                self.close_connection = True
                return
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
