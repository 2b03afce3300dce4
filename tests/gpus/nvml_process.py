"""Runs our NVML source over whatever libnvidia-ml is found: a line in, a reading out.

Answers each line on standard input with `ok <inventory>` or `error <class> <message>`.
"""

import sys
from datetime import datetime

from hub.gpus.errors import GpusUnknown
from hub.gpus.nvml import NvmlGpus
from hub.gpus.wire import build_json


def main() -> None:
    gpus = NvmlGpus("barn")
    for line in sys.stdin:
        try:
            answer = "ok " + build_json(gpus.load(datetime.fromisoformat(line.strip())))
        except GpusUnknown as error:
            answer = f"error {type(error).__name__} {error}"
        print(answer, flush=True)


if __name__ == "__main__":
    main()
