/** What the first bytes of a file say that it is. */
const FORMATS = [
  { type: 'image/png', name: 'PNG', matches: (bytes: Uint8Array) => startsWith(bytes, 0, '\x89PNG\r\n\x1a\n') },
  { type: 'image/jpeg', name: 'JPEG', matches: (bytes: Uint8Array) => startsWith(bytes, 0, '\xff\xd8\xff') },
  {
    type: 'image/webp',
    name: 'WebP',
    matches: (bytes: Uint8Array) => startsWith(bytes, 0, 'RIFF') && startsWith(bytes, 8, 'WEBP'),
  },
] as const

export type Format = (typeof FORMATS)[number]

/** The content types of the formats that are decoded. Others, which the decoder may know, never reach it. */
export const TYPES = FORMATS.map(({ type }) => type)

/** The format of a file by its content, whatever it is called; undefined when it is none of ours. */
export function formatOf(bytes: Uint8Array): Format | undefined {
  return FORMATS.find(({ matches }) => matches(bytes))
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  return Array.from(text).every((character, index) => bytes[at + index] === character.charCodeAt(0))
}
