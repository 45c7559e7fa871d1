"""LitServe: the model in a worker process of its own, rows in batches."""

import base64
import io
import os

import litserve
import numpy as np
from model import Model, preprocess, softmax
from PIL import Image


class RowsAPI(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.model = Model()

    def decode_request(self, request: dict) -> np.ndarray:
        return np.array(request["data"], np.float32)

    def predict(self, rows: np.ndarray) -> np.ndarray:
        return self.model.run(rows)

    def encode_response(self, prediction: np.ndarray) -> dict:
        return {"prediction": prediction.tolist()}


class ImageAPI(RowsAPI):
    """Asked without batches: what is decoded is one image."""

    def decode_request(self, request: dict) -> np.ndarray:
        return preprocess(Image.open(io.BytesIO(base64.b64decode(request["image"]))))

    def predict(self, image: np.ndarray) -> np.ndarray:
        return softmax(self.model.run(image[np.newaxis]))[0]


if __name__ == "__main__":
    api_class = ImageAPI if os.environ["KIND"] == "image" else RowsAPI
    api = api_class(
        max_batch_size=int(os.environ["MAX_BATCH_SIZE"]), batch_timeout=float(os.environ["BATCH_TIMEOUT_MS"]) / 1000
    )
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1, fast_queue=True)
    server.run(
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        num_api_servers=1,
        log_level="warning",
        generate_client_file=False,
    )
