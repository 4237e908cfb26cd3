// Settings: MetalLB's names carry over, and every error says what would be right.
import { expect } from 'chai'
import { defaultInterfacesToExclude, exclusionOf } from '../protocols/l2/link.ts'
import { controllerSettings } from './controller-settings.ts'
import { speakerSettings } from './speaker-settings.ts'
import type { SettingsSource } from './settings.ts'

function source(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
): SettingsSource {
  return { argv, env, readFile: (path) => files[path] }
}

const excludeFile = '/etc/metallb/excludel2.yaml'
const node = { METALLB_NODE_NAME: 'node-a' }

describe('ServiceBGPStatuses', () => {
  const wanted = (...argv: readonly string[]) => speakerSettings(source(argv, node)).serviceBGPStatuses

  it('are written unless it is said otherwise', () => {
    expect(wanted()).to.equal(true)
    expect(wanted('--service-bgp-statuses')).to.equal(true)
    expect(wanted('--service-bgp-statuses=false')).to.equal(false)
  })
})

describe('the pause before BGP sessions end', () => {
  const pause = (...argv: readonly string[]) => speakerSettings(source(argv, node)).bgpShutdownPauseMs

  it('is 2 s, or what is said, or none', () => {
    expect(pause()).to.equal(2_000)
    expect(pause('--bgp-shutdown-pause=500ms')).to.equal(500)
    expect(pause('--bgp-shutdown-pause=0s')).to.equal(0)
  })

  it('is no time that has passed', () => {
    expect(() => pause('--bgp-shutdown-pause=-1s')).to.throw('--bgp-shutdown-pause')
  })
})

describe('the folder of journals', () => {
  const folder = (argv: readonly string[], canWriteTo?: (path: string) => boolean) =>
    speakerSettings({ ...source(argv, node), ...(canWriteTo && { canWriteTo }) }).journalFolder

  it('is none, or one that can be written to', () => {
    expect(folder([])).to.equal(undefined)
    expect(folder(['--journal-folder=/journals'], (path) => path === '/journals')).to.equal('/journals')
    expect(() => folder(['--journal-folder=/proc'], () => false)).to.throw(
      '--journal-folder is "/proc": must name a folder that this process can write to',
    )
  })
})

describe('how a speaker asks for newly assigned addresses', () => {
  it('is quick, full or off, where a pool does not say', () => {
    const how = (...argv: readonly string[]) => speakerSettings(source(argv, node)).duplicateAddressCheck
    expect(how()).to.equal('Quick')
    expect(how('--duplicate-address-check=full')).to.equal('Full')
    expect(how('--duplicate-address-check=off')).to.equal('Off')
    expect(() => how('--duplicate-address-check=false')).to.throw('must be one of quick, full, off')
  })
})

describe('signs of a node that drains', () => {
  it('are none, and any that are named', () => {
    const signs = (text: string) => speakerSettings(source([`--drain-on=${text}`], node)).drainOn
    expect(speakerSettings(source([], node)).drainOn).to.deep.equal([])
    expect(signs('cordoned, taint:dead')).to.deep.equal([
      { type: 'cordoned' },
      { type: 'taint', key: 'dead' },
    ])
    expect(() => signs('cordoned,sleepy')).to.throw('--drain-on')
  })
})

