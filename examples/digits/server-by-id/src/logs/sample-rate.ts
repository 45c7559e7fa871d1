/** Which part of all is logged: 0 is none, 1 is all. */
export function sampleRate(setting: 'off' | 'sampled' | 'all', rate: number): number {
  if (setting === 'off') return 0
  return setting === 'all' ? 1 : rate
}
