"""scikit-learn's own data sets, split the same way every time: what a model is trained on, and the rows it is asked."""

from dataclasses import dataclass

import numpy as np
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_linnerud, load_wine
from sklearn.model_selection import train_test_split

ROWS = 40
TYPES = {
    "float32": FloatTensorType,
    "float64": DoubleTensorType,
    "int64": Int64TensorType,
    "string": StringTensorType,
}


@dataclass(frozen=True)
class Data:
    """`rows` (at most 40, held out) are the numbers that are sent as JSON: scikit-learn sees the same, as float64."""

    x: np.ndarray
    y: np.ndarray
    rows: np.ndarray
    #: (name, type, columns of the table): the inputs of the exported model.
    inputs: tuple

    @property
    def initial_types(self) -> list:
        return [(name, TYPES[kind]([None, len(columns)])) for name, kind, columns in self.inputs]

    def feeds(self) -> dict:
        """The rows by input name: what Python's onnxruntime takes."""
        dtypes = {"float32": np.float32, "float64": np.float64, "int64": np.int64, "string": object}
        return {name: self.rows[:, columns].astype(dtypes[kind]) for name, kind, columns in self.inputs}

    def json_inputs(self) -> dict:
        """The same as nested lists, with the numbers unrounded."""
        python = {"float32": float, "float64": float, "int64": int, "string": str}
        return {
            name: [[python[kind](value) for value in row] for row in self.rows[:, columns]]
            for name, kind, columns in self.inputs
        }


def split(x, y, inputs=None, kind="float32") -> Data:
    x_train, x_rows, y_train, _ = train_test_split(x, y, test_size=0.3, random_state=0)
    inputs = inputs or (("X", kind, list(range(x.shape[1]))),)
    return Data(x_train, y_train, x_rows[:ROWS], tuple(inputs))


def iris(labels=None, kind="float32", classes=(0, 1, 2)) -> Data:
    """150 x 4. `labels` replaces the classes 0, 1, 2."""
    data = load_iris()
    keep = np.isin(data.target, classes)
    y = data.target[keep] if labels is None else np.array(labels)[data.target[keep]]
    return split(data.data[keep], y, kind=kind)


def iris_names() -> Data:
    return iris([str(name) for name in load_iris().target_names])


def wine(kind="float32") -> Data:
    """178 x 13, three classes, columns of very different size."""
    data = load_wine()
    return split(data.data, data.target, kind=kind)


def cancer(labels=None, kind="float32") -> Data:
    """569 x 30, two classes."""
    data = load_breast_cancer()
    return split(data.data, data.target if labels is None else np.array(labels)[data.target], kind=kind)


def digits(kind="float32") -> Data:
    """1797 x 64, counts from 0 to 16, ten classes."""
    data = load_digits()
    return split(data.data, data.target, kind=kind)


def diabetes(kind="float32") -> Data:
    """442 x 10, regression."""
    data = load_diabetes()
    return split(data.data, data.target, kind=kind)


def counts() -> Data:
    """The same with whole numbers as the target, for the regressors of counts."""
    data = load_diabetes()
    return split(data.data, np.rint(data.target))


def linnerud() -> Data:
    """20 x 3, three targets; all rows are asked."""
    data = load_linnerud()
    return Data(data.data, data.target, data.data, (("X", "float32", [0, 1, 2]),))


def multilabel() -> Data:
    """Wine with two targets: the class, and whether the proline is high."""
    data = load_wine()
    return split(data.data, np.column_stack([data.target, (data.data[:, -1] > 700).astype(int)]))


def _bins(column, names) -> np.ndarray:
    edges = np.quantile(column, np.linspace(0, 1, len(names) + 1)[1:-1])
    return np.array(names, dtype=object)[np.searchsorted(edges, column)]


def mixed(target=None) -> Data:
    """Wine as a table of strings and numbers, one input per column, as exports of a DataFrame have."""
    data = load_wine()
    table = np.empty((len(data.data), 5), dtype=object)
    table[:, 0] = data.data[:, 0]
    table[:, 1] = data.data[:, 9]
    table[:, 2] = _bins(data.data[:, 12], ["low", "medium", "high"])
    table[:, 3] = _bins(data.data[:, 6], ["weak", "strong"])
    table[:, 4] = np.rint(data.data[:, 4]).astype(int)
    y = np.array([f"cultivar {name}" for name in "ABC"])[data.target] if target is None else data.data[:, target]
    inputs = (
        ("alcohol", "float32", [0]),
        ("color_intensity", "float32", [1]),
        ("proline", "string", [2]),
        ("flavanoids", "string", [3]),
        ("magnesium", "int64", [4]),
    )
    return split(table, y, inputs)


def words() -> Data:
    """One column of strings: what iris measures, in words."""
    data = load_iris()
    parts = [_bins(column, ["small", "middling", "large"]) for column in data.data.T]
    table = np.array(parts, dtype=object).T
    inputs = (("words", "string", [0, 1, 2, 3]),)
    return split(table, data.target_names[data.target].astype(object), inputs)


def sentences() -> Data:
    """A text per row: the same, as a sentence."""
    table = words()
    nouns = ["sepal length", "sepal width", "petal length", "petal width"]

    def join(rows) -> np.ndarray:
        texts = [" ".join(f"{word} {noun}" for word, noun in zip(row, nouns, strict=True)) for row in rows]
        return np.array(texts, dtype=object).reshape(-1, 1)

    return Data(join(table.x), table.y, join(table.rows), (("text", "string", [0]),))
