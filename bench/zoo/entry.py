"""What a model of the zoo is, and the parts that several are made of."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sklearn import ensemble, linear_model, preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline

import converters


@dataclass(frozen=True)
class Entry:
    name: str
    make: Callable
    data: Callable
    #: Options of the converter for the estimator.
    options: dict = field(default_factory=dict)
    #: |a-b| <= tolerance * max(1, |b|), and why it is not the default.
    tolerance: float = 1e-4
    why: str = ""
    #: Two classes without probabilities: how the converter writes the one decision score (expected.py).
    scores: str = "both"
    #: "predict", or "argmax" of predict_proba where scikit-learn itself documents that the two differ.
    labels: str = "predict"
    name_label: Callable = str
    targets: int = 1
    #: A part of the message with which the command must refuse the model.
    refusal: str = ""
    convert: Callable = converters.convert


def scaled(model):
    return make_pipeline(preprocessing.StandardScaler(), model)


def columns(model, numbers=None):
    """The pipeline that everybody has: numbers scaled, strings one-hot."""
    transformers = [
        ("numbers", numbers or preprocessing.StandardScaler(), [0, 1, 4]),
        ("strings", preprocessing.OneHotEncoder(handle_unknown="ignore"), [2, 3]),
    ]
    return make_pipeline(ColumnTransformer(transformers), model)


def columns_for_trees(model):
    """Numbers as they are: scaled in float32 they fall on the other side of a split now and then."""
    return columns(model, "passthrough")


def logistic(**options):
    return linear_model.LogisticRegression(max_iter=5000, random_state=0, **options)


def forest():
    return ensemble.RandomForestClassifier(20, max_depth=6, random_state=0)
