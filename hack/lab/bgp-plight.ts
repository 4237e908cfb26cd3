// What is so of BGP in the lab, in words, for when it is not what somebody waited for: from the Service over the speakers
// to the routers' kernels, so that the place where a route was lost can be told from what stands before it.
import { dig, digList, digText } from '../../test/support/dig.ts'
import { tailOf } from '../../test/support/process.ts'
import type { Lab } from './lab.ts'
import { namespaceName, nodeNames, routerNames } from './names.ts'
import type { NodeName } from './names.ts'
import type { Router } from './router.ts'
import type { Routers } from './routers.ts'
import { addressesOf } from './service-watch.ts'
import { run } from './shell.ts'
import { herald } from './story.ts'

type Answer = readonly [title: string, text: Promise<string>]

/** `prefixes`: those that are missing somewhere. A question that fails is answered by its error. */
export async function plightOf(lab: Lab, routers: Routers, prefixes: readonly string[]): Promise<string> {
  const names = await servicesWith(lab, prefixes)
  const answers: readonly Answer[] = [
    ...routerNames.flatMap((name) => routerAnswers(lab, routers[name], prefixes)),
    ['kubectl get services, endpointslices, statuses', lab.kubectl(objects)],
    ['herald bgp sessions', herald(lab, ['bgp', 'sessions'])],
    ['herald bgp routes', herald(lab, ['bgp', 'routes'])],
    ...names.map((name): Answer => [`herald explain ${name}`, herald(lab, ['explain', 'service', name])]),
    ...nodeNames.flatMap((node) => speakerAnswers(lab, node)),
  ]
  const told = await Promise.all(answers.map(async ([title, text]) => `${title}:\n${await wordsOf(text)}`))
  return told.join('\n\n')
}

const objects = [
  'get',
  'services,endpointslices,servicebgpstatuses.metallb.io,pods,nodes',
  '-A',
  '-o',
  'wide',
]

function wordsOf(text: Promise<string>): Promise<string> {
  return text.then(
    (words) => words.trimEnd(),
    (error: unknown) => String(error),
  )
}

/** By namespace and name. */
async function servicesWith(lab: Lab, prefixes: readonly string[]): Promise<readonly string[]> {
  const wanted = new Set(prefixes.map((prefix) => prefix.split('/')[0]))
  const list = await lab.api.get('/api/v1/services').catch(() => undefined)
  return digList(dig(list, 'items'))
    .filter((service) => addressesOf(service).some((address) => wanted.has(address)))
    .map((service) => `${digText(service, 'metadata', 'namespace')}/${digText(service, 'metadata', 'name')}`)
}

function routerAnswers({ id }: Lab, router: Router, prefixes: readonly string[]): readonly Answer[] {
  const { name } = router
  const within = (...args: readonly string[]) => run('ip', ['-netns', namespaceName(id, name), ...args])
  const views: readonly Answer[] = prefixes.map((prefix) => [
    `${name} of ${prefix}`,
    Promise.all([router.heardFrom(prefix), router.spreadsOver(prefix)]).then(
      ([heard, used]) => `heard from ${heard.join(' ') || 'nobody'}, uses ${used.join(' ') || 'nobody'}`,
    ),
  ])
  const asked = router.questions.map((question): Answer => [`${name}: ${question}`, router.ask(question)])
  const kernel = ['-4', '-6'].map(
    (family): Answer => [`${name}: ip ${family} route`, within(family, 'route', 'show')],
  )
  const logs = router.daemons.map(
    ({ name: daemon, logFile, hasExited }): Answer => [
      `${name}: ${daemon} ${hasExited() ? 'HAS ENDED' : 'runs'}`,
      Promise.resolve(tailOf(logFile)),
    ],
  )
  return [...views, ...asked, ...kernel, ['neighbours', within('neigh', 'show')], ...logs]
}

function speakerAnswers(lab: Lab, node: NodeName): readonly Answer[] {
  const speaker = lab.speaker(node)
  if (speaker === undefined) return [[`speaker of ${node}`, Promise.resolve('was stopped')]]
  const metrics = speaker.metrics().then((text) => text.replaceAll(/^(?!metallb_(bgp|speaker)).*\n/gm, ''))
  return [
    [
      `speaker of ${node} ${speaker.hasExited() ? 'HAS ENDED' : 'runs'}`,
      Promise.resolve(tailOf(speaker.logFile)),
    ],
    [`metrics of ${node}`, metrics],
  ]
}
