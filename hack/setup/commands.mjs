// What each command of hack/run.mjs runs, and what it needs beyond the npm modules.
const onRealParts = {
  packages: ['lab', 'test'],
  needs: ['test-modules', 'control-plane', 'bundle'],
}

const commands = {
  lab: { entry: 'hack/lab/main.ts', packages: ['lab'], needs: ['control-plane', 'bundle'] },
  test: { entry: 'hack/test.ts', ...onRealParts },
  'test:long': { entry: 'hack/test.ts', ...onRealParts, args: ['--long'] },
  bench: { entry: 'hack/bench.ts', ...onRealParts, packages: [...onRealParts.packages, 'bench'] },
}

export const commandNames = Object.keys(commands)

/** Undefined for a name that is none of them. */
export function commandNamed(name, args, env) {
  if (!commandNames.includes(name)) return undefined
  const command = commands[name]
  // Taking the lab down, or asking for help, needs nothing new.
  if (name === 'lab' && (args.includes('down') || args.includes('--help')))
    return { ...command, packages: [], needs: [] }
  if (runsContainers(name, env))
    return {
      ...command,
      packages: [...command.packages, 'containers'],
      needs: [...command.needs, 'container-modules', 'router-images'],
    }
  // Only the lab runs on a cluster of the user's own: tests and benches start theirs, whatever is named.
  if (name === 'lab' && env.HERALD_KUBECONFIG)
    return { ...command, needs: command.needs.filter((need) => need !== 'control-plane') }
  return command
}

/** As test/interop/bgp.test.ts has it. */
function runsContainers(name, env) {
  const asked = env.HERALD_ROUTERS ?? (name === 'test:long' ? 'containers' : 'processes')
  return name.startsWith('test') && asked === 'containers'
}
