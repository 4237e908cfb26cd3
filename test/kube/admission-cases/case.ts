// A row of the table of admission: what is written beside what, and who decides.
export type Decider = 'schema' | 'policy' | 'verdict' | 'nobody' // 'nobody': it is right

export type Written = { readonly kind: string; readonly name: string; readonly spec: object }

export type Case = {
  readonly title: string
  readonly by: Decider
  readonly standing?: Written // there before
  readonly object: Written
  readonly message?: RegExp // of the policy
}

/** Labels that a selector asks for. */
export const zoneA = { matchLabels: { zone: 'a' } }

export function pool(name: string, addresses: readonly string[], more: object = {}): Written {
  return { kind: 'IPAddressPool', name, spec: { addresses, ...more } }
}

export function l2(name: string, spec: object): Written {
  return { kind: 'L2Advertisement', name, spec }
}

export function bgp(name: string, spec: object): Written {
  return { kind: 'BGPAdvertisement', name, spec }
}

export function peer(name: string, spec: object): Written {
  return {
    kind: 'BGPPeer',
    name,
    spec: { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.254', ...spec },
  }
}

export function community(name: string, communities: readonly object[]): Written {
  return { kind: 'Community', name, spec: { communities } }
}
