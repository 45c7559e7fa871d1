"""Regressors of scikit-learn, with one target and with several."""

from sklearn import ensemble, gaussian_process, linear_model, neighbors, neural_network, svm, tree
from sklearn.cross_decomposition import PLSRegression
from sklearn.multioutput import MultiOutputRegressor

import data
from entry import Entry, scaled

REGRESSORS = [
    Entry("linear", linear_model.LinearRegression, data.diabetes),
    Entry("linear_float64", linear_model.LinearRegression, lambda: data.diabetes("float64")),
    Entry("linear_three_targets", linear_model.LinearRegression, data.linnerud, targets=3),
    Entry("ridge", linear_model.Ridge, data.diabetes),
    Entry("lasso", lambda: linear_model.Lasso(0.1), data.diabetes),
    Entry("elastic_net", lambda: linear_model.ElasticNet(0.1), data.diabetes),
    Entry("bayesian_ridge", linear_model.BayesianRidge, data.diabetes),
    Entry("huber", lambda: linear_model.HuberRegressor(max_iter=1000), data.diabetes),
    Entry("poisson", linear_model.PoissonRegressor, data.counts),
    Entry("gamma", linear_model.GammaRegressor, data.counts),
    Entry("sgd_regressor", lambda: scaled(linear_model.SGDRegressor(random_state=0)), data.diabetes),
    Entry("pls", lambda: PLSRegression(2), data.diabetes),
    Entry("svr", lambda: svm.SVR(C=100), data.diabetes),
    Entry("linear_svr", lambda: svm.LinearSVR(C=10, max_iter=10000, random_state=0), data.diabetes),
    Entry("tree_regressor", lambda: tree.DecisionTreeRegressor(max_depth=6, random_state=0), data.diabetes),
    Entry("forest_regressor", lambda: ensemble.RandomForestRegressor(20, random_state=0), data.diabetes),
    Entry("forest_three_targets", lambda: ensemble.RandomForestRegressor(20, random_state=0), data.linnerud, targets=3),
    Entry("extra_trees_regressor", lambda: ensemble.ExtraTreesRegressor(20, random_state=0), data.diabetes),
    Entry(
        "gradient_boosting_regressor",
        lambda: ensemble.GradientBoostingRegressor(n_estimators=30, random_state=0),
        data.diabetes,
    ),
    Entry(
        "hist_gradient_boosting_regressor",
        lambda: ensemble.HistGradientBoostingRegressor(max_iter=30, random_state=0),
        data.diabetes,
    ),
    Entry("adaboost_regressor", lambda: ensemble.AdaBoostRegressor(n_estimators=10, random_state=0), data.diabetes),
    Entry("bagging_regressor", lambda: ensemble.BaggingRegressor(n_estimators=10, random_state=0), data.diabetes),
    Entry("knn_regressor", neighbors.KNeighborsRegressor, data.diabetes),
    Entry(
        "mlp_regressor",
        lambda: scaled(neural_network.MLPRegressor(hidden_layer_sizes=[16], max_iter=500, random_state=0)),
        data.diabetes,
    ),
    Entry(
        "gaussian_process_regressor",
        lambda: gaussian_process.GaussianProcessRegressor(alpha=0.1, normalize_y=True),
        data.diabetes,
    ),
    Entry(
        "voting_regressor",
        lambda: ensemble.VotingRegressor(
            [("a", linear_model.Ridge()), ("b", tree.DecisionTreeRegressor(max_depth=4, random_state=0))]
        ),
        data.diabetes,
    ),
    Entry(
        "stacking_regressor",
        lambda: ensemble.StackingRegressor([("a", linear_model.Ridge()), ("b", neighbors.KNeighborsRegressor())]),
        data.diabetes,
    ),
    Entry("multi_output_regressor", lambda: MultiOutputRegressor(linear_model.Ridge()), data.linnerud, targets=3),
]
