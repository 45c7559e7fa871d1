import type { DeviceChoice, OpenOptions } from '../messages.ts'
import { find } from './dom.ts'

/** What was chosen stays chosen, where the browser keeps it. */
const KEY = `edge-settings:${new URL('../../', import.meta.url).pathname}`

const device = find('device-choice', HTMLSelectElement)
const threads = find('threads', HTMLSelectElement)

export function readSettings(): OpenOptions {
  return { device: readDevice(device.value), threads: Number(threads.value) }
}

/** Restores what was chosen; `changed` is called when it is changed. */
export function offerSettings(changed: () => void): void {
  try {
    const { device: kept = 'auto', threads: count = 0 } = Object(JSON.parse(localStorage.getItem(KEY) ?? '{}'))
    device.value = readDevice(String(kept))
    threads.value = String(Number(count))
  } catch {
    // A browser that keeps nothing, or that has kept something else: then it is chosen for the model.
  }
  for (const control of [device, threads]) {
    control.addEventListener('change', () => {
      keep(readSettings())
      changed()
    })
  }
}

function keep(settings: OpenOptions): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings))
  } catch {
    // Then it holds until the page is closed.
  }
}

function readDevice(value: string): DeviceChoice {
  return value === 'wasm' || value === 'webgpu' ? value : 'auto'
}
