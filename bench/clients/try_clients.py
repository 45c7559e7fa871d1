"""Asks a running server with a client that people have, and prints what came of it.

usage: python3 try_clients.py tritonclient|kserve HOST:PORT HOST:GRPC_PORT
The server's model is test/fixtures/models/all_dtypes.onnx under the name "sample". Exits with 1 when something fails.
"""

import sys
from importlib import import_module
from importlib.metadata import version

#: By package; not two of them in one process, as both define the messages of gRPC.
MODULES = {"tritonclient": ("triton", "triton_grpc"), "kserve": ("kserve_rest", "kserve_grpc")}


def main(package: str, *addresses: str) -> int:
    failed = 0
    for module, address in zip(MODULES[package], addresses, strict=True):
        for what, check in import_module(module).run(address):
            try:
                check()
                result = "ok"
            except Exception as error:  # Whatever a client throws is a result.
                result = f"{type(error).__name__}: {error}"
                failed += 1
            print(f"{package + ' ' + version(package):<20}  {what.replace('_', ' '):<17}  {result}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
