// /healthz and /readyz: a list of facts, each with its name; the page shows which one is missing.
import type { Page, Pages } from './http.ts'

/** A fact about this process: undefined = it holds, else why it does not. */
export type HealthCheck = { readonly name: string; readonly objection: () => string | undefined }

export type Health = { readonly live: readonly HealthCheck[]; readonly ready: readonly HealthCheck[] }

export function healthPages({ live, ready }: Health): Pages {
  return { '/healthz': () => report(live), '/readyz': () => report([...live, ...ready]) }
}

/** 200 with every fact, or 503 with those that do not hold: the kubelet shows the text in its event. */
function report(checks: readonly HealthCheck[]): Page {
  const lines = checks.map(({ name, objection }) => {
    const why = objection()
    return { good: why === undefined, text: why === undefined ? `[+] ${name}` : `[-] ${name}: ${why}` }
  })
  const status = lines.every((line) => line.good) ? 200 : 503
  return { status, type: 'text/plain', body: [...lines.map((line) => line.text), ''].join('\n') }
}
