"""Writes seeds for the targets `sigv4` and `connection` to fuzz/corpus, from the captured and the hostile requests.

    python3 fuzz/seeds.py
"""

import base64
import gzip
import json
import pathlib

FUZZ = pathlib.Path(__file__).resolve().parent
DATA = FUZZ.parent / "tests" / "data"
LONGEST = 8192
PIECES = [b"", bytes([1]), bytes([2, 0, 3, 7, 1]), bytes([0, 200, 16])]


def captured():
    """Whole requests as real clients sent them."""
    with gzip.open(DATA / "wire" / "requests.jsonl.gz") as lines:
        for case in map(json.loads, lines):
            yield case["id"], base64.b64decode(case["head_raw_b64"]) + base64.b64decode(case["body_b64"])


def hostile():
    """Requests that must be refused, and their neighbours that must not."""
    for file in sorted((DATA / "hostile").glob("*.jsonl")):
        for case in map(json.loads, file.read_text().splitlines()):
            parts = (part if isinstance(part, str) else part["repeat"] * part["times"] for part in case["request"])
            yield case["id"], "".join(parts).encode("latin-1")


def write(target, name, seed):
    """Writes one seed, unless it is so long that it slows the fuzzer down."""
    if len(seed) <= LONGEST:
        folder = FUZZ / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(seed)


requests = [*captured(), *hostile()]
for number, (name, request) in enumerate(requests):
    write("sigv4", name, request)
    sizes = PIECES[number % len(PIECES)]
    write("connection", name, bytes([len(sizes)]) + sizes + request)
    following = requests[(number + 1) % len(requests)][1]
    write("connection", f"{name}-and-next", bytes([len(sizes)]) + sizes + request + following)
