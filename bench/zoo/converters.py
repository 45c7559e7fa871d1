"""From estimator to ONNX: skl2onnx as it comes, taught xgboost and lightgbm, and onnxmltools' own way for these two."""

import onnxmltools
from lightgbm import LGBMClassifier, LGBMRegressor
from onnxmltools.convert.common.data_types import FloatTensorType
from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm
from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost
from skl2onnx import to_onnx, update_registered_converter
from skl2onnx.common import tree_ensemble
from skl2onnx.common.shape_calculator import (
    calculate_linear_classifier_output_shapes,
    calculate_linear_regressor_output_shapes,
)
from xgboost import XGBClassifier, XGBRegressor, XGBRFClassifier

CLASSIFIER_OPTIONS = {"nocl": [True, False], "zipmap": [True, False, "columns"]}
#: Of opset ai.onnx.ml these converters know version 3 only, and say so.
OLD_ML = {"": 18, "ai.onnx.ml": 3}
NEEDS_OLD_ML = ("XGB", "LGBM", "IsolationForest")


def convert(model, data, options: dict):
    """The ONNX model, with skl2onnx's defaults but for `options` of the estimator."""
    old = any(name in str(step) for step in _steps(model) for name in NEEDS_OLD_ML)
    return to_onnx(
        model,
        initial_types=data.initial_types,
        options={id(model): options} if options else None,
        target_opset=OLD_ML if old else None,
    )


def convert_by_onnxmltools(model, data, options: dict):
    """What the documentation of onnxmltools shows: it names inputs and outputs otherwise."""
    of = onnxmltools.convert_xgboost if "XGB" in str(model) else onnxmltools.convert_lightgbm
    # Without a name it makes up another one each time.
    return of(model, "boosted", initial_types=[("input", FloatTensorType([None, data.x.shape[1]]))], **options)


def prepare() -> None:
    """Registers the estimators of xgboost and lightgbm, as skl2onnx's documentation shows it."""
    for estimator in (XGBClassifier, XGBRFClassifier):
        register(estimator, calculate_linear_classifier_output_shapes, convert_xgboost, CLASSIFIER_OPTIONS)
    register(XGBRegressor, calculate_linear_regressor_output_shapes, convert_xgboost, {})
    register(LGBMClassifier, calculate_linear_classifier_output_shapes, convert_lightgbm, CLASSIFIER_OPTIONS)
    register(LGBMRegressor, calculate_linear_regressor_output_shapes, convert_lightgbm, {"split": [None]})
    _take_whole_flags()


def register(estimator, shapes, converter, options) -> None:
    update_registered_converter(estimator, estimator.__name__, shapes, converter, options=options)


def _steps(model) -> list:
    return [step for _, step in model.steps] if hasattr(model, "steps") else [model]


def _take_whole_flags() -> None:
    """skl2onnx 1.20 gives a boolean where protobuf takes an int, so that no HistGradientBoosting model is converted."""
    original = tree_ensemble.add_node

    def add_node(*args, nodes_missing_value_tracks_true=False, **kwargs):
        return original(*args, nodes_missing_value_tracks_true=int(nodes_missing_value_tracks_true), **kwargs)

    tree_ensemble.add_node = add_node
