// What the tests use of testcontainers, for `npm run check`, which does without its modules.
declare module 'testcontainers' {
  import type { Duplex } from 'node:stream'

  export type BindMount = { readonly source: string; readonly target: string }

  export type StartedTestContainer = {
    readonly getId: () => string
    readonly stop: (options?: { readonly timeout?: number; readonly remove?: boolean }) => Promise<unknown>
  }

  export class GenericContainer {
    constructor(image: string)
    withNetworkMode(mode: string): this
    withAddedCapabilities(...capabilities: readonly string[]): this
    withBindMounts(mounts: readonly BindMount[]): this
    withLabels(labels: Readonly<Record<string, string>>): this
    withName(name: string): this
    withCommand(command: readonly string[]): this
    withAutoRemove(autoRemove: boolean): this
    withStartupTimeout(milliseconds: number): this
    withWaitStrategy(strategy: WaitStrategy): this
    start(): Promise<StartedTestContainer>
  }

  export class WaitStrategy {
    private readonly isWaitStrategy: true
  }

  export const Wait: {
    readonly forLogMessage: (text: string | RegExp) => WaitStrategy
  }

  export type ExecInspect = {
    readonly Running: boolean
    readonly ExitCode: number | null
    readonly Pid: number // on the host; 0 before it runs
  }

  export type Exec = {
    readonly start: (options: { readonly hijack: true; readonly stdin: false }) => Promise<Duplex>
    readonly inspect: () => Promise<ExecInspect>
  }

  export type ExecWish = {
    readonly Cmd: readonly string[]
    readonly Env?: readonly string[]
    readonly WorkingDir?: string
    readonly AttachStdout: true
    readonly AttachStderr: true
  }

  export type EngineContainer = {
    readonly exec: (wish: ExecWish) => Promise<Exec>
    readonly inspect: () => Promise<{ readonly State: { readonly Pid: number } }>
  }

  export function getContainerRuntimeClient(): Promise<{
    readonly container: { readonly getById: (id: string) => EngineContainer }
  }>
}
