"""What is tried with tritonclient.grpc, as NVIDIA ships it."""

import tritonclient.grpc as grpc
from tritonclient.utils import InferenceServerException

from values import SPECIAL, TENSORS, assert_equal

MODEL = "sample"


def infer_inputs(tensors: dict) -> list[grpc.InferInput]:
    inputs = []
    for name, (datatype, array) in tensors.items():
        one = grpc.InferInput(name, list(array.shape), datatype)
        one.set_data_from_numpy(array)
        inputs.append(one)
    return inputs


def assert_all(result: grpc.InferResult, of: dict) -> None:
    for name in of:
        assert_equal(name, result.as_numpy(f"{name}_out"), of=of)


def probes(client: grpc.InferenceServerClient) -> None:
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(MODEL)


def metadata(client: grpc.InferenceServerClient) -> None:
    assert "binary_tensor_data" in client.get_server_metadata().extensions
    described = client.get_model_metadata(MODEL).inputs
    found = {one.name: (one.datatype, list(one.shape)) for one in described}
    assert found == {name: (datatype, [-1, 2]) for name, (datatype, _) in TENSORS.items()}, found


def raw(client: grpc.InferenceServerClient) -> None:
    assert_all(client.infer(MODEL, infer_inputs(SPECIAL)), SPECIAL)


def some_outputs(client: grpc.InferenceServerClient) -> None:
    result = client.infer(MODEL, infer_inputs(TENSORS), outputs=[grpc.InferRequestedOutput("string_out")])
    assert_equal("string", result.as_numpy("string_out"), of=TENSORS)
    assert result.as_numpy("float32_out") is None


def compressed(client: grpc.InferenceServerClient) -> None:
    for algorithm in ("gzip", "deflate"):
        assert_all(client.infer(MODEL, infer_inputs(SPECIAL), compression_algorithm=algorithm), SPECIAL)


def request_id(client: grpc.InferenceServerClient) -> None:
    inputs = infer_inputs(TENSORS)
    assert client.infer(MODEL, inputs, request_id="order-42").get_response().id == "order-42"
    assert client.infer(MODEL, inputs).get_response().id


def with_timeout(client: grpc.InferenceServerClient) -> None:
    assert_all(client.infer(MODEL, infer_inputs(TENSORS), client_timeout=30), TENSORS)


def errors(client: grpc.InferenceServerClient) -> None:
    short = infer_inputs(TENSORS)[1:]
    for request, words in (((MODEL, short), 'input "float32" is missing'), (("nothing", short), 'no model "nothing"')):
        try:
            client.infer(*request)
        except InferenceServerException as error:
            assert words in str(error), error
        else:
            raise AssertionError("no error")


CHECKS = [probes, metadata, raw, some_outputs, compressed, request_id, with_timeout, errors]


def run(address: str):
    """(what, check) for each, to be called."""
    client = grpc.InferenceServerClient(address)
    return [("gRPC " + check.__name__, lambda check=check: check(client)) for check in CHECKS]
