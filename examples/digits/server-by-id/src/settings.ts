/** One environment variable, as JSON Schema. Every setting has a default, so that a server starts without any. */
export interface Setting {
  readonly type: 'string' | 'integer' | 'number' | 'boolean'
  readonly default: string | number | boolean
  /** Of a string: the only values. */
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly minLength?: number
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  /** Hides the value from the log. */
  readonly secret?: true
}

/** Settings by the name of their environment variable. */
export type Settings = Readonly<Record<string, Setting>>

/** What a setting is after it was read: `'on' | 'off'` of an enum, else what its type says. */
export type ValueOf<One extends Setting> = One extends { readonly enum: readonly (infer Value)[] }
  ? Value
  : One extends { readonly type: 'string' }
    ? string
    : One extends { readonly type: 'boolean' }
      ? boolean
      : number

/** Settings as they were read. */
export type Values<All extends Settings> = { readonly [Name in keyof All]: ValueOf<All[Name]> }
