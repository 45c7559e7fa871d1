"""The models that the serving benchmark (bench/serving) runs, with random but seeded weights: their speed is what counts.

usage: python3 make_models.py FOLDER
  mobilenet.onnx  MobileNetV2 (Sandler et al. 2018, width 1.0): 3.5 million weights, 300 million multiply-adds per image
  slow.onnx       about 50 ms per row on one core: 16 numbers in, 10 out
  medium.onnx     about 5 ms per row, the same otherwise
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SEED = 20261122
OPSET = 17
#: What onnxruntime-node 1.30 reads.
IR_VERSION = 8
#: Expansion, channels out, repetitions, stride of the first: table 2 of the paper.
BLOCKS = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
SLOW_CHANNELS = 256
SLOW_LAYERS = 10
MEDIUM_LAYERS = 1


class Graph:
    """Nodes and weights, added in the order in which they run; each method gives the name of what it makes."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(SEED)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def node(self, kind: str, *inputs: str, **attributes) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, value: np.ndarray) -> str:
        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def random_weight(self, *shape: int) -> str:
        """He initialisation: what goes through keeps its size, and so its speed (denormal numbers are slow)."""
        fan_in = int(np.prod(shape[1:]))
        return self.constant((self.random.standard_normal(shape) * np.sqrt(2 / fan_in)).astype(np.float32))

    def conv(self, x: str, cin: int, cout: int, *, size: int = 1, stride: int = 1, group: int = 1) -> str:
        """A convolution with bias, as it is left when batch normalisation was folded into it."""
        bias = self.constant(np.zeros(cout, np.float32))
        weight = self.random_weight(cout, cin // group, size, size)
        return self.node("Conv", x, weight, bias, strides=[stride] * 2, pads=[size // 2] * 4, group=group)

    def relu6(self, x: str) -> str:
        low, high = (self.constant(np.array(value, np.float32)) for value in (0, 6))
        return self.node("Clip", x, low, high)

    def dense(self, x: str, cin: int, cout: int) -> str:
        bias = self.constant(np.zeros(cout, np.float32))
        return self.node("Gemm", x, self.random_weight(cout, cin), bias, transB=1)

    def pooled(self, x: str) -> str:
        return self.node("Flatten", self.node("GlobalAveragePool", x))

    def save(self, path: Path, shape: list, last: str, classes: int) -> None:
        self.nodes.append(helper.make_node("Identity", [last], ["logits"]))
        inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", *shape])]
        outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", classes])]
        graph = helper.make_graph(self.nodes, path.stem, inputs, outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        onnx.save(model, path)


def inverted_residual(graph: Graph, x: str, cin: int, cout: int, *, expansion: int, stride: int) -> str:
    wide = cin * expansion
    y = x if expansion == 1 else graph.relu6(graph.conv(x, cin, wide))
    y = graph.relu6(graph.conv(y, wide, wide, size=3, stride=stride, group=wide))
    y = graph.conv(y, wide, cout)
    return graph.node("Add", x, y) if stride == 1 and cin == cout else y


def make_mobilenet(path: Path) -> None:
    graph = Graph()
    channels = 32
    x = graph.relu6(graph.conv("input", 3, channels, size=3, stride=2))
    for expansion, cout, repetitions, first_stride in BLOCKS:
        for repetition in range(repetitions):
            stride = first_stride if repetition == 0 else 1
            x = inverted_residual(graph, x, channels, cout, expansion=expansion, stride=stride)
            channels = cout
    x = graph.relu6(graph.conv(x, channels, 1280))
    graph.save(path, [3, 224, 224], graph.dense(graph.pooled(x), 1280, 1000), 1000)


def make_slow(path: Path, layers: int) -> None:
    graph = Graph()
    side = 32
    x = graph.dense("input", 16, side * side)
    x = graph.node("Reshape", x, graph.constant(np.array([-1, 1, side, side], np.int64)))
    x = graph.node("Relu", graph.conv(x, 1, SLOW_CHANNELS, size=3))
    for _ in range(layers):
        x = graph.node("Relu", graph.conv(x, SLOW_CHANNELS, SLOW_CHANNELS, size=3))
    graph.save(path, [16], graph.dense(graph.pooled(x), SLOW_CHANNELS, 10), 10)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    make_mobilenet(folder / "mobilenet.onnx")
    make_slow(folder / "slow.onnx", SLOW_LAYERS)
    make_slow(folder / "medium.onnx", MEDIUM_LAYERS)


if __name__ == "__main__":
    main()
