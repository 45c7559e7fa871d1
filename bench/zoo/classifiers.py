"""Classifiers of scikit-learn."""

from sklearn import discriminant_analysis, ensemble, linear_model, naive_bayes, neighbors, neural_network, svm, tree
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier

import data
from entry import Entry, forest, logistic, scaled

NAMES = ["cat", "dog", "emu"]

LINEAR = [
    Entry("logistic", logistic, data.iris),
    Entry("logistic_binary", lambda: scaled(logistic()), data.cancer),
    Entry("logistic_string_labels", logistic, data.iris_names),
    Entry("logistic_labels_from_5", logistic, lambda: data.iris([5, 6, 7])),
    Entry("logistic_labels_sparse", logistic, lambda: data.iris([300, -7, 12])),
    Entry("logistic_labels_plus_minus_1", lambda: scaled(logistic()), lambda: data.cancer([-1, 1])),
    Entry(
        "logistic_labels_bool",
        lambda: scaled(logistic()),
        lambda: data.cancer([False, True]),
        name_label=int,
        why="skl2onnx writes the labels False and True as 0 and 1",
    ),
    Entry("logistic_labels_binary_strings", lambda: scaled(logistic()), lambda: data.cancer(["malign", "benign"])),
    Entry("logistic_labels_unicode", logistic, lambda: data.iris(["菖蒲", 'a "quoted" one', "c'est l'été"])),
    Entry("logistic_float64_no_zipmap", logistic, lambda: data.iris(kind="float64"), {"zipmap": False}),
    Entry("logistic_int64", lambda: scaled(logistic()), lambda: data.digits("int64")),
    Entry("logistic_no_zipmap", logistic, data.iris, {"zipmap": False}),
    Entry("logistic_no_zipmap_strings", logistic, data.iris_names, {"zipmap": False}),
    Entry("logistic_zipmap_columns", logistic, data.iris, {"zipmap": "columns"}),
    Entry("logistic_ovr", lambda: OneVsRestClassifier(logistic()), data.iris_names),
    Entry("logistic_ovo", lambda: OneVsOneClassifier(logistic()), data.iris),
    Entry("logistic_cv", lambda: scaled(linear_model.LogisticRegressionCV(cv=3, max_iter=2000)), data.wine),
    Entry("sgd_hinge", lambda: scaled(linear_model.SGDClassifier(random_state=0)), data.wine),
    Entry("sgd_hinge_binary", lambda: scaled(linear_model.SGDClassifier(random_state=0)), data.cancer),
    Entry("sgd_log_loss", lambda: scaled(linear_model.SGDClassifier(loss="log_loss", random_state=0)), data.wine),
    Entry("perceptron", lambda: scaled(linear_model.Perceptron(random_state=0)), data.wine),
    Entry("perceptron_binary", lambda: scaled(linear_model.Perceptron(random_state=0)), data.cancer),
    Entry("ridge_classifier", lambda: scaled(linear_model.RidgeClassifier()), data.wine),
    Entry("ridge_classifier_binary", lambda: scaled(linear_model.RidgeClassifier()), data.cancer, scores="single"),
    Entry("lda", discriminant_analysis.LinearDiscriminantAnalysis, data.iris_names),
    Entry("qda", discriminant_analysis.QuadraticDiscriminantAnalysis, data.iris),
]

SVM = [
    Entry("svc", lambda: scaled(svm.SVC()), data.wine),
    Entry("svc_binary", lambda: scaled(svm.SVC()), data.cancer, scores="swapped"),
    Entry(
        "svc_binary_strings",
        lambda: scaled(svm.SVC(kernel="linear")),
        lambda: data.cancer(["no", "yes"]),
        scores="swapped",
    ),
    Entry("svc_binary_no_zipmap", lambda: scaled(svm.SVC()), data.cancer, {"zipmap": False}, scores="swapped"),
    Entry("svc_no_zipmap_strings", svm.SVC, data.iris_names, {"zipmap": False}),
    Entry("svc_ten_classes", svm.SVC, data.digits),
    Entry("svc_string_labels", svm.SVC, data.iris_names),
    Entry("svc_probability", lambda: svm.SVC(probability=True, random_state=0), data.iris),
    Entry(
        "svc_probability_binary",
        lambda: scaled(svm.SVC(probability=True, random_state=0)),
        data.cancer,
        labels="argmax",
        why="the label of the highest probability: SVC.predict may differ, as scikit-learn documents",
    ),
    Entry("svc_linear_kernel", lambda: svm.SVC(kernel="linear"), data.iris),
    Entry("nu_svc", lambda: svm.NuSVC(nu=0.3, probability=True, random_state=0), data.iris),
    Entry("linear_svc", lambda: svm.LinearSVC(random_state=0), data.iris),
    Entry("linear_svc_binary", lambda: svm.LinearSVC(random_state=0), lambda: data.iris(classes=(1, 2)), scores="single"),
    Entry(
        "linear_svc_binary_strings",
        lambda: svm.LinearSVC(random_state=0),
        lambda: data.iris(NAMES, classes=(1, 2)),
        scores="single",
    ),
]