describe('settings of the controller', () => {
  it('have MetalLB’s defaults', () => {
    expect(controllerSettings(source([]))).to.deep.equal({
      namespace: 'metallb-system',
      metricsPort: 9_120,
      healthPort: 17_472,
      logLevel: 'info',
      withoutEffect: [],
      lease: { durationMs: 4_000, renewMs: 1_000, retryMs: 500 },
      ignoreExcludeLabel: false,
      missed: 4,
    })
  })

  it('judge nodes and speakers as the speakers do, when they are told the same', () => {
    const argv = ['--ignore-exclude-lb', '--lease-missed=7']
    const { ignoreExcludeLabel, missed } = controllerSettings(source(argv))
    const speaker = speakerSettings(source(argv, node))
    expect({ ignoreExcludeLabel, missed }).to.deep.equal({ ignoreExcludeLabel: true, missed: 7 })
    expect(speaker.ignoreExcludeLabel).to.equal(ignoreExcludeLabel)
    expect(speaker.lease.missed).to.equal(missed)
  })

  it('take the arguments of MetalLB’s own manifest, and name those that do nothing', () => {
    const argv = [
      '--port=9120',
      '--log-level=info',
      '--webhook-mode=disabled',
      '--tls-min-version=VersionTLS12',
    ]
    const env = { METALLB_ML_SECRET_NAME: 'memberlist', METALLB_DEPLOYMENT: 'controller' }
    const settings = controllerSettings(source(argv, env))
    expect(settings.withoutEffect).to.deep.equal([
      '--webhook-mode',
      'METALLB_ML_SECRET_NAME',
      'METALLB_DEPLOYMENT',
      '--tls-min-version',
    ])
  })

  it('read the namespace from the flag, else the environment, else the service account', () => {
    const files = { '/var/run/secrets/kubernetes.io/serviceaccount/namespace': 'from-account\n' }
    const env = { METALLB_NAMESPACE: 'from-env' }
    expect(controllerSettings(source(['--namespace', 'from-flag'], env, files)).namespace).to.equal(
      'from-flag',
    )
    expect(controllerSettings(source([], env, files)).namespace).to.equal('from-env')
    expect(controllerSettings(source([], {}, files)).namespace).to.equal('from-account')
  })

  it('accept one dash as Go does, and a boolean without a value', () => {
    const settings = controllerSettings(source(['-port', '0', '-webhook-http2', '-lb-class=example.com/lb']))
    expect(settings.metricsPort).to.equal(0)
    expect(settings.loadBalancerClass).to.equal('example.com/lb')
    expect(settings.withoutEffect).to.deep.equal(['--webhook-http2'])
  })

  const refused: readonly (readonly [string, string])[] = [
    ['--port=70000', '--port is "70000": must be a whole number from 0 to 65535'],
    ['--port=x', '--port is "x": must be a whole number from 0 to 65535'],
    ['--log-level=loud', '--log-level is "loud": must be one of all, debug, info, warn, error, none'],
    [
      '--lease-duration=4',
      '--lease-duration is "4": must be a duration of 100ms or more, like 500ms, 4s or 1m30s',
    ],
    [
      '--lease-renew-interval=5s',
      '--lease-renew-interval is "5000ms": must be shorter than --lease-duration (4000ms)',
    ],
    [
      '--webhook-mode=onlywebhook',
      '--webhook-mode is "onlywebhook": must be enabled or disabled: there is no controller here that serves only webhooks',
    ],
  ]
  for (const [argument, message] of refused) {
    it(`refuse ${argument} and say what would be right`, () => {
      expect(() => controllerSettings(source([argument]))).to.throw(message)
    })
  }
})

