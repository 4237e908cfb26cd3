// BGP to real routers: what FRR and BIRD know of Services, and what a client behind them gets. A lab of its own.
import { expect } from 'chai'
import { bgpOf, measureSpread, untilEstablished, untilSpread } from '../../hack/lab/bgp-measure.ts'
import type { Routed } from '../../hack/lab/bgp-measure.ts'
import { applyPeers, bgpAnnotations, createBgp, peerName } from '../../hack/lab/bgp-objects.ts'
import { lostWithoutMove } from '../../hack/lab/figures.ts'
import { nodesReached } from '../../hack/lab/flows.ts'
import { readyAnnotation } from '../../hack/lab/kubelet-objects.ts'
import type { Lab } from '../../hack/lab/lab.ts'
import { startLab } from '../../hack/lab/lab.ts'
import { nodeNames, routerNames } from '../../hack/lab/names.ts'
import type { NodeName } from '../../hack/lab/names.ts'
import { createBackends, serviceObject, servicesPath } from '../../hack/lab/objects.ts'
import { watchRoutes } from '../../hack/lab/route-watch.ts'
import { nodeNeighbours } from '../../hack/lab/router.ts'
import { heraldNamespace } from '../../hack/lab/workload.ts'
import { installSessionStates, removeSessionStates, sessionStatesOf } from '../support/bgp-session-states.ts'
import { dig, digList, digText } from '../support/dig.ts'
import { pause, until, untilTrue } from '../support/until.ts'
import { deleteService, untilAllocated } from './shared-lab.ts'

const metallb = `/apis/metallb.io/v1beta1/namespaces/${heraldNamespace}`
/** When sessions of BIRD came up, in ms of the day, by name. */
function upSince(protocols: string): ReadonlyMap<string, number> {
  const rows = [...protocols.matchAll(/^(\w+) +BGP .* up +([\d:.]+) +Established/gm)]
  return new Map(rows.map(([, name = '', at = '']) => [name, Date.parse(`1970-01-01T${at}Z`)]))
}

/** BIRD tells the same time a millisecond earlier or later; a session that came up anew is seconds younger. */
function stayedUp(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): boolean {
  const same = [...before].filter(([name, at]) => Math.abs((after.get(name) ?? Number.NaN) - at) <= 100)
  return before.size > 0 && same.length === before.size
}

/** By what a speaker shows that it has read its Node: a peer of nodes with this label, which nobody is. */
const marker = { 'lab.herald.example/marker': 'seen' } as const
const markerPeer = 'marker'

const peersPath = `/apis/metallb.io/v1beta2/namespaces/${heraldNamespace}/bgppeers`

