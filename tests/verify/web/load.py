"""Many clients at once, honest and hostile: `python tests/verify/web/load.py`.

It starts a server of its own, asks what has a known verdict, sends what is no question, and says
what came back. Exit status 1 if a verdict is wrong, anything is not answered, or memory grows.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException

import psutil

MOST_GIBIBYTES = 6.0
"""Of the server and its processes together, of which each may take one more than at its start."""
QUESTIONS = [
    ("sum((y - X @ w)**2)", "w", "2 * X.T @ (X @ w - y)", "proved"),
    ("sum((y - X @ w)**2)", "w", "2 * X.T @ (y - X @ w)", "refuted"),
    ("sum((y - X @ w)**2) + lam*sum(w**2)", "w", "2*X.T @ (X @ w - y) + lam*w", "refuted"),
    ("sum(log(1 + exp(-y * (X @ w))))", "w", "-X.T @ (y * sigmoid(-y * (X @ w)))", "proved"),
    ("x @ A @ x", "x", "(A + A.T) @ x", "proved"),
    ("x @ A @ x", "x", "2 * A @ x", "refuted"),
    ("sum(exp(x))", "x", "exp(x)", "proved"),
    ("sum(exp(x))", "x", "exp(x", "unreadable"),
    ("sum(x $ x)", "x", "x", "unreadable"),
]
CLAIMS = [
    ("softmax.jacobian", "(diag(y) - outer(y, y)) / tau", "proved"),
    ("softmax.jacobian", "diag(y) - outer(y, y)", "refuted"),
    ("least_squares.grad_b", "A @ x + b - t", "proved"),
    ("layers.linear_dW", "X.T @ dZ", "refuted"),
]
SCRIPT = "<script>alert(1)</script>"


def question(rng: random.Random) -> tuple[bytes, str]:
    """A body, and the kind of answer to it."""
    if rng.random() < 0.5:
        function, wrt, answer, kind = rng.choice(QUESTIONS)
        return json.dumps({"function": function, "wrt": wrt, "answer": answer}).encode(), kind
    name, answer, kind = rng.choice(CLAIMS)
    return json.dumps({"question": name, "answer": answer}).encode(), kind


def hostile(rng: random.Random) -> bytes:
    """A body that is no honest question."""
    deep = rng.choice([60, 500, 10_000])
    texts = [
        SCRIPT, f'"><img src=x onerror=alert({deep})>', "sum(" * deep + "x" + ")" * deep,
        "-" * deep + "x", "x" * deep, "2**" * 30 + "2", "9" * deep, "\u202ex\u0000",
        "\n".join(f"x{n} = x{n - 1} @ x{n - 1}" for n in range(1, 40)),
        "{{ 7 * 7 }}", "__import__('os')", "\\input{x}",
    ]  # fmt: skip
    function, wrt, answer = rng.choice(texts), rng.choice(["x", SCRIPT]), rng.choice(texts)
    typed = {"function": function, "wrt": wrt, "answer": answer}
    bodies: list[Callable[[], bytes]] = [
        lambda: json.dumps(typed).encode(),
        lambda: json.dumps({"question": rng.choice(texts), "answer": rng.choice(texts)}).encode(),
        lambda: b'{"function": "' + b"x" * rng.choice([70_000, 10_000_000]) + b'"}',
        lambda: b"[" * deep,
        lambda: rng.randbytes(200),
        lambda: b'{"function": "\xff"}',
        lambda: b'{"function": "\\ud800"}',
        lambda: b'{"function": {"a": 1}}',
        lambda: b"",
    ]
    return rng.choices(bodies, [6, 3, 0.2, 2, 2, 1, 1, 1, 1])[0]()


class Client:
    """One client, with a connection of its own."""

    def __init__(self, port: int, seed: int):
        self.port, self.rng = port, random.Random(seed)

    def post(self, what: str, body: bytes) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it is sent
            connection.request("POST", f"/{what}", body)
        try:
            response = connection.getresponse()
            return response.status, response.read().decode()
        except ConnectionResetError:
            return 413, "refused while it was sent"
        finally:
            connection.close()

    def ask(self, _: int) -> tuple[str, float]:
        """How an honest question ends, and after how many seconds."""
        body, kind = question(self.rng)
        start = time.monotonic()
        status, text = self.post("grade", body)
        seconds = time.monotonic() - start
        found = (
            json.loads(text.splitlines()[-1]).get("kind", "no answer") if status == 200 else text
        )
        return ("right" if found == kind else f"WRONG: {kind} expected, got {found}"), seconds

    def attack(self, number: int) -> str:
        """How a hostile body ends."""
        if number % 500 == 0:
            return self.dawdle()
        status, text = self.post(self.rng.choice(["read", "grade", "derive"]), hostile(self.rng))
        if status == 200:
            html = json.loads(text.splitlines()[-1]).get("html", "")
            return "WRONG: a script" if "<script" in html or "<img" in html else "answered"
        is_line = len(text.strip().splitlines()) <= 1 and len(text) < 200
        return "refused" if 400 <= status < 500 and is_line else f"WRONG: {status} {text[:80]!r}"

    def dawdle(self) -> str:
        """Begin a question and never end it, or never read the answer."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            head = b"POST /read HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 90\r\n\r\n"
            connection.sendall(head + b'{"function": ')
            time.sleep(1)
        return "gone away"


def memory(process: psutil.Process) -> float:
    """Resident GiB of a process and its children."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 2**30


def main() -> int:
    """Ask, attack, and print what came back."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=2000)
    parser.add_argument("--hostile", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=20)
    options = parser.parse_args()
    command = [sys.executable, "-m", "verify.page", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        port = int(server.stdout.readline().split()[0].rstrip("/").rpartition(":")[2])
        process, most, start = psutil.Process(server.pid), 0.0, time.monotonic()
        Client(port, 0).post("grade", b'{"function": "sum(x)", "wrt": "x", "answer": "ones(n)"}')
        clients = [Client(port, seed) for seed in range(options.clients)]
        ends: Counter[str] = Counter()
        seconds: list[float] = []
        with ThreadPoolExecutor(options.clients) as pool:
            asked = [
                pool.submit(clients[n % len(clients)].ask, n) for n in range(options.questions)
            ]
            attacked = [
                pool.submit(clients[n % len(clients)].attack, n) for n in range(options.hostile)
            ]
            for future in [*asked, *attacked]:
                try:
                    end = future.result()
                except (HTTPException, OSError, ValueError) as error:
                    end = f"WRONG: {error!r}"
                if isinstance(end, tuple):
                    end, took = end
                    seconds.append(took)
                ends[end] += 1
                most = max(most, memory(process)) if sum(ends.values()) % 100 == 0 else most
        is_alive = server.poll() is None
        last = Client(port, 1).post("grade", question(random.Random(0))[0])[0] if is_alive else 0
        server.terminate()
    print(f"{options.questions} questions, {options.hostile} hostile, {options.clients} clients")
    print(*(f"{number:>6} {end}" for end, number in ends.most_common()), sep="\n")
    seconds.sort()
    if seconds:
        at = [seconds[int(part * (len(seconds) - 1))] for part in (0.5, 0.95, 1)]
        print("answered after {:.2f} s (half), {:.2f} s (95 %), {:.2f} s (all)".format(*at))
    print(f"{most:.2f} GiB at most, {time.monotonic() - start:.0f} s in all, status then {last}")
    is_wrong = any(end.startswith("WRONG") for end in ends)
    return int(is_wrong or not is_alive or last != 200 or most > MOST_GIBIBYTES)


if __name__ == "__main__":
    sys.exit(main())
