/** Of vars.yaml, options.grpc. */
export const options = { port: 8001 } as const
