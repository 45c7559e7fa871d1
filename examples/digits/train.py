"""Trains the digit classifier of this example and writes digits.onnx, label.json, digit.png and samples/.

    pip install -r requirements.txt
    python train.py

A small convolutional network in NumPy alone, on scikit-learn's 1,797 handwritten digits. They are 8x8 pixels; here they become
PNG files of 64x64, so that the way from a file to the model's input is a real one: decode, gray, resize to 28x28, normalise.
`preprocess` below is that way with Pillow, and the `preprocess:` of vars.yaml says the same: the server gives the same bits.

Prints the numbers that vars.yaml names. The result is deterministic: the same versions on the same machine give the same model.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

HERE = Path(__file__).parent
SIZE = 28
MEAN, STD = np.float32(0.3), np.float32(0.35)
EPOCHS, BATCH, RATE = 25, 32, 2e-3


def draw(digit: np.ndarray) -> Image.Image:
    """8x8 numbers from 0 to 16 as a picture of 64x64, white on black."""
    pixels = np.round(digit.reshape(8, 8) * 255 / 16).astype(np.uint8)
    return Image.fromarray(pixels.repeat(8, axis=0).repeat(8, axis=1))


def preprocess(image: Image.Image) -> np.ndarray:
    """A picture as the model's input, (1, 28, 28)."""
    small = image.convert("L").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    pixels = np.asarray(small, dtype=np.float32)
    return ((pixels / np.float32(255) - MEAN) / STD)[np.newaxis]


