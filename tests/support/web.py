"""A web server on the loopback address that serves bytes, counts, and can cut connections."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site:
    """``files`` are served whole by their names, those in ``cut`` to their half only."""

    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}"
        self.files, self.cut, self.asked = {}, set(), []

    def url(self, name, content=None):
        """The address of a file, which has ``content`` from now on."""
        if content is not None:
            self.files[name] = content
        return f"{self.address}/{name}"


@contextmanager
def serving():
    """A site for as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.removeprefix("/")
            site.asked.append(name)
            content = site.files.get(name)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if name in site.cut else content)

        def log_message(self, *_):
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = Site(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
