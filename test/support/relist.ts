// Keeps a main thread as busy as one that lists a big cluster again and again.

/** Parses so many megabytes at once, once a second. A Service takes about 2 kB. */
export async function relist(
  megabytes: number,
  times: number,
  onParsed: (ms: number) => void,
): Promise<void> {
  const item = {
    metadata: { name: 'x'.repeat(60), labels: { app: 'y'.repeat(20) } },
    spec: { ports: [80, 443, 8080] },
  }
  const count = Math.ceil((megabytes * 1e6) / JSON.stringify(item).length)
  const text = JSON.stringify(Array.from({ length: count }, () => item))
  for (let time = 0; time < times; time++) {
    const started = performance.now()
    JSON.parse(text)
    onParsed(performance.now() - started)
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
}
