import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads'

// Loaded into a server and its threads before their own code (node --import): whenever the process gets SIGWINCH, the thread
// that has been there longest ends with an error that nobody catches.

/** From a thread that is there: its id. To all: the id of the one that is to end. */
const channel = new BroadcastChannel('end-thread')
channel.unref()

if (isMainThread) watchThreads()
else waitForEnd()

function watchThreads(): void {
  const alive: number[] = []
  channel.onmessage = (event) => {
    alive.push(Object(event).data.started)
  }
  process.on('SIGWINCH', () => {
    channel.postMessage({ end: alive.shift() })
  })
}

function waitForEnd(): void {
  channel.onmessage = (event) => {
    if (Object(event).data.end === threadId) throw new Error('ended from outside')
  }
  channel.postMessage({ started: threadId })
}
