// What stands in a condition when all is well.
import type { ReasonText } from './reason-text.ts'

export const goodReasons = {
  Allocated: {
    cause: 'The Service has every address it should have.',
    cure: 'Nothing to do.',
  },
  SessionEstablished: {
    cause: 'The session with the router is established.',
    cure: 'Nothing to do.',
  },
  Announced: {
    cause: 'A node announces the addresses of the Service.',
    cure: 'Nothing to do.',
  },
  Valid: {
    cause: 'The object is understood and in use.',
    cure: 'Nothing to do.',
  },
} as const satisfies Readonly<Record<string, ReasonText>>
