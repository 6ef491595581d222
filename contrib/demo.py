"""Tell the life of one incident; contrib/demo builds first and calls this."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/e2e"))

from story import tell                              # noqa: E402
from world import MaildirWorld, ServerWorld, now    # noqa: E402


def printer(heading, lines):
    print(f"\n\033[1m● {heading}\033[0m" if sys.stdout.isatty()
          else f"\n● {heading}")
    for line in lines:
        print("  ", line)
    if not lines:
        print("   (nobody is written to)")


def main():
    ap = argparse.ArgumentParser(prog="contrib/demo")
    ap.add_argument("--servers", action="store_true",
                    help="a private Dovecot, Postfix and HTTPS receiver")
    ap.add_argument("--dir", help="where everything is kept")
    args = ap.parse_args()
    where = args.dir or tempfile.mkdtemp(prefix="tocsin-demo-")
    if args.servers and os.geteuid() != 0:
        sys.exit("contrib/demo --servers: Postfix wants root")
    print(__doc__.splitlines()[0])
    print("""
An agency's staff report incidents by mail.  Tocsin reads the mail, opens an
incident, answers with a number, tells the security team and the ethics
office, forwards level 2 and above to NCERT and the city by mail and HTTP,
and reminds until recovery is confirmed.  Every line with an arrow is a mail
that was really delivered.""")
    world = (ServerWorld if args.servers else MaildirWorld)(where)
    try:
        story = tell(world, now(), printer)
        files = {k: str(v) for k, v in world.where().items()}
        printer("Look for yourself", [f"{k + ':':18}{v}"
                                      for k, v in files.items()] + [
            f"{os.environ['TOCSIN_BUILD']}/tocsin -c {world.conf} "
            f"show {story.number}"])
    finally:
        world.stop()


main()
