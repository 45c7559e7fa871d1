import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import * as literals from '../../src/literals.ts'

/** Text made of what languages give a meaning to, mixed with anything. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...'\'"`\\${}#:%&*!|>@-?,[]()<>=~\n\r\t '.split(''),
        '{{',
        '}}',
        '{%',
        '${',
        '$(',
        '\u2028',
        '\u0085',
        '\ufeff',
        '__proto__',
        'yes',
        'null',
      ),
      fc.string({ unit: 'grapheme' }),
    ),
  )
  .map((parts) => parts.join(''))
// There and back once: JSON knows no -0.
const json = fc.jsonValue({ stringUnit: 'grapheme' }).map((value) => JSON.parse(JSON.stringify(value)))
const shellText = nasty.filter((text) => !text.includes('\0'))

describe('a value stays what it is in every language', () => {
  test('TypeScript', () => {
    fc.assert(
      fc.property(fc.oneof(nasty, json), (value) => {
        expect(new Function(`return ${literals.toTypeScript(value as never)}`)()).toEqual(value)
      }),
    )
  })

  test('JSON and YAML', () => {
    fc.assert(
      fc.property(fc.oneof(nasty, json), (value) => {
        expect(JSON.parse(literals.toJson(value as never))).toEqual(value)
        expect(parse(`a: ${literals.toYaml(value as never)}\nb: 1`)).toEqual({ a: value, b: 1 })
      }),
    )
  })

  test('the shell', () => {
    fc.assert(
      fc.property(shellText, (text) => {
        expect(execFileSync('sh', ['-c', `printf %s ${literals.toShell(text)}`]).toString()).toBe(text)
      }),
      { numRuns: 60 },
    )
  })

  test('YAML keeps plain words plain and quotes what YAML would read as something else', () => {
    expect(['sample', 'a/b:1', 'yes', 'null', '1.0', '@org/team', ''].map((word) => literals.toYaml(word))).toEqual([
      'sample',
      '"a/b:1"',
      '"yes"',
      '"null"',
      '"1.0"',
      '"@org/team"',
      '""',
    ])
  })
})
