// herald decode: a capture file, or `-` for what is piped in, packet by packet.
import { readFile } from 'node:fs/promises'
import { isObject } from '../../crds/read.ts'
import { decodeLines } from './decode.ts'
import type { DecodedPacket } from './decode.ts'
import { formatJson, formatText } from './decode-text.ts'
import { Mistake } from './failure.ts'
import { writeLines } from './terminal.ts'
import type { Terminal } from './terminal.ts'

export type DecodeOptions = { readonly output: 'text' | 'json' }

/** Resolves with whether the file could be read to its end; what is wrong inside of packets is for the reader to see. */
export async function decode(file: string, { output }: DecodeOptions, terminal: Terminal): Promise<boolean> {
  const bytes = file === '-' ? await readAll(process.stdin) : await readCaptureFile(file)
  const format = output === 'json' ? formatJson : formatText
  let whole = true

  function* lines(): Generator<string> {
    for (const packet of decodeLines(bytes)) {
      if (fileIsBroken(packet)) {
        whole = false
        if (packet.number === 1 && packet.error !== undefined)
          throw new Mistake(`${file} is no capture that can be read: ${packet.error.message}`)
      }
      yield format(packet)
    }
  }

  await writeLines(terminal, lines())
  return whole
}

/** The entry that stands for all that follows, which nobody can find. */
function fileIsBroken({ protocol, error }: DecodedPacket): boolean {
  return protocol === 'capture file' && error !== undefined
}

async function readCaptureFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    const code = isObject(error) ? error['code'] : undefined
    throw new Mistake(
      typeof code === 'string' ? (fileErrors[code] ?? `${code}:`) + ` ${file}` : String(error),
      {
        cause: error,
      },
    )
  }
}

const fileErrors: Readonly<Record<string, string>> = {
  ENOENT: 'there is no file',
  EACCES: 'you may not read',
  EISDIR: 'not a file but a directory:',
  ERR_FS_FILE_TOO_LARGE: 'larger than 2 GiB, cut it into pieces (editcap -c):',
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
