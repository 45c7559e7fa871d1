"""What is tried with tritonclient.http, as NVIDIA ships it."""

import tritonclient.http as http
from tritonclient.utils import InferenceServerException

from values import SPECIAL, TENSORS, assert_equal

MODEL = "sample"


def infer_inputs(tensors: dict, *, as_json: bool) -> list[http.InferInput]:
    inputs = []
    for name, (datatype, array) in tensors.items():
        one = http.InferInput(name, list(array.shape), datatype)
        one.set_data_from_numpy(array, binary_data=not as_json or datatype == "FP16")
        inputs.append(one)
    return inputs


def wanted(*, as_json: bool) -> list[http.InferRequestedOutput]:
    return [
        http.InferRequestedOutput(f"{name}_out", binary_data=not as_json or datatype == "FP16")
        for name, (datatype, _) in TENSORS.items()
    ]


def assert_all(result: http.InferResult, of: dict, *, exact: bool = True) -> None:
    for name in of:
        assert_equal(name, result.as_numpy(f"{name}_out"), of=of, exact=exact)


def probes(client: http.InferenceServerClient) -> None:
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(MODEL)
    assert not client.is_model_ready("nothing")


def metadata(client: http.InferenceServerClient) -> None:
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    described = client.get_model_metadata(MODEL)["inputs"]
    found = {one["name"]: (one["datatype"], one["shape"]) for one in described}
    assert found == {name: (datatype, [-1, 2]) for name, (datatype, _) in TENSORS.items()}, found


def binary(client: http.InferenceServerClient) -> None:
    assert_all(client.infer(MODEL, infer_inputs(SPECIAL, as_json=False)), SPECIAL)


def json(client: http.InferenceServerClient) -> None:
    result = client.infer(MODEL, infer_inputs(TENSORS, as_json=True), outputs=wanted(as_json=True))
    assert_all(result, TENSORS, exact=False)


def json_to_binary(client: http.InferenceServerClient) -> None:
    assert_all(client.infer(MODEL, infer_inputs(TENSORS, as_json=True)), TENSORS, exact=False)


def special_as_json(client: http.InferenceServerClient) -> None:
    result = client.infer(MODEL, infer_inputs(SPECIAL, as_json=False), outputs=wanted(as_json=True))
    assert_all(result, SPECIAL, exact=False)


def compressed(client: http.InferenceServerClient) -> None:
    for algorithm in ("gzip", "deflate"):
        result = client.infer(
            MODEL,
            infer_inputs(SPECIAL, as_json=False),
            request_compression_algorithm=algorithm,
            response_compression_algorithm=algorithm,
        )
        assert_all(result, SPECIAL)


def request_id(client: http.InferenceServerClient) -> None:
    inputs = infer_inputs(TENSORS, as_json=False)
    assert client.infer(MODEL, inputs, request_id="order-42").get_response()["id"] == "order-42"
    assert client.infer(MODEL, inputs).get_response()["id"]


def at_once(client: http.InferenceServerClient) -> None:
    inputs = infer_inputs(TENSORS, as_json=False)
    for pending in [client.async_infer(MODEL, inputs, request_id=str(number)) for number in range(16)]:
        assert_all(pending.get_result(), TENSORS)


def errors(client: http.InferenceServerClient) -> None:
    short = infer_inputs(TENSORS, as_json=False)[1:]
    for request, words in (((MODEL, short), 'input "float32" is missing'), (("nothing", short), 'no model "nothing"')):
        try:
            client.infer(*request)
        except InferenceServerException as error:
            assert words in str(error), error
        else:
            raise AssertionError("no error")


CHECKS = [probes, metadata, binary, json, json_to_binary, special_as_json, compressed, request_id, at_once, errors]


def run(address: str):
    """(what, check) for each, to be called."""
    client = http.InferenceServerClient(address, concurrency=4)
    return [(check.__name__, lambda check=check: check(client)) for check in CHECKS]
