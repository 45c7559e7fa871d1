"""What is tried with KServe's InferenceGRPCClient, as the kserve package ships it."""

import asyncio
import logging

from kserve import InferenceGRPCClient, InferInput, InferRequest

from values import SPECIAL, TENSORS, assert_equal

MODEL = "sample"

# It logs the errors that it throws.
logging.getLogger("kserve").setLevel(logging.CRITICAL)


def infer_request(tensors: dict) -> InferRequest:
    inputs = []
    for name, (datatype, array) in tensors.items():
        one = InferInput(name, list(array.shape), datatype)
        one.set_data_from_numpy(array, binary_data=True)
        inputs.append(one)
    return InferRequest(MODEL, inputs, request_id="order-42")


async def probes(client: InferenceGRPCClient) -> None:
    assert await client.is_server_live() is True
    assert await client.is_server_ready() is True
    assert await client.is_model_ready(MODEL) is True


async def raw(client: InferenceGRPCClient) -> None:
    response = await client.infer(infer_request(SPECIAL))
    assert (response.model_name, response.id) == (MODEL, "order-42")
    found = {output.name: output for output in response.outputs}
    for name in SPECIAL:
        assert_equal(name, found[f"{name}_out"].as_numpy(), of=SPECIAL)


async def errors(client: InferenceGRPCClient) -> None:
    try:
        await client.infer(infer_request(dict(list(TENSORS.items())[1:])))
    except Exception as error:  # Which one, it does not promise.
        assert 'input "float32" is missing' in str(error), error
    else:
        raise AssertionError("no error")


CHECKS = [probes, raw, errors]


def run(address: str):
    """(what, check) for each, to be called."""

    async def ask(check) -> None:
        async with InferenceGRPCClient(address) as client:
            await check(client)

    return [("gRPC " + check.__name__, lambda check=check: asyncio.run(ask(check))) for check in CHECKS]
