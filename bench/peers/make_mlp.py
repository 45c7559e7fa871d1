"""A small multilayer perceptron: 64 numbers in, two hidden layers of 256, probabilities of 10 classes out; seeded weights.

usage: python3 make_mlp.py FILE
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SEED = 20261122
OPSET = 17
#: What onnxruntime-node 1.30 reads.
IR_VERSION = 8
WIDTHS = [64, 256, 256, 10]


def main() -> None:
    random = np.random.default_rng(SEED)
    nodes, weights = [], []
    x = "input"
    for layer, (fan_in, fan_out) in enumerate(zip(WIDTHS, WIDTHS[1:])):
        weight = (random.standard_normal((fan_in, fan_out)) * np.sqrt(2 / fan_in)).astype(np.float32)
        weights.append(numpy_helper.from_array(weight, f"weight_{layer}"))
        weights.append(numpy_helper.from_array(np.zeros(fan_out, np.float32), f"bias_{layer}"))
        nodes.append(helper.make_node("Gemm", [x, f"weight_{layer}", f"bias_{layer}"], [f"dense_{layer}"]))
        is_last = layer == len(WIDTHS) - 2
        x = "probabilities" if is_last else f"relu_{layer}"
        nodes.append(helper.make_node("Softmax" if is_last else "Relu", [f"dense_{layer}"], [x]))
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", WIDTHS[0]])]
    outputs = [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", WIDTHS[-1]])]
    graph = helper.make_graph(nodes, "mlp", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    onnx.save(model, sys.argv[1])


if __name__ == "__main__":
    main()
