"""The tensors that are sent: two rows of every datatype, with the edges of each. The model answers what it was asked."""

import numpy as np

#: By the model's input; its output is `<input>_out`.
TENSORS: dict[str, tuple[str, np.ndarray]] = {
    "float32": ("FP32", np.array([[0.1, -0.0], [3.4028235e38, 1e-45]], np.float32)),
    "float64": ("FP64", np.array([[0.1, -1e308], [5e-324, 2.0]], np.float64)),
    "float16": ("FP16", np.array([[0.1, 65504], [6e-8, -1]], np.float16)),
    "int8": ("INT8", np.array([[-128, 127], [0, -1]], np.int8)),
    "int16": ("INT16", np.array([[-(2**15), 2**15 - 1], [0, -1]], np.int16)),
    "int32": ("INT32", np.array([[-(2**31), 2**31 - 1], [0, -1]], np.int32)),
    "int64": ("INT64", np.array([[-(2**53) + 1, 2**53 - 1], [0, -1]], np.int64)),
    "uint8": ("UINT8", np.array([[0, 255], [1, 2]], np.uint8)),
    "uint16": ("UINT16", np.array([[0, 2**16 - 1], [1, 2]], np.uint16)),
    "uint32": ("UINT32", np.array([[0, 2**32 - 1], [1, 2]], np.uint32)),
    "uint64": ("UINT64", np.array([[0, 2**53 - 1], [1, 2]], np.uint64)),
    "bool": ("BOOL", np.array([[True, False], [False, True]], np.bool_)),
    "string": ("BYTES", np.array([["", "ü😀"], ["a b", "x" * 1000]], np.object_)),
}

#: What JSON has no number for, over binary only.
SPECIAL: dict[str, tuple[str, np.ndarray]] = TENSORS | {
    "float32": ("FP32", np.array([[np.nan, np.inf], [-np.inf, -0.0]], np.float32)),
    "float64": ("FP64", np.array([[np.nan, np.inf], [-np.inf, -0.0]], np.float64)),
    "float16": ("FP16", np.array([[np.nan, np.inf], [-np.inf, -0.0]], np.float16)),
    "int64": ("INT64", np.array([[-(2**63), 2**63 - 1], [0, -1]], np.int64)),
    "uint64": ("UINT64", np.array([[0, 2**64 - 1], [1, 2]], np.uint64)),
}


def assert_equal(name: str, got: np.ndarray | None, *, of: dict[str, tuple[str, np.ndarray]], exact: bool = True) -> None:
    """The same bits; without `exact`, the same values, as JSON writes minus zero as 0."""
    datatype, sent = of[name]
    if got is None:
        raise AssertionError(f"no {name}")
    if datatype == "BYTES":
        got = np.array([text.decode() if isinstance(text, bytes) else text for text in got.flat], np.object_).reshape(got.shape)
    is_float = datatype.startswith("FP")
    same = got.tobytes() == sent.tobytes() if exact and is_float else np.array_equal(got, sent, equal_nan=is_float)
    if got.dtype != sent.dtype or got.shape != sent.shape or not same:
        raise AssertionError(f"{name}: sent {sent.tolist()}, got {got.tolist()}")
