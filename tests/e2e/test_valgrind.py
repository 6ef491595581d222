"""The whole story with every process under valgrind."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from story import tell
from world import MaildirWorld, build_dir, now

PATIENCE = 90           # seconds for one run
SUPPRESS = Path(__file__).with_name("valgrind.supp")
TOCSIND = build_dir() / "tocsind"


def usable():
    """Test builds can do without confinement; sanitizers and valgrind do not
    go together."""
    if shutil.which("valgrind") is None or not TOCSIND.exists():
        return False
    text = TOCSIND.read_bytes()
    return b"TOCSIN_EXE" in text and b"__asan_init" not in text


class GrindWorld(MaildirWorld):
    def run(self, at=None, check=True, env=None):
        args = ["valgrind", "-q", "--vgdb=no", "--trace-children=yes", "--leak-check=full",
                "--errors-for-leak-kinds=definite,possible",
                "--num-callers=30", "--error-exitcode=99",
                f"--suppressions={SUPPRESS}",
                f"--log-file={self.dir}/valgrind.%p.log",
                str(TOCSIND), "-c", str(self.conf), "--once"]
        if at is not None:
            args += ["--at", at.isoformat(timespec="seconds")]
        p = subprocess.Popen(args, stdin=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, start_new_session=True,
                             env=self.env(TOCSIN_CONFINE="off",
                                          TOCSIN_EXE=str(TOCSIND)))
        try:
            err = p.communicate(timeout=PATIENCE)[1].decode()
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, 9)
            pytest.fail(p.communicate()[1].decode()[-4000:])
        logs = sorted(self.dir.glob("valgrind.*.log"))
        said = "".join(f.read_text() for f in logs)
        assert said == "", said[:8000]
        assert p.returncode == 0, err[-4000:]
        assert len(logs) >= 5, logs     # the desk and its four children
        return p


@pytest.mark.skipif(not usable(), reason="needs valgrind and --enable-faults")
def test_story_under_valgrind(tmp_path):
    w = GrindWorld(tmp_path)
    try:
        tell(w, now(), lambda heading, lines: None)
    finally:
        w.stop()
