"""BentoML: one service with adaptive batching, one worker, no access log."""

import os

import bentoml
import numpy as np
from model import Model, preprocess, softmax
from PIL.Image import Image

BATCHING = {
    "batchable": True,
    "max_batch_size": int(os.environ["MAX_BATCH_SIZE"]),
    "max_latency_ms": int(os.environ["MAX_LATENCY_MS"]),
}


@bentoml.service(workers=1, logging={"access": {"enabled": False}})
class Classifier:
    def __init__(self) -> None:
        self.model = Model()

    @bentoml.api(**BATCHING)
    def predict(self, rows: np.ndarray) -> np.ndarray:
        return self.model.run(rows.astype(np.float32))

    @bentoml.api(**BATCHING)
    def predict_image(self, images: list[Image]) -> np.ndarray:
        return softmax(self.model.run(np.stack([preprocess(image) for image in images])))