class Convolution:
    """3x3, stride 2, padding 1, then ReLU: half of the height and width."""

    def __init__(self, inputs: int, outputs: int, random: np.random.Generator):
        scale = np.sqrt(2 / (inputs * 9))
        self.weights = [random.normal(0, scale, (outputs, inputs * 9)).astype(np.float32), np.zeros(outputs, np.float32)]

    def forward(self, x: np.ndarray) -> np.ndarray:
        count, inputs, height, width = x.shape
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::2, ::2]
        self.shape = x.shape
        self.patches = windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, inputs * 9)
        y = self.patches @ self.weights[0].T + self.weights[1]
        self.y = np.maximum(y, 0).reshape(count, height // 2, width // 2, -1).transpose(0, 3, 1, 2)
        return self.y

    def backward(self, gradient: np.ndarray) -> np.ndarray:
        count, inputs, height, width = self.shape
        flat = (gradient * (self.y > 0)).transpose(0, 2, 3, 1).reshape(-1, gradient.shape[1])
        self.gradients = [flat.T @ self.patches, flat.sum(axis=0)]
        patches = (flat @ self.weights[0]).reshape(count, height // 2, width // 2, inputs, 3, 3)
        padded = np.zeros((count, inputs, height + 2, width + 2), np.float32)
        for row in range(3):
            for column in range(3):
                padded[:, :, row : row + height : 2, column : column + width : 2] += patches[..., row, column].transpose(0, 3, 1, 2)
        return padded[:, :, 1:-1, 1:-1]


class Linear:
    def __init__(self, inputs: int, outputs: int, random: np.random.Generator):
        self.weights = [random.normal(0, np.sqrt(1 / inputs), (inputs, outputs)).astype(np.float32), np.zeros(outputs, np.float32)]

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.shape, self.x = x.shape, x.reshape(len(x), -1)
        return self.x @ self.weights[0] + self.weights[1]

    def backward(self, gradient: np.ndarray) -> np.ndarray:
        self.gradients = [self.x.T @ gradient, gradient.sum(axis=0)]
        return (gradient @ self.weights[0].T).reshape(self.shape)


def train(x: np.ndarray, y: np.ndarray) -> list:
    """Adam on the cross entropy; returns the layers."""
    random = np.random.default_rng(0)
    layers = [Convolution(1, 8, random), Convolution(8, 16, random), Linear(16 * 7 * 7, 10, random)]
    moments = [[[np.zeros_like(w), np.zeros_like(w)] for w in layer.weights] for layer in layers]
    step = 0
    for epoch in range(EPOCHS):
        order = random.permutation(len(x))
        for start in range(0, len(x), BATCH):
            rows = order[start : start + BATCH]
            logits = forward(layers, x[rows])
            gradient = np.exp(logits - logits.max(axis=1, keepdims=True))
            gradient /= gradient.sum(axis=1, keepdims=True)
            gradient[np.arange(len(rows)), y[rows]] -= 1
            gradient /= len(rows)
            for layer in reversed(layers):
                gradient = layer.backward(gradient)
            step += 1
            rate = RATE * (1 - epoch / EPOCHS)
            for layer, pairs in zip(layers, moments):
                for weights, gradients, (first, second) in zip(layer.weights, layer.gradients, pairs):
                    first += 0.1 * (gradients - first)
                    second += 0.001 * (gradients**2 - second)
                    unbiased = first / (1 - 0.9**step), second / (1 - 0.999**step)
                    weights -= np.float32(rate) * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8)
    return layers


def forward(layers: list, x: np.ndarray) -> np.ndarray:
    for layer in layers:
        x = layer.forward(x)
    return x


def export(layers: list) -> bytes:
    """The layers as ONNX, (batch, 1, 28, 28) to logits (batch, 10). The softmax is left to the server: predict.activation."""
    first, second, last = [layer.weights for layer in layers]
    tensors = {
        "conv1.weight": first[0].reshape(8, 1, 3, 3), "conv1.bias": first[1],
        "conv2.weight": second[0].reshape(16, 8, 3, 3), "conv2.bias": second[1],
        "linear.weight": last[0], "linear.bias": last[1],
    }  # fmt: skip
    convolution = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Conv", ["image", "conv1.weight", "conv1.bias"], ["conv1"], **convolution),
        helper.make_node("Relu", ["conv1"], ["relu1"]),
        helper.make_node("Conv", ["relu1", "conv2.weight", "conv2.bias"], ["conv2"], **convolution),
        helper.make_node("Relu", ["conv2"], ["relu2"]),
        helper.make_node("Flatten", ["relu2"], ["flat"]),
        helper.make_node("Gemm", ["flat", "linear.weight", "linear.bias"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, SIZE, SIZE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10])],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="digits")
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def print_vars(model: bytes, images: np.ndarray, labels: np.ndarray) -> None:
    """Runs the exported model on the PNG files: these are the numbers that the server answers."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    predict = lambda x: session.run(["logits"], {"image": x})[0]
    accuracy = (predict(images).argmax(axis=1) == labels).mean()
    print(f"accuracy, held-out 25 %: {accuracy:.3f}")
    assert accuracy >= 0.97, "worse than it should be"
    logits = predict(preprocess(Image.open(HERE / "digit.png"))[np.newaxis])[0].astype(np.float64)
    scores = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    print(f"prediction_sample: [[{', '.join(np.format_float_positional(s, precision=8) for s in scores)}]]")


def main() -> None:
    digits = load_digits()
    pictures = [draw(digit) for digit in digits.data]
    x = np.stack([preprocess(picture) for picture in pictures])
    rows, held_out = train_test_split(np.arange(len(x)), test_size=0.25, random_state=0, stratify=digits.target)
    model = export(train(x[rows], digits.target[rows]))
    (HERE / "digits.onnx").write_bytes(model)
    labels = json.dumps({str(n): str(n) for n in range(10)})[1:-1]
    (HERE / "label.json").write_text(f"{{ {labels} }}\n", encoding="utf-8")
    (HERE / "samples").mkdir(exist_ok=True)
    for number in range(10):
        example = next(row for row in held_out if digits.target[row] == number)
        pictures[example].save(HERE / "samples" / f"{number}.png", optimize=True)
    (HERE / "digit.png").write_bytes((HERE / "samples" / "7.png").read_bytes())
    print_vars(model, x[held_out], digits.target[held_out])


if __name__ == "__main__":
    main()
