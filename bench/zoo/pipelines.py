"""Pipelines: several inputs, strings, texts, features made on the way."""

from sklearn import decomposition, ensemble, linear_model, naive_bayes, preprocessing, svm
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import RFE, SelectKBest
from sklearn.pipeline import FeatureUnion, make_pipeline

import data
from entry import Entry, columns, columns_for_trees, forest, logistic

PIPELINES = [
    Entry("columns_logistic", lambda: columns(logistic()), data.mixed),
    Entry("columns_forest", lambda: columns_for_trees(forest()), data.mixed),
    Entry("columns_no_zipmap", lambda: columns(logistic()), data.mixed, {"zipmap": False}),
    Entry("columns_ridge", lambda: columns(linear_model.Ridge()), lambda: data.mixed(target=11)),
    Entry(
        "columns_gradient_boosting",
        lambda: columns_for_trees(ensemble.GradientBoostingRegressor(n_estimators=30, random_state=0)),
        lambda: data.mixed(target=11),
    ),
    Entry(
        "one_hot_strings",
        lambda: make_pipeline(preprocessing.OneHotEncoder(handle_unknown="ignore"), logistic()),
        data.words,
    ),
    Entry("ordinal_strings", lambda: make_pipeline(preprocessing.OrdinalEncoder(), forest()), data.words),
    Entry(
        "tfidf", lambda: make_pipeline(ColumnTransformer([("text", TfidfVectorizer(), 0)]), logistic()), data.sentences
    ),
    Entry(
        "count_vectorizer",
        lambda: make_pipeline(
            ColumnTransformer([("text", CountVectorizer(ngram_range=(1, 2)), 0)]), naive_bayes.MultinomialNB()
        ),
        data.sentences,
    ),
    Entry(
        "pca_svc",
        lambda: make_pipeline(
            preprocessing.StandardScaler(), decomposition.PCA(5), svm.SVC(probability=True, random_state=0)
        ),
        data.cancer,
    ),
    Entry(
        "poly_select_logistic",
        lambda: make_pipeline(
            preprocessing.StandardScaler(), preprocessing.PolynomialFeatures(2), SelectKBest(k=10), logistic()
        ),
        data.iris,
    ),
    Entry(
        "rfe_union",
        lambda: make_pipeline(
            FeatureUnion([("a", preprocessing.MinMaxScaler()), ("b", decomposition.PCA(2))]),
            RFE(logistic(), n_features_to_select=4),
            logistic(),
        ),
        data.wine,
    ),
]
