"""Small C libraries that a process gets to see before libc's own: compiled here, where there is a compiler."""

import shutil
import subprocess
from pathlib import Path


class NoCompiler(Exception):
    """There is no C compiler here; the message says so."""


def compiled(source: Path, folder: Path) -> Path:
    """The source as a library in `folder`, for LD_PRELOAD. Raises NoCompiler."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        raise NoCompiler("there is no C compiler here")
    library = folder / f"{source.stem}.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl", "-lpthread"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoCompiler(f"{compiler} cannot compile {source.name}: {done.stderr.strip()}")
    return library