describe('settings of the speaker', () => {
  it('need the name of the node', () => {
    expect(() => speakerSettings(source([]))).to.throw('--node-name is missing: must name the Node')
    expect(speakerSettings(source([], node)).nodeName).to.equal('node-a')
  })

  it('name the flag when its value is wrong', () => {
    const settings = () => speakerSettings(source(['--ignore-exclude-lb=perhaps'], node))
    expect(settings).to.throw('--ignore-exclude-lb is "perhaps": must be true or false')
  })

  it('take the interval of the periodic refresh in seconds', () => {
    expect(speakerSettings(source(['--gratuitous-arp-interval=30'], node)).gratuitousIntervalMs).to.equal(
      30_000,
    )
    expect(speakerSettings(source([], node)).gratuitousIntervalMs).to.equal(0)
  })

  it('exclude MetalLB’s interfaces where there is no file, and what the file says where there is one', () => {
    const exclude = (text: string) =>
      speakerSettings(source([], node, { [excludeFile]: text })).interfacesToExclude
    expect(speakerSettings(source([], node)).interfacesToExclude).to.equal(defaultInterfacesToExclude)
    expect(exclude('announcedInterfacesToExclude: ["^veth.*", "^lo$"]')).to.deep.equal(['^veth.*', '^lo$'])
    expect(exclude('announcedInterfacesToExclude: []')).to.deep.equal([])
  })

  it('read the file as Go does, for which it was written', () => {
    const text = 'announcedInterfacesToExclude: ["(?i)^VETH", "^lo$"]'
    const { interfacesToExclude, complaints } = speakerSettings(source([], node, { [excludeFile]: text }))
    const { patterns } = exclusionOf(interfacesToExclude)
    const excluded = ['veth1', 'lo', 'eth0'].filter((name) => patterns.some((one) => one.test(name)))
    expect({ excluded, complaints }).to.deep.equal({ excluded: ['veth1', 'lo'], complaints: [] })
  })

  const badFiles: readonly (readonly [text: string, complaint: string, patterns: readonly string[]])[] = [
    [
      'announcedInterfacesToExclude: ["(", "^veth.*"]',
      'announcedInterfacesToExclude[0] is "\\"(\\"": must be a regular expression',
      ['^veth.*'],
    ],
    ['announcedInterfacesToExclude: [7]', 'it is no text', []],
    [
      'announcedInterfacesToExclude: veth',
      'must be a list of regular expressions',
      defaultInterfacesToExclude,
    ],
    [
      'something: else',
      'announcedInterfacesToExclude is missing: must be a list of regular expressions',
      defaultInterfacesToExclude,
    ],
    ['a: [', 'must be YAML', defaultInterfacesToExclude],
  ]
  for (const [text, complaint, patterns] of badFiles) {
    it(`complain of a file that says ${text}, and go on with what is right`, () => {
      const settings = speakerSettings(source([], node, { [excludeFile]: text }))
      expect(settings.interfacesToExclude).to.deep.equal(patterns)
      expect(settings.complaints).to.have.length(1)
      expect(settings.complaints[0]).to.include(complaint)
    })
  }

  it('take the arguments and variables of MetalLB’s own manifests, and name those that do nothing', () => {
    const argv = [
      '--port=9120',
      '--log-level=info',
      '--host=192.0.2.1',
      '--ml-wan-config',
      '--frrk8s-secret-passthrough',
      '--tls-curve-preferences=X25519',
      '--metrics-cert-dir=/certs',
    ]
    const env = {
      ...node,
      METALLB_BGP_TYPE: 'frr',
      METALLB_BGP_DEBOUNCE_TIMEOUT: '500',
      METALLB_ML_BIND_ADDR: '192.0.2.1',
      METALLB_ML_BIND_PORT: '7946',
      METALLB_ML_LABELS: 'app=metallb',
      METALLB_ML_SECRET_KEY_PATH: '/etc/ml_secret_key',
      FRRK8S_NAMESPACE: 'frr',
      FRR_LOGGING_LEVEL: '',
    }
    expect(speakerSettings(source(argv, env)).withoutEffect).to.have.members([
      '--host',
      '--ml-wan-config',
      '--frrk8s-secret-passthrough',
      '--tls-curve-preferences',
      '--metrics-cert-dir',
      'METALLB_BGP_TYPE',
      'METALLB_BGP_DEBOUNCE_TIMEOUT',
      'METALLB_ML_BIND_ADDR',
      'METALLB_ML_BIND_PORT',
      'METALLB_ML_LABELS',
      'METALLB_ML_SECRET_KEY_PATH',
      'FRRK8S_NAMESPACE',
    ])
  })

  it('refuse a named file that is not there', () => {
    expect(() => speakerSettings(source(['--excludel2-file=/nowhere'], node))).to.throw('must name a file')
  })
})
