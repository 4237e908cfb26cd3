// openAPIV3Schema as plain data (apiextensions.k8s.io/v1 JSONSchemaProps), and the small pieces it is built from.
// Every field has a description: it is what `kubectl explain` shows.

export type Schema = {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean'
  readonly description?: string
  readonly format?: 'int32' | 'int64' | 'date-time'
  readonly default?: boolean | number | string
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly pattern?: string
  readonly items?: Schema
  readonly properties?: Properties
  readonly additionalProperties?: Schema
  readonly required?: readonly string[]
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: 'atomic'
  readonly 'x-kubernetes-validations'?: readonly CelRule[]
}

export type Properties = { readonly [field: string]: Schema }

/** Only MetalLB's own rules stand in a schema: a new one would refuse what theirs takes. */
export type CelRule = { readonly rule: string; readonly message: string }

type More<Key extends keyof Schema> = Pick<Schema, Key>

export function text(
  description: string,
  more: More<'enum' | 'format' | 'pattern' | 'minLength' | 'maxLength' | 'x-kubernetes-validations'> = {},
): Schema {
  return { type: 'string', description, ...more }
}

export function flag(description: string, more: More<'default' | 'x-kubernetes-validations'> = {}): Schema {
  return { type: 'boolean', description, ...more }
}

export function whole(
  description: string,
  more: More<'format' | 'minimum' | 'maximum' | 'default'> = {},
): Schema {
  return { type: 'integer', description, ...more }
}

export function list(
  description: string,
  items: Schema,
  more: More<'minItems' | 'x-kubernetes-list-type' | 'x-kubernetes-list-map-keys'> = {},
): Schema {
  return { type: 'array', description, items, ...more }
}

/** Items that need no words of their own. */
export const plainText: Schema = { type: 'string' }

export function object(
  description: string,
  properties: Properties,
  more: More<'required' | 'x-kubernetes-map-type' | 'x-kubernetes-validations'> = {},
): Schema {
  return { type: 'object', description, properties, ...more }
}

/** An object that has no fields. (Empty `properties` would be dropped by the API server: drift, to GitOps tools.) */
export function nothing(description: string): Schema {
  return { type: 'object', description }
}

export function mapOfText(description: string): Schema {
  return { type: 'object', description, additionalProperties: plainText }
}

/** The whole of a kind: what every object has, and its spec and status. */
export function root(
  description: string,
  parts: { readonly spec?: Schema; readonly status: Schema },
  required: readonly string[] = [],
): Schema {
  return {
    type: 'object',
    description,
    properties: {
      apiVersion: text('Group and version of the API in which this object is written.'),
      kind: text('The kind of this object.'),
      metadata: { type: 'object' },
      ...parts,
    },
    ...(required.length === 0 ? {} : { required }),
  }
}

const requirement = object(
  'One requirement on the labels of an object.',
  {
    key: text('The label that is looked at.'),
    operator: text('How the label is compared: In, NotIn, Exists or DoesNotExist.'),
    values: list(
      'What the label is compared with: at least one value for In and NotIn, none for Exists and DoesNotExist.',
      plainText,
      { 'x-kubernetes-list-type': 'atomic' },
    ),
  },
  { required: ['key', 'operator'] },
)

/** metav1.LabelSelector. */
export function selector(description: string): Schema {
  return object(
    description,
    {
      matchExpressions: list('Requirements that must all hold.', requirement, {
        'x-kubernetes-list-type': 'atomic',
      }),
      matchLabels: mapOfText('Labels that must all be there, with exactly these values.'),
    },
    { 'x-kubernetes-map-type': 'atomic' },
  )
}

export function selectors(description: string): Schema {
  return list(
    description,
    selector('Selects by label: all parts of it must hold. An empty selector selects everything.'),
  )
}

/** metav1.Condition, as a list keyed by type: each writer owns its own types under server-side apply. */
export function conditions(description: string): Schema {
  return list(description, condition, {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  })
}

const condition = object(
  'One thing that is so or not so.',
  {
    type: text('What it is about, such as Ready.', {
      maxLength: 316,
      pattern:
        '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
    }),
    status: text('Whether it is so: True, False or Unknown.', { enum: ['True', 'False', 'Unknown'] }),
    observedGeneration: whole(
      'The metadata.generation that was judged; older than that of the object means not judged yet.',
      { format: 'int64', minimum: 0 },
    ),
    lastTransitionTime: text('When the status last changed.', { format: 'date-time' }),
    reason: text('Why, as one word for programs; docs/reasons.md explains each.', {
      minLength: 1,
      maxLength: 1024,
      pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
    }),
    message: text('Why, in a sentence for people.', { maxLength: 32768 }),
  },
  { required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'] },
)

/** What every kind that a user writes has in its status. */
export const userStatus: Properties = {
  observedGeneration: whole(
    'The metadata.generation that this status is about; older than that of the object means not seen yet.',
    { format: 'int64', minimum: 0 },
  ),
  conditions: conditions(
    'What is so of this object. Ready: it takes effect as written. Reconciling and Stalled stand here only while true.',
  ),
}

/** The status of a kind of which nothing else is to be said. */
export const outcome: Schema = object('What became of it.', userStatus)
