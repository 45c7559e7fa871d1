"""What the Python peers have in common: the model, run as its users run it, and a photo made into its input."""

import os

import numpy as np
import onnxruntime
from PIL import Image

#: As ImageNet's models are evaluated: the shorter side to 256, the middle 224 x 224 of it, in RGB.
SHORTER_SIDE = 256
SIZE = 224
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)


class Model:
    """An onnxruntime session on one thread. MODEL is the file, OUTPUT the name of the output that is wanted."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.output = os.environ["OUTPUT"]

    def run(self, batch: np.ndarray) -> np.ndarray:
        """(rows, ...) float32 -> (rows, numbers) float32."""
        return self.session.run([self.output], {self.input: batch})[0]


def preprocess(image: Image.Image) -> np.ndarray:
    """A picture -> (3, 224, 224) float32."""
    image = image.convert("RGB")
    scale = SHORTER_SIDE / min(image.size)
    image = image.resize([round(side * scale) for side in image.size], Image.Resampling.BILINEAR)
    left, top = [(side - SIZE) // 2 for side in image.size]
    pixels = np.asarray(image.crop((left, top, left + SIZE, top + SIZE)), np.float32) / np.float32(255)
    return ((pixels - MEAN) / STD).transpose(2, 0, 1)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Of each row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