TREES = [
    Entry("tree", lambda: tree.DecisionTreeClassifier(random_state=0), data.iris),
    Entry("tree_string_labels", lambda: tree.DecisionTreeClassifier(random_state=0), data.iris_names),
    Entry("extra_tree", lambda: tree.ExtraTreeClassifier(random_state=0), data.wine),
    Entry("forest", forest, data.iris_names),
    Entry("forest_binary", forest, data.cancer),
    Entry("forest_ten_classes", lambda: ensemble.RandomForestClassifier(50, random_state=0), data.digits),
    Entry("forest_no_zipmap", forest, data.wine, {"zipmap": False}),
    Entry("forest_zipmap_columns_strings", forest, data.iris_names, {"zipmap": "columns"}),
    Entry("extra_trees", lambda: ensemble.ExtraTreesClassifier(20, random_state=0), data.wine),
    Entry("gradient_boosting", lambda: ensemble.GradientBoostingClassifier(n_estimators=30, random_state=0), data.iris),
    Entry(
        "gradient_boosting_binary",
        lambda: ensemble.GradientBoostingClassifier(n_estimators=30, random_state=0),
        data.cancer,
    ),
    Entry(
        "hist_gradient_boosting",
        lambda: ensemble.HistGradientBoostingClassifier(max_iter=30, random_state=0),
        data.wine,
    ),
    Entry(
        "hist_gradient_boosting_binary",
        lambda: ensemble.HistGradientBoostingClassifier(max_iter=30, random_state=0),
        data.cancer,
    ),
    Entry("adaboost", lambda: ensemble.AdaBoostClassifier(n_estimators=20, random_state=0), data.wine),
    Entry("adaboost_binary", lambda: ensemble.AdaBoostClassifier(n_estimators=20, random_state=0), data.cancer),
    Entry("bagging", lambda: ensemble.BaggingClassifier(n_estimators=10, random_state=0), data.wine),
]

OTHER_CLASSIFIERS = [
    Entry("knn", neighbors.KNeighborsClassifier, data.iris_names),
    Entry("gaussian_nb", naive_bayes.GaussianNB, data.iris),
    Entry("bernoulli_nb", lambda: naive_bayes.BernoulliNB(binarize=8.0), data.digits),
    Entry("multinomial_nb", naive_bayes.MultinomialNB, data.digits),
    Entry("complement_nb", naive_bayes.ComplementNB, data.digits),
    Entry("categorical_nb", lambda: naive_bayes.CategoricalNB(min_categories=17), lambda: data.digits("int64")),
    Entry(
        "mlp",
        lambda: scaled(neural_network.MLPClassifier(hidden_layer_sizes=[16], max_iter=300, random_state=0)),
        data.wine,
    ),
    Entry(
        "mlp_binary",
        lambda: scaled(neural_network.MLPClassifier(hidden_layer_sizes=[16], max_iter=300, random_state=0)),
        data.cancer,
    ),
    Entry(
        "voting_soft",
        lambda: ensemble.VotingClassifier([("a", logistic()), ("b", forest())], voting="soft", flatten_transform=False),
        data.iris_names,
    ),
    Entry(
        "voting_hard",
        lambda: ensemble.VotingClassifier(
            [("a", logistic()), ("b", forest()), ("c", naive_bayes.GaussianNB())], flatten_transform=False
        ),
        data.iris,
    ),
    Entry("stacking", lambda: ensemble.StackingClassifier([("a", scaled(logistic())), ("b", forest())]), data.wine),
    Entry("calibrated_sigmoid", lambda: CalibratedClassifierCV(forest(), cv=3), data.iris),
    Entry(
        "calibrated_isotonic",
        lambda: CalibratedClassifierCV(naive_bayes.GaussianNB(), method="isotonic", cv=3),
        data.wine,
        tolerance=0.05,
        why="skl2onnx takes the nearest step of the isotonic function where scikit-learn interpolates",
    ),
    Entry(
        "calibrated_linear_svc",
        lambda: scaled(CalibratedClassifierCV(svm.LinearSVC(random_state=0), cv=3)),
        data.cancer,
    ),
    Entry("grid_search", lambda: GridSearchCV(forest(), {"max_depth": [2, 4]}, cv=3), data.iris_names),
    Entry("gaussian_nb_no_zipmap_strings", naive_bayes.GaussianNB, data.iris_names, {"zipmap": False}),
    Entry("knn_no_zipmap_strings", neighbors.KNeighborsClassifier, data.iris_names, {"zipmap": False}),
    Entry(
        "mlp_no_zipmap_labels_from_5",
        lambda: scaled(neural_network.MLPClassifier(hidden_layer_sizes=[16], max_iter=300, random_state=0)),
        lambda: data.iris([5, 6, 7]),
        {"zipmap": False},
    ),
    Entry(
        "voting_soft_no_zipmap_strings",
        lambda: ensemble.VotingClassifier([("a", logistic()), ("b", forest())], voting="soft", flatten_transform=False),
        data.iris_names,
        {"zipmap": False},
    ),
    Entry(
        "stacking_no_zipmap_strings",
        lambda: ensemble.StackingClassifier([("a", logistic()), ("b", forest())]),
        data.iris_names,
        {"zipmap": False},
    ),
    Entry(
        "adaboost_no_zipmap_strings",
        lambda: ensemble.AdaBoostClassifier(n_estimators=20, random_state=0),
        data.iris_names,
        {"zipmap": False},
    ),
    Entry(
        "multi_output_classifier", lambda: MultiOutputClassifier(forest()), data.multilabel, refusal="sequence<float32>"
    ),
]

CLASSIFIERS = [*LINEAR, *SVM, *TREES, *OTHER_CLASSIFIERS]
