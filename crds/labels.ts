// Label keys and values as the API server takes them (k8s.io/apimachinery/pkg/util/validation: IsQualifiedName, IsValidLabelValue).

const name = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/

/** What is wrong with a label key, or nothing. */
export function labelKeyProblem(key: string): string | undefined {
  const parts = key.split('/')
  const [prefix, rest] = parts.length === 1 ? [undefined, key] : [parts[0] ?? '', parts[1] ?? '']
  if (parts.length > 2) return 'a label key has one slash at most: prefix/name'
  if (prefix !== undefined && (prefix.length > 253 || !subdomain.test(prefix)))
    return 'the prefix of a label key must be a DNS subdomain such as example.com'
  if (rest.length > 63 || !name.test(rest))
    return 'a label key is 1 to 63 letters, digits, -, _ and ., with a letter or digit at both ends'
  return undefined
}

/** What is wrong with a label value, or nothing. */
export function labelValueProblem(value: string): string | undefined {
  if (value === '' || (value.length <= 63 && name.test(value))) return undefined
  return 'a label value is at most 63 letters, digits, -, _ and ., with a letter or digit at both ends'
}
