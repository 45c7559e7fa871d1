"""What scikit-learn learns without a target: clusters, outliers, transformations."""

from sklearn import cluster, decomposition, ensemble, mixture, neighbors, preprocessing, svm

import data
from entry import Entry, scaled

WITHOUT_TARGET = [
    Entry("kmeans", lambda: cluster.KMeans(4, random_state=0, n_init=3), data.iris),
    Entry("mini_batch_kmeans", lambda: scaled(cluster.MiniBatchKMeans(5, random_state=0, n_init=3)), data.wine),
    Entry("gaussian_mixture", lambda: mixture.GaussianMixture(3, random_state=0), data.iris),
    Entry("isolation_forest", lambda: ensemble.IsolationForest(n_estimators=20, random_state=0), data.iris),
    Entry("one_class_svm", lambda: svm.OneClassSVM(nu=0.1), data.iris),
    Entry("local_outlier_factor", lambda: neighbors.LocalOutlierFactor(10, novelty=True), data.diabetes),
    Entry("standard_scaler", preprocessing.StandardScaler, data.wine),
    Entry("pca", lambda: decomposition.PCA(3), data.iris),
    Entry("one_hot", lambda: preprocessing.OneHotEncoder(sparse_output=False), data.words),
    Entry("truncated_svd", lambda: decomposition.TruncatedSVD(2, random_state=0), data.digits),
]
