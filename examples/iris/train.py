"""Trains the iris classifier of this example and writes iris.onnx and label.json.

    pip install -r requirements.txt
    python train.py

Prints the numbers that vars.yaml names. The result is deterministic: the same versions give the same model.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
TARGET_OPSET = {"": 17, "ai.onnx.ml": 3}


def train() -> tuple:
    """Returns the fitted pipeline, the class names, and the data set."""
    iris = load_iris()
    x_train, x_test, y_train, y_test = train_test_split(
        iris.data, iris.target, test_size=0.3, random_state=0, stratify=iris.target
    )
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, random_state=0))
    print(f"accuracy, 5-fold cross validation: {cross_val_score(pipeline, iris.data, iris.target, cv=5).mean():.3f}")
    pipeline.fit(x_train, y_train)
    print(f"accuracy, held-out 30 %: {pipeline.score(x_test, y_test):.3f}")
    return pipeline, [str(name) for name in iris.target_names], iris


def export(pipeline) -> bytes:
    """Converts to ONNX. skl2onnx appends a ZipMap, as it does by default: create-inference-server takes it out again."""
    model = to_onnx(
        pipeline,
        initial_types=[("float_input", FloatTensorType([None, 4]))],
        target_opset=TARGET_OPSET,
        options={"zipmap": True},
        name="iris",
    )
    # skl2onnx lists the opsets in the order of a set, which changes from run to run.
    opsets = sorted(model.opset_import, key=lambda opset: opset.domain)
    del model.opset_import[:]
    model.opset_import.extend(opsets)
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def print_vars(model: bytes, sample: np.ndarray) -> None:
    """Runs the exported model, not the pipeline: these are the numbers that the server answers."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    _, scores = session.run(None, {"float_input": sample})
    prediction = np.array([list(row.values()) for row in scores], dtype=np.float32)
    print(f"data_structure: ({','.join(str(size) for size in sample.shape)})")
    print(f"data_sample: {[[round(float(value), 1) for value in row] for row in sample]}")
    print(f"prediction_structure: ({','.join(str(size) for size in prediction.shape)})")
    rows = [", ".join(np.format_float_positional(value, precision=8) for value in row) for row in prediction]
    print(f"prediction_sample: [{', '.join(f'[{row}]' for row in rows)}]")


def main() -> None:
    pipeline, names, iris = train()
    model = export(pipeline)
    (HERE / "iris.onnx").write_bytes(model)
    labels = {str(index): name for index, name in enumerate(names)}
    (HERE / "label.json").write_text(json.dumps(labels) + "\n", encoding="utf-8")
    print_vars(model, iris.data[:1].astype(np.float32))


if __name__ == "__main__":
    main()
