"""xgboost and lightgbm, converted as part of skl2onnx and by onnxmltools alone."""

from lightgbm import LGBMClassifier, LGBMRegressor
from xgboost import XGBClassifier, XGBRegressor, XGBRFClassifier

import converters
import data
from entry import Entry, columns_for_trees

BOOSTED = [
    Entry("xgb_classifier", lambda: XGBClassifier(n_estimators=20, random_state=0), data.iris),
    Entry("xgb_classifier_binary", lambda: XGBClassifier(n_estimators=20, random_state=0), data.cancer),
    Entry(
        "xgb_classifier_no_zipmap", lambda: XGBClassifier(n_estimators=20, random_state=0), data.wine, {"zipmap": False}
    ),
    Entry("xgb_rf_classifier", lambda: XGBRFClassifier(n_estimators=20, random_state=0), data.cancer),
    Entry("xgb_regressor", lambda: XGBRegressor(n_estimators=20, random_state=0), data.diabetes),
    Entry(
        "xgb_pipeline",
        lambda: columns_for_trees(XGBRegressor(n_estimators=20, random_state=0)),
        lambda: data.mixed(target=11),
    ),
    Entry("lgbm_classifier", lambda: LGBMClassifier(n_estimators=20, random_state=0, verbose=-1), data.wine),
    Entry("lgbm_classifier_binary", lambda: LGBMClassifier(n_estimators=20, random_state=0, verbose=-1), data.cancer),
    Entry("lgbm_string_labels", lambda: LGBMClassifier(n_estimators=20, random_state=0, verbose=-1), data.iris_names),
    Entry(
        "lgbm_no_zipmap",
        lambda: LGBMClassifier(n_estimators=20, random_state=0, verbose=-1),
        data.digits,
        {"zipmap": False},
    ),
    Entry("lgbm_regressor", lambda: LGBMRegressor(n_estimators=20, random_state=0, verbose=-1), data.diabetes),
    Entry(
        "xgb_classifier_onnxmltools",
        lambda: XGBClassifier(n_estimators=20, random_state=0),
        data.iris,
        convert=converters.convert_by_onnxmltools,
    ),
    Entry(
        "xgb_regressor_onnxmltools",
        lambda: XGBRegressor(n_estimators=20, random_state=0),
        data.diabetes,
        convert=converters.convert_by_onnxmltools,
    ),
    Entry(
        "lgbm_classifier_onnxmltools",
        lambda: LGBMClassifier(n_estimators=20, random_state=0, verbose=-1),
        data.cancer,
        convert=converters.convert_by_onnxmltools,
    ),
    Entry(
        "lgbm_no_zipmap_onnxmltools",
        lambda: LGBMClassifier(n_estimators=20, random_state=0, verbose=-1),
        data.iris,
        {"zipmap": False},
        convert=converters.convert_by_onnxmltools,
    ),
    Entry(
        "lgbm_regressor_onnxmltools",
        lambda: LGBMRegressor(n_estimators=20, random_state=0, verbose=-1),
        data.diabetes,
        convert=converters.convert_by_onnxmltools,
    ),
    Entry(
        "lgbm_pipeline",
        lambda: columns_for_trees(LGBMClassifier(n_estimators=20, random_state=0, verbose=-1)),
        data.mixed,
    ),
]
