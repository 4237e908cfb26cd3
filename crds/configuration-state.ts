// ConfigurationState (metallb.io/v1beta1): what a process thinks of the configuration. Written by each for itself.
import type { Definition } from './definition.ts'
import { ageColumn, column } from './definition.ts'
import type { Condition, Parsed, Resource } from './kind.ts'
import { metallbKind } from './kind.ts'
import { at, partAt, readConditions, readIdentity, readOneOf, readString, topOf } from './read.ts'
import { conditions, object, root, text } from './schema.ts'

export type ConfigurationState = {
  readonly name: string // 'controller', or 'speaker-' and the name of the node
  readonly namespace: string
  readonly result: 'Valid' | 'Invalid' | 'Unknown'
  readonly errorSummary: string
  readonly conditions: readonly Condition[]
}

export const configurationStateKind = metallbKind('ConfigurationState', 'configurationstates')

/** Labels that say whose it is. */
export const configurationStateLabels = {
  componentType: 'metallb.io/component-type', // controller or speaker
  nodeName: 'metallb.io/node-name', // of a speaker
} as const

const results = ['Valid', 'Invalid', 'Unknown'] as const

export function parseConfigurationState(resource: Resource): Parsed<ConfigurationState> {
  const top = topOf(resource)
  const { name, namespace } = readIdentity(top)
  const status = partAt(top, 'status')
  const value = {
    name,
    namespace,
    result: readOneOf(at(status, 'result'), results) ?? ('Unknown' as const),
    errorSummary: readString(at(status, 'errorSummary')) ?? '',
    conditions: readConditions(at(status, 'conditions'), () => true),
  }
  return { value, objections: top.objections }
}

export const configurationStateDefinition: Definition = {
  name: configurationStateKind,
  shortNames: ['mlbstate'],
  versions: [
    {
      name: 'v1beta1',
      columns: [
        column('Result', '.status.result', { description: 'Valid, Invalid or Unknown' }),
        column('ErrorSummary', '.status.errorSummary', { description: 'What is wrong' }),
        ageColumn,
      ],
      schema: root(
        'What one process thinks of the configuration. The label metallb.io/component-type says whether it is the ' +
          'controller or a speaker, metallb.io/node-name on which node a speaker runs.',
        {
          status: object('What it found.', {
            result: text('Whether all of the configuration can be used: Valid, Invalid or Unknown.', {
              enum: results,
            }),
            errorSummary: text('What is wrong, one thing a line; empty if nothing is.'),
            conditions: conditions('What is so of each part of the configuration that this process reads.'),
          }),
        },
      ),
    },
  ],
}
