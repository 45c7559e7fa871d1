/** Stands for what is rendered from vars.yaml, where base/ is type-checked in place. */
export const options = { url: 'https://models.example.com/iris.onnx' }
