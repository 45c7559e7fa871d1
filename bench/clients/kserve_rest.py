"""What is tried with KServe's InferenceRESTClient, as the kserve package ships it."""

import asyncio

import httpx
from kserve import InferenceRESTClient, InferInput, InferOutput, InferRequest, InferResponse, RESTConfig
from kserve.protocol.infer_type import RequestedOutput

from values import SPECIAL, TENSORS, assert_equal

MODEL = "sample"


def infer_request(tensors: dict, *, as_json: bool, outputs_as_json: bool) -> InferRequest:
    inputs = []
    for name, (datatype, array) in tensors.items():
        one = InferInput(name, list(array.shape), datatype)
        one.set_data_from_numpy(array, binary_data=not as_json or datatype == "FP16")
        inputs.append(one)
    outputs = [
        RequestedOutput(f"{name}_out", {"binary_data": not outputs_as_json or datatype == "FP16"})
        for name, (datatype, _) in tensors.items()
    ]
    return InferRequest(MODEL, inputs, request_id="order-42", request_outputs=outputs)


def assert_all(response: InferResponse, of: dict, *, exact: bool = True) -> None:
    assert (response.model_name, response.id) == (MODEL, "order-42")
    found: dict[str, InferOutput] = {output.name: output for output in response.outputs}
    for name in of:
        assert_equal(name, found[f"{name}_out"].as_numpy(), of=of, exact=exact)


async def probes(client: InferenceRESTClient, url: str) -> None:
    assert await client.is_server_live(url) is True
    assert await client.is_server_ready(url) is True
    assert await client.is_model_ready(url, MODEL) is True
    assert await client.is_model_ready(url, "nothing") is False


async def binary(client: InferenceRESTClient, url: str) -> None:
    request = infer_request(SPECIAL, as_json=False, outputs_as_json=False)
    assert_all(await client.infer(url, request, MODEL), SPECIAL)


async def json(client: InferenceRESTClient, url: str) -> None:
    request = infer_request(TENSORS, as_json=True, outputs_as_json=True)
    assert_all(await client.infer(url, request, MODEL), TENSORS, exact=False)


async def mixed(client: InferenceRESTClient, url: str) -> None:
    request = infer_request(TENSORS, as_json=True, outputs_as_json=False)
    assert_all(await client.infer(url, request, MODEL), TENSORS, exact=False)


async def errors(client: InferenceRESTClient, url: str) -> None:
    missing = dict(list(TENSORS.items())[1:])
    request = infer_request(missing, as_json=False, outputs_as_json=False)
    for name, words in ((MODEL, 'input "float32" is missing'), ("nothing", 'no model "nothing"')):
        try:
            await client.infer(url, request, name)
        except httpx.HTTPStatusError as error:
            assert words in str(error), error
        else:
            raise AssertionError("no error")


CHECKS = [probes, binary, json, mixed, errors]


def run(address: str):
    """(what, check) for each, to be called."""

    async def ask(check) -> None:
        async with InferenceRESTClient(RESTConfig(protocol="v2")) as client:
            await check(client, f"http://{address}")

    return [(check.__name__, lambda check=check: asyncio.run(ask(check))) for check in CHECKS]
