// Writes docs/interop.md: the table of stories × routers × transports × families, as test/interop/table.ts has it.
import { writeFileSync } from 'node:fs'
import { interopDocument } from './interop-document.ts'

writeFileSync(new URL('../docs/interop.md', import.meta.url), interopDocument())
