"""MLServer: a custom runtime (it has none of its own for ONNX), asked over the Open Inference Protocol."""

import io
import os

import numpy as np
from mlserver import MLModel
from mlserver.codecs import Base64Codec, NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from model import Model, preprocess, softmax
from PIL import Image


class OnnxModel(MLModel):
    async def load(self) -> bool:
        self.model = Model()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        prediction = self.predict_images(payload) if os.environ["KIND"] == "image" else self.predict_rows(payload)
        output = NumpyCodec.encode_output("prediction", prediction)
        return InferenceResponse(model_name=self.name, outputs=[output])

    def predict_rows(self, payload: InferenceRequest) -> np.ndarray:
        return self.model.run(NumpyCodec.decode_input(payload.inputs[0]))

    def predict_images(self, payload: InferenceRequest) -> np.ndarray:
        files = Base64Codec.decode_input(payload.inputs[0])
        images = [preprocess(Image.open(io.BytesIO(file))) for file in files]
        return softmax(self.model.run(np.stack(images)))
