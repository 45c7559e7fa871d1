"""FastAPI the usual way: pydantic models, `def` handlers, which run in its threads; and beside them, the same on the event loop."""

import numpy as np
from fastapi import FastAPI, UploadFile
from model import Model, preprocess, softmax
from PIL import Image
from pydantic import BaseModel

app = FastAPI()
model = Model()


class Rows(BaseModel):
    data: list[list[float]]


class Predictions(BaseModel):
    prediction: list[list[float]]


@app.post("/predict")
def predict(rows: Rows) -> Predictions:
    return Predictions(prediction=model.run(np.array(rows.data, np.float32)).tolist())


@app.post("/predict/image")
def predict_image(image: UploadFile) -> Predictions:
    logits = model.run(preprocess(Image.open(image.file))[np.newaxis])
    return Predictions(prediction=softmax(logits).tolist())


@app.post("/async/predict")
async def predict_on_loop(rows: Rows) -> Predictions:
    return predict(rows)


@app.post("/async/predict/image")
async def predict_image_on_loop(image: UploadFile) -> Predictions:
    return predict_image(image)
