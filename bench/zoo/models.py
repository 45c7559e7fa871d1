"""All models of the zoo."""

from boosted import BOOSTED
from classifiers import CLASSIFIERS
from pipelines import PIPELINES
from regressors import REGRESSORS
from without_target import WITHOUT_TARGET

ENTRIES = [*CLASSIFIERS, *PIPELINES, *REGRESSORS, *WITHOUT_TARGET, *BOOSTED]
