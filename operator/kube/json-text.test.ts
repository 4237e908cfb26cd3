// Numbers on their way to the API server.
import { expect } from 'chai'
import { jsonText } from './json-text.ts'

describe('JSON for the API server', () => {
  it('has whole numbers to the last digit', () => {
    const status = { availableIPv6: 2n ** 63n - 1n, availableIPv4: 255, list: [2n ** 53n + 1n] }
    expect(jsonText({ status })).to.equal(
      '{"status":{"availableIPv6":9223372036854775807,"availableIPv4":255,"list":[9007199254740993]}}',
    )
  })
})
