"""A socket between a station and its Docker Engine that can be told to answer 500 to everything."""

import socket
import threading
from pathlib import Path

ANSWER = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
    b'Content-Length: 23\r\nConnection: close\r\n\r\n{"message":"test fault"}'
)


class FaultyEngine:
    """Passes every connection on to the real engine, or answers 500 while `broken`."""

    def __init__(self, path: Path, real: Path) -> None:
        self.path = path
        self.broken = False
        self.refused = 0
        self._real = real
        self._open: set[socket.socket] = set()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        path.chmod(0o666)
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def break_down(self) -> None:
        """Answer 500 from now on, on connections that are open too."""
        self.broken = True
        for connection in list(self._open):
            _shut(connection)

    def close(self) -> None:
        """Stop listening."""
        self.break_down()
        _shut(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as engine:
            if self.broken:
                self.refused += 1
                _answer_500(connection)
                return
            engine.connect(str(self._real))
            self._open |= {connection, engine}
            try:
                back = threading.Thread(target=_pump, args=(engine, connection), daemon=True)
                back.start()
                _pump(connection, engine)
                back.join()
            finally:
                self._open -= {connection, engine}


def _answer_500(connection: socket.socket) -> None:
    try:
        connection.recv(65536)
        connection.sendall(ANSWER)
    except OSError:
        return


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    _shut(target)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