describe('BGP to FRR and BIRD', function () {
  let lab: Lab
  let web: Routed

  before(async function () {
    this.timeout(300_000)
    lab = await startLab({ id: `bgp${process.pid}`, bgp: true })
    await createBackends(lab.api)
    await createBgp(lab.api)
    await untilEstablished(lab)
    web = await createRouted('web', 'web')
    await untilSpread(lab, web, nodeNames)
  })

  after(async function () {
    this.timeout(60_000)
    await lab?.stop()
  })

  async function createRouted(name: string, app: string): Promise<Routed> {
    const spec = { externalTrafficPolicy: 'Local' }
    await lab.api.create(servicesPath, serviceObject({ name, app, annotations: bgpAnnotations, spec }))
    const [IPv4 = '', IPv6 = ''] = await untilAllocated(lab, name, 2)
    return { IPv4, IPv6 }
  }

  /** The node names that the BGP of each router has heard the prefix from. */
  async function heard(prefix: string): Promise<readonly string[]> {
    const { routers } = bgpOf(lab)
    const answers = await Promise.all(routerNames.map((name) => routers[name].heardFrom(prefix)))
    return answers.map((nodes) => nodes.join(' '))
  }

  it('every node announces a Service to both routers, by both families', async () => {
    const everybody = nodeNames.join(' ')
    expect(await heard(`${web.IPv4}/32`)).to.deep.equal([everybody, everybody])
    expect(await heard(`${web.IPv6}/128`)).to.deep.equal([everybody, everybody])
  })

  it('a client behind the routers is answered by both families, and its address is kept', async () => {
    const { client } = bgpOf(lab)
    const reply = await client.firstReply(web.IPv4, 80, 20_000)
    expect(reply.error).to.equal(undefined)
    expect(reply.seenClient).to.equal('::ffff:10.20.0.10')
    expect((await client.firstReply(web.IPv6, 80, 20_000)).seenClient).to.equal('fd00:20::10')
  })

  it('each router spreads connections over all nodes', async () => {
    const { flows, unanswered: lost } = await measureSpread(lab, web.IPv4)
    for (const router of routerNames) expect(nodesReached(flows[router])).to.deep.equal([...nodeNames])
    expect(lost).to.equal(0)
  })

  it('the peers say that every node has its session, and each node says so of itself', async () => {
    for (const router of routerNames) {
      const peer = await until(`${router} has its status`, async () => {
        const object = await lab.api.get(`${peersPath}/${peerName(router, 'IPv4')}`)
        return dig(object, 'status', 'established') === nodeNames.length ? object : undefined
      })
      expect(dig(peer, 'status', 'nodes')).to.equal(nodeNames.length)
    }
    const sessions = await sessionsSaidBy('node-a')
    expect(sessions.map((session) => digText(session, 'peer'))).to.have.members([
      'bird-ipv4',
      'bird-ipv6',
      'frr-ipv4',
      'frr-ipv6',
    ])
    expect(new Set(sessions.map((session) => digText(session, 'state')))).to.deep.equal(
      new Set(['Established']),
    )
  })

  it('the metrics of a speaker say so by MetalLB’s names', async () => {
    const text = (await lab.speaker('node-a')?.metrics()) ?? ''
    expect(text).to.include('metallb_bgp_session_up{peer="10.10.0.21:179",vrf="default"} 1')
    expect(text).to.match(/metallb_bgp_updates_total\{peer="10\.10\.0\.22:179",vrf="default"\} [1-9]/)
    expect(text).to.include(
      `metallb_speaker_announced{service="default/web",protocol="bgp",node="node-a",ip="${web.IPv4}"} 1`,
    )
  })

  it('where the cluster has FRR-K8s’ BGPSessionStates, each session stands there and goes with its peer', async () => {
    const path = sessionStatesOf(heraldNamespace)
    const told = async (): Promise<readonly string[]> =>
      digList(await lab.api.get(path), 'items').map((one) => {
        const of = (field: string) => digText(one, 'status', field)
        return `${of('node')} ${of('peer')} ${of('bgpStatus')} ${of('bfdStatus')}`
      })
    const wanted = (peers: readonly string[]): readonly string[] =>
      nodeNames.flatMap((node) => peers.map((peer) => `${node} ${peer} Established N/A`))
    const untilTold = (peers: readonly string[]) =>
      untilTrue(`BGPSessionStates of ${peers.join(' ')}`, async () => {
        const all = await told()
        return all.toSorted().join() === wanted(peers).toSorted().join()
      })
    await installSessionStates(lab)
    const [frr6, bird6] = [
      'fd00-0010-0000-0000-0000-0000-0000-0021',
      'fd00-0010-0000-0000-0000-0000-0000-0022',
    ]
    await untilTold(['10.10.0.21', '10.10.0.22', frr6, bird6])
    const table = await lab.kubectl(['-n', heraldNamespace, 'get', 'bgpsessionstates'])
    expect(table).to.match(/node-b +10\.10\.0\.21 +Established +N\/A/)
    await lab.api.remove(`${peersPath}/${peerName('bird', 'IPv6')}`)
    await untilTold(['10.10.0.21', '10.10.0.22', frr6])
    await applyPeers(lab.api)
    await untilEstablished(lab, nodeNames, 90_000)
    await untilSpread(lab, web, nodeNames)
    await removeSessionStates(lab)
  })

  it('with the policy Local, only nodes with a ready endpoint announce it, and a status of each says so', async () => {
    await createBackends(lab.api, ['node-a', 'node-c'], 'local')
    const local = await createRouted('local', 'local')
    await untilSpread(lab, local, ['node-a', 'node-c'])
    await setReady('local-c', false)
    await untilSpread(lab, local, ['node-a'])
    await untilTrue('node-a alone has a ServiceBGPStatus', async () => {
      const list = await lab.api.get(
        `${metallb}/servicebgpstatuses?labelSelector=metallb.io%2Fservice-name%3Dlocal`,
      )
      const nodes = digList(list, 'items').map((one) => digText(one, 'status', 'node'))
      return nodes.join() === 'node-a'
    })
    await deleteService(lab, 'local')
    await untilSpread(lab, local, [])
    expect(await heard(`${local.IPv4}/32`)).to.deep.equal(['', ''])
  })

  it('a peer that changes is spoken to anew, and the sessions with the other router stay', async () => {
    const { bird } = bgpOf(lab).routers
    const before = upSince(await bird.ask('show protocols'))
    const name = peerName('frr', 'IPv4')
    await lab.api.merge(`${peersPath}/${name}`, { spec: { password: 'wrong' } })
    const peer = await until('the sessions with a wrong password are gone', async () => {
      const object = await lab.api.get(`${peersPath}/${name}`)
      return dig(object, 'status', 'established') === 0 ? object : undefined
    })
    expect(JSON.stringify(dig(peer, 'status'))).to.include('node-a')
    expect(stayedUp(before, upSince(await bird.ask('show protocols')))).to.equal(true)
    await lab.api.merge(`${peersPath}/${name}`, { spec: { password: null } })
    await untilEstablished(lab, nodeNames, 90_000)
    await untilSpread(lab, web, nodeNames)
  })

  it('a password comes from its Secret, and without the Secret there is no session', async () => {
    const { frr } = bgpOf(lab).routers
    const passwords = (word: string): readonly string[] =>
      nodeNeighbours
        .filter(({ family }) => family === 'IPv4')
        .map(({ address }) =>
          word === '' ? `no neighbor ${address} password` : `neighbor ${address} password ${word}`,
        )
    await frr.ask(['configure terminal', 'router bgp 64513', ...passwords('hush')].join('\n'))
    const secret = `/api/v1/namespaces/${heraldNamespace}/secrets/frr`
    await lab.api.apply(secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'frr' },
      type: 'kubernetes.io/basic-auth',
      stringData: { username: 'bgp', password: 'hush' },
    })
    const path = `${peersPath}/${peerName('frr', 'IPv4')}`
    await lab.api.merge(path, { spec: { passwordSecret: { name: 'frr' } } })
    await untilEstablished(lab, nodeNames, 60_000)
    await lab.api.remove(secret)
    await untilTrue('every node refuses the session and says why', async () => {
      const state = await lab.api.get(`${metallb}/configurationstates/speaker-node-a`)
      const sessions = digList(state, 'status', 'sessions')
      const own = sessions.find((session) => digText(session, 'peer') === peerName('frr', 'IPv4'))
      return digText(own, 'state') === 'Refused' && digText(own, 'reason') === 'SecretNotFound'
    })
    const everybody = nodeNames.join(' ')
    expect(await heard(`${web.IPv6}/128`)).to.deep.equal([everybody, everybody]) // the other session stays
    await frr.ask(['configure terminal', 'router bgp 64513', ...passwords('')].join('\n'))
    await lab.api.merge(path, { spec: { passwordSecret: null } })
    await untilEstablished(lab, nodeNames, 90_000)
    await untilSpread(lab, web, nodeNames)
  })

  it('a speaker that is stopped in good order loses no connection', async () => {
    const { lost, seen } = await lostWhile(async () => {
      await lab.stopSpeaker('node-b')
      await untilSpread(lab, web, ['node-a', 'node-c'])
    })
    await lab.startSpeaker('node-b')
    await untilSpread(lab, web, nodeNames)
    expect(lost).to.deep.equal([])
    expect(seen).to.deep.equal(new Set(nodeNames))
  })

  it('a node that dies is left out, and traffic goes on over the others', async () => {
    await lab.powerOff('node-c')
    await untilSpread(lab, web, ['node-a', 'node-b'])
    const { lost, seen } = await lostWhile(async () => {})
    await lab.powerOn('node-c')
    await untilSpread(lab, web, nodeNames)
    expect(lost).to.deep.equal([])
    expect(seen).to.deep.equal(new Set(['node-a', 'node-b']))
  })

  it('with graceful restart routers go on using a node whose speaker restarts, but not one that is cordoned', async () => {
    const { frr } = bgpOf(lab).routers
    await applyPeers(lab.api, { spec: { enableGracefulRestart: true } })
    await openAnew()
    await untilTrue('every session agreed on it', async () => {
      const told = await Promise.all(
        nodeNeighbours.map(({ address, family }) =>
          frr.ask(`show bgp ${family.toLowerCase()} neighbors ${address} graceful-restart json`),
        ),
      )
      return told.every((text) => /"remoteGrMode":\s*"Restart"/.test(text))
    })
    await untilSpread(lab, web, nodeNames)
    await lab.stopSpeaker('node-b')
    await untilGone('node-b') // whatever it had said before, the routers have heard by then
    expect(await heard(`${web.IPv4}/32`)).to.deep.equal([nodeNames.join(' '), nodeNames.join(' ')])
    await lab.startSpeaker('node-b')
    await untilEstablished(lab, nodeNames, 90_000)
    await untilSpread(lab, web, nodeNames)
    await cordonSeen('node-b')
    await lab.stopSpeaker('node-b')
    await untilSpread(lab, web, ['node-a', 'node-c'])
    await uncordon('node-b')
    await lab.startSpeaker('node-b')
    await untilSpread(lab, web, nodeNames)
    await applyPeers(lab.api)
    await openAnew()
    await untilSpread(lab, web, nodeNames)
  })

  it('BFD comes up on sessions that stay, and a node that dies is left out because of it', async () => {
    const { frr, bird } = bgpOf(lab).routers
    const before = upSince(await bird.ask('show protocols'))
    await applyPeers(lab.api, { bfd: true })
    await untilTrue('BFD is up with both routers, and every node says so', async () => {
      const states = [await frr.ask('show bfd peers brief'), await bird.ask('show bfd sessions')]
      const up = states.map((text) => text.match(/\bup\b/gi)?.length ?? 0)
      const list = await lab.api.get(`${metallb}/configurationstates`)
      const told = digList(list, 'items').flatMap((one) => digList(one, 'status', 'sessions'))
      const said = told.filter((session) => digText(session, 'bfd') === 'Up').length
      return up.join() === '6,6' && said === 12
    })
    expect(stayedUp(before, upSince(await bird.ask('show protocols')))).to.equal(true)
    await untilTrue('the metrics say so', async () => {
      const text = (await lab.speaker('node-a')?.metrics()) ?? ''
      return text.includes('metallb_bfd_session_up{peer="10.10.0.21:179",vrf="default"} 1')
    })
    await lab.powerOff('node-b')
    await untilSpread(lab, web, ['node-a', 'node-c'])
    // FRR tells of what it heard from its BFD, or of the NOTIFICATION that it then sent to nobody.
    const told = await frr.ask('show bgp neighbors 10.10.0.12 json')
    await lab.powerOn('node-b')
    await untilSpread(lab, web, nodeNames)
    expect(told).to.match(/"lastResetDueTo":"BFD down received"|"lastNotificationReason":"Cease\\\/BFD Down"/)
  })

  /**
   * Asks by IPv4 before, while and after something happens. A connection that is under way in the moment in which a
   * router spreads anew may find another node, whose kernel does not know it; every other one must be answered.
   */
  async function lostWhile(happens: () => Promise<void>) {
    const watches = await Promise.all(routerNames.map((router) => watchRoutes(lab.id, router)))
    const wish = { address: web.IPv4, port: 80, everyMs: 10, timeoutMs: 2_500 } // a lost SYN is sent again after 1 s
    try {
      const asking = await bgpOf(lab).client.askHttp(wish)
      await pause(500)
      await happens()
      await pause(500)
      const records = await asking.stop()
      const moves = watches.flatMap((watch) => watch.changes(web.IPv4))
      const seen = new Set(records.flatMap(({ node }) => node ?? []))
      return { lost: lostWithoutMove(records, moves), seen }
    } finally {
      for (const watch of watches) watch.stop()
    }
  }

  async function sessionsSaidBy(node: NodeName): Promise<readonly unknown[]> {
    return digList(await lab.api.get(`${metallb}/configurationstates/speaker-${node}`), 'status', 'sessions')
  }

  /** In the eyes of both routers. */
  async function untilGone(node: NodeName): Promise<void> {
    const ends = nodeNeighbours.filter((neighbour) => neighbour.node === node)
    await untilTrue(`the sessions of ${node} are over`, async () => {
      const { frr, bird } = bgpOf(lab).routers
      const views = await Promise.all([frr.sessions(), bird.sessions()])
      return ends.every(({ address }) => views.every((view) => view.get(address) !== 'Established'))
    })
  }

  /** With a label of the same write: the speaker has a peer by it, and says so. */
  async function cordonSeen(node: NodeName): Promise<void> {
    await lab.api.apply(`${peersPath}/${markerPeer}`, {
      apiVersion: 'metallb.io/v1beta2',
      kind: 'BGPPeer',
      metadata: { name: markerPeer },
      spec: {
        myASN: 64_512,
        peerASN: 64_999,
        peerAddress: '10.10.0.99',
        nodeSelectors: [{ matchLabels: marker }],
      },
    })
    await lab.api.merge(`/api/v1/nodes/${node}`, {
      metadata: { labels: marker },
      spec: { unschedulable: true },
    })
    await untilTrue(`the speaker of ${node} has seen it`, async () => {
      const sessions = await sessionsSaidBy(node)
      return sessions.some((session) => digText(session, 'peer') === markerPeer)
    })
  }

  async function uncordon(node: NodeName): Promise<void> {
    await lab.api.remove(`${peersPath}/${markerPeer}`)
    const labels = Object.fromEntries(Object.keys(marker).map((name) => [name, null]))
    await lab.api.merge(`/api/v1/nodes/${node}`, { metadata: { labels }, spec: { unschedulable: null } })
  }

  /** What OPENs say holds from the next one on, and each speaker says that it waits for that. */
  async function openAnew(): Promise<void> {
    const { frr, bird } = bgpOf(lab).routers
    await untilTrue('every session waits for its next OPEN', async () => {
      const told = (await Promise.all(nodeNames.map(sessionsSaidBy))).flat()
      const waiting = told.filter((session) => digText(session, 'reason') === 'ChangedAtNextOpen')
      return waiting.length === nodeNames.length * 4
    })
    await frr.ask('clear bgp *')
    await bird.ask('restart all')
    await untilEstablished(lab, nodeNames, 90_000)
  }

  async function setReady(pod: string, ready: boolean): Promise<void> {
    const annotations = { [readyAnnotation]: String(ready) }
    await lab.api.merge(`/api/v1/namespaces/default/pods/${pod}`, { metadata: { annotations } })
  }
}).timeout(240_000)
