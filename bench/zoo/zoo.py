"""Trains the models of models.py, exports each, and writes OUT/<name>.onnx and OUT/<name>.json: the rows to send and
scikit-learn's own answers to them.

    pip install -r requirements.txt
    python zoo.py OUT [name ...]

Everything is seeded: the same versions give the same models. Exits with 1 when a model cannot be made, or when ONNX in
Python is farther from scikit-learn than its tolerance.
"""

import json
import os
import sys
import warnings
from pathlib import Path

import onnxruntime

import converters
from entry import Entry
from expected import answers, compare
from models import ENTRIES


def serialize(proto) -> bytes:
    # The converters list the opsets in the order of a set, which changes from run to run.
    opsets = sorted(proto.opset_import, key=lambda opset: opset.domain)
    del proto.opset_import[:]
    proto.opset_import.extend(opsets)
    return proto.SerializeToString(deterministic=True)


def build(entry: Entry, out: Path) -> dict:
    """Writes the two files of a model; returns how far the exported model is from scikit-learn."""
    data = entry.data()
    model = entry.make()
    model.fit(data.x, data.y)
    content = serialize(entry.convert(model, data, entry.options))
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    inputs = {port.name: port for port in session.get_inputs()}
    names = [port.name for port in session.get_outputs()]
    feeds = dict(zip(inputs, data.feeds().values(), strict=True))
    expected = answers(model, data, entry, names)
    converted = compare(expected, dict(zip(names, session.run(None, feeds), strict=True)))
    document = {
        "tolerance": entry.tolerance,
        "why": entry.why,
        "converted": converted,
        "inputs": dict(zip(inputs, data.json_inputs().values(), strict=True)),
        **expected,
    }
    (out / f"{entry.name}.onnx").write_bytes(content)
    (out / f"{entry.name}.json").write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
    return {"task": expected["task"], "bytes": len(content), **converted}


def main() -> int:
    out, *wanted = sys.argv[1:]
    Path(out).mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    os.environ["PYTHONWARNINGS"] = "ignore"
    onnxruntime.set_default_logger_severity(4)
    converters.prepare()
    failed = []
    chosen = [entry for entry in ENTRIES if not wanted or entry.name in wanted]
    for entry in chosen:
        try:
            made = build(entry, Path(out))
        except Exception as error:
            # A model that cannot be made must not hide the others.
            made = {"task": "", "bytes": 0, "max_error": f"{type(error).__name__}: {error}"[:200].replace("\n", " ")}
        ok = isinstance(made["max_error"], float) and made["max_error"] <= entry.tolerance
        if not ok or (entry.labels == "predict" and made.get("label_agreement", 1) < 1):
            failed.append(entry.name)
        agreement = made.get("label_agreement", "")
        print(f"{entry.name:34} {made['task']:15} {made['bytes']:9} {made['max_error']!s:24} {agreement}", flush=True)
    print(f"{len(chosen) - len(failed)} of {len(chosen)} models written to {out}", *failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
