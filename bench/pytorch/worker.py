"""
One side of the benchmark: `worker.py TASK FOLDER`. It reads lines from stdin and answers each with
one line of JSON: `run` runs the task once, `save` writes its outputs to FOLDER/TASK.safetensors.
"""

import json
import pathlib
import sys
import time

import torch

import tasks
import training
from weights import write_safetensors

TASKS = {
    "encode": tasks.Encode,
    "decode": tasks.Decode,
    "clip": tasks.Clip,
    "train": training.Train,
    "official-train": training.OfficialTrain,
}


def answer(**fields):
    print(json.dumps(fields), flush=True)


def main():
    name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    setting = json.loads((folder / "setting.json").read_text())
    torch.set_num_threads(setting["threads"])
    task = TASKS[name](setting, folder)
    answer(versions={"python": sys.version.split()[0], "torch": torch.__version__})
    for line in sys.stdin:
        if line.strip() == "run":
            start = time.perf_counter()
            task.run()
            answer(seconds=time.perf_counter() - start)
        else:
            write_safetensors(folder / f"{name}.pytorch.safetensors", task.outputs)
            answer(saved=True)


if __name__ == "__main__":
    main()
