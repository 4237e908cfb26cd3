// BFD control packets in words, for herald decode (RFC 5880 §4.1).
import { Diagnostic } from '../../protocols/bfd/iana.ts'
import type { AuthenticationSection, BfdPacket } from '../../protocols/bfd/packet.ts'

/** What is as it usually is, is left out. */
export function describeBfd(packet: BfdPacket): string {
  const { state, diagnostic, myDiscriminator, yourDiscriminator, detectMultiplier, authentication } = packet
  return [
    `${state}${flagsInWords(packet)}`,
    `my ${myDiscriminator} your ${yourDiscriminator === 0 ? 'unknown' : yourDiscriminator}`,
    `sends every ${milliseconds(packet.desiredMinTxUs)}, ${takesInWords(packet.requiredMinRxUs)}, ×${detectMultiplier}`,
    ...(packet.requiredMinEchoRxUs === 0 ? [] : [`echo every ${milliseconds(packet.requiredMinEchoRxUs)}`]),
    ...(diagnostic === 0 ? [] : [`diagnostic ${diagnosticInWords(diagnostic)}`]),
    ...(authentication === undefined ? [] : [sectionInWords(authentication)]),
  ].join(', ')
}

function flagsInWords({ poll, final, controlPlaneIndependent, demand }: BfdPacket): string {
  const set = Object.entries({ poll, final, 'control plane independent': controlPlaneIndependent, demand })
  return set.flatMap(([name, is]) => (is ? [` ${name}`] : [])).join('')
}

function takesInWords(requiredMinRxUs: number): string {
  return requiredMinRxUs === 0 ? 'takes none' : `takes one every ${milliseconds(requiredMinRxUs)}`
}

function milliseconds(microseconds: number): string {
  return `${microseconds / 1000} ms`
}

/** The registry's name with its humps as spaces. */
function diagnosticInWords(code: number): string {
  const known = Object.entries(Diagnostic).find(([, value]) => value === code)
  return known === undefined ? String(code) : spaced(known[0])
}

/** A password that crosses the wire as it is, is not printed all the same. */
function sectionInWords(section: AuthenticationSection): string {
  const { type, keyId } = section
  const sequence = section.type === 'simplePassword' ? '' : ` sequence ${section.sequence}`
  return `${spaced(type)} key ${keyId}${sequence}`
}

function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
