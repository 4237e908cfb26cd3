// A small operator in the shape of @dot-i/k8s-operator. operator-shape.test.ts compiles and runs it twice: as it stands,
// and with its imports from that package instead. It says on stdout what it sees of the Services of a namespace.
import { Operator, ResourceEventType } from '../../operator/operator.ts'
import type { ResourceEvent, ResourceMeta } from '../../operator/operator.ts'

class SmallOperator extends Operator {
  readonly #namespace: string

  constructor(namespace: string) {
    super({ debug: console.error, info: console.error, warn: console.error, error: console.error })
    this.#namespace = namespace
  }

  protected override async init(): Promise<void> {
    this.logger.info('starts')
    await this.watchResource('', 'v1', 'services', (event) => this.say(event), this.#namespace)
  }

  private async say({ type, meta, object }: ResourceEvent): Promise<void> {
    const { id, name, namespace, apiVersion, kind } = meta
    const same = meta.resourceVersion === object.metadata?.resourceVersion
    console.log(JSON.stringify({ type, id, name, namespace, apiVersion, kind, same }))
  }

  /** Only compiled: the package cannot write with the client-node that Herald has (docs/decisions.md). */
  protected async writeAll(event: ResourceEvent, crdFile: string): Promise<readonly (ResourceMeta | null)[]> {
    const { group, versions, plural } = await this.registerCustomResourceDefinition(crdFile)
    for (const { name } of versions) await this.watchResource(group, name, plural, (next) => this.say(next))
    if (event.type === ResourceEventType.Deleted) return []
    const isDone: boolean = await this.handleResourceFinalizer(event, 'example.org/small', (last) =>
      this.say(last),
    )
    if (isDone) return []
    await this.setResourceFinalizers(event.meta, ['example.org/small'])
    const status = { seen: true }
    return [
      await this.setResourceStatus(event.meta, status),
      await this.patchResourceStatus(event.meta, status),
    ]
  }
}

const operator = new SmallOperator(process.argv[2] ?? 'default')
process.once('SIGTERM', () => void operator.stop())
await operator.start()
