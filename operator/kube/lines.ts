// A stream of bytes cut into lines. A line may come in many pieces: they are joined once, when its end is there.

export type LineSplitter = { readonly push: (chunk: Uint8Array) => readonly string[] } // the lines that are whole now

const lineFeed = 0x0a

export function createLineSplitter(): LineSplitter {
  let pieces: Uint8Array[] = []

  function take(end: Uint8Array): string {
    const line = pieces.length === 0 ? toText(end) : toText(Buffer.concat([...pieces, end]))
    pieces = []
    return line
  }

  function push(chunk: Uint8Array): readonly string[] {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      const line = take(chunk.subarray(start, end))
      if (line !== '') lines.push(line)
      start = end + 1
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start))
    return lines
  }

  return { push }
}

function toText({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8')
}
