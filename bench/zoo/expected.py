"""scikit-learn's own answers in the words of the served model (its task, its outputs); how far ONNX is from them."""

import numpy as np
from sklearn.base import is_classifier, is_clusterer, is_outlier_detector, is_regressor


def answers(model, data, entry, outputs: list) -> dict:
    """`task`, and what must be answered to `data.rows`: labels and probabilities, or a prediction (by output name)."""
    if entry.refusal:
        return {"task": "refused", "refusal": entry.refusal}
    rows = _numbers(data.rows)
    if is_classifier(model) and entry.options.get("zipmap") != "columns":
        scores = scores_of(model, rows, entry.scores)
        labels = model.predict(rows) if entry.labels == "predict" else model.classes_[scores.argmax(axis=1)]
        return {
            "task": "classification",
            "labels": [str(entry.name_label(label)) for label in labels],
            "probabilities": scores.tolist(),
        }
    values = {name: value.tolist() for name, value in zip(outputs, _by_output(model, rows), strict=True)}
    if len(values) > 1:
        return {"task": "tensor", "prediction": values}
    [(name, value)] = values.items()
    regression = is_regressor(model) and entry.targets == 1
    return {"task": "regression" if regression else "tensor", "prediction": value}


def scores_of(model, rows, layout: str) -> np.ndarray:
    """(N, classes): probabilities where the estimator has them, else its decision function."""
    if hasattr(model, "predict_proba"):
        return model.predict_proba(rows)
    if not hasattr(model, "decision_function"):
        votes = model.transform(rows)
        return np.column_stack([(votes == label).mean(axis=1) for label in range(len(model.classes_))])
    decision = model.decision_function(rows)
    if decision.ndim == 2:
        return decision
    # Two classes: scikit-learn has one score, above 0 for the second class. The converters write it in three ways.
    layouts = {"both": [-decision, decision], "swapped": [decision, -decision], "single": [decision]}
    return np.column_stack(layouts[layout])


def _by_output(model, rows) -> list:
    """In the order of the exported outputs."""
    if is_classifier(model):
        return [model.predict(rows), *model.predict_proba(rows).T]
    if is_outlier_detector(model):
        return [model.predict(rows), model.decision_function(rows)]
    if is_clusterer(model):
        return [model.predict(rows), model.transform(rows)]
    if is_regressor(model):
        return [model.predict(rows)]
    if hasattr(model, "predict_proba"):
        return [model.predict(rows), model.predict_proba(rows)]
    return [model.transform(rows)]


def compare(expected: dict, outputs: dict) -> dict:
    """The same comparison as the server's, with Python's onnxruntime: what is off here is the converter's."""
    if expected["task"] == "refused":
        return {"max_error": 0.0}
    if expected["task"] == "classification":
        *labels, scores = outputs.values()
        if isinstance(scores, list):
            scores = np.array([list(row.values()) for row in scores])
        got = [str(label) for label in np.ravel(labels[0])] if labels else expected["labels"]
        agreement = np.mean(np.array(got) == np.array(expected["labels"]))
        return {"max_error": distance(scores, expected["probabilities"]), "label_agreement": float(agreement)}
    prediction = expected["prediction"]
    by_name = prediction if isinstance(prediction, dict) else {next(iter(outputs)): prediction}
    return {"max_error": max(distance(outputs[name], value) for name, value in by_name.items())}


def distance(got, expected) -> float:
    """The largest |a-b| / max(1, |b|)."""
    a, b = np.asarray(got), np.asarray(expected)
    if a.dtype == object or b.dtype.kind in "US":
        return float((a.ravel().astype(str) != b.ravel().astype(str)).any())
    a, b = a.ravel().astype(float), b.ravel().astype(float)
    if len(a) != len(b):
        return float("inf")
    return float(np.max(np.abs(a - b) / np.maximum(1, np.abs(b))))


def _numbers(rows: np.ndarray) -> np.ndarray:
    return rows if rows.dtype == object else rows.astype(float)
