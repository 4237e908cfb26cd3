// The kernel of a router tells of its routes: when one came that one waits for, and when it changed.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { untilTrue } from '../../test/support/until.ts'
import { namespaceName } from './names.ts'
import type { RouterName } from './names.ts'
import { monotonicMs } from './probe/records.ts'

export type RouteWatch = {
  /** When the kernel first had a route to exactly that address; within 20 s. */
  readonly routed: (address: string) => Promise<number>
  /** When the kernel changed its route to exactly that address, or had one no more. */
  readonly changes: (address: string) => readonly number[]
  readonly stop: () => void
}

/** Opened before what it is to see: when it resolves, nothing is missed any more. Of rows like '[2026-11-24T15:10:18.664067] 10.30.0.1 nhid 30 proto bgp metric 20 …'. */
export async function watchRoutes(id: string, router: RouterName): Promise<RouteWatch> {
  const seen = new Map<string, number[]>()
  const waiting = new Set<() => void>()
  const child = spawn('ip', ['-netns', namespaceName(id, router), '-o', '-ts', 'monitor', 'route'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  createInterface({ input: child.stdout }).on('line', (row) => {
    const [, time = '', destination = ''] = /^\[(.+?)\] (?:Deleted )?(\S+)/.exec(row) ?? []
    seen.set(destination, [...(seen.get(destination) ?? []), monotonicAt(time)])
    for (const look of waiting) look()
  })
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  await untilTrue('ip monitor listens', () => hearsOfRoutes(child.pid ?? 0), { everyMs: 5 })
  const routed = (address: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => end(() => reject(new Error(`${router} has no route to ${address}`))),
        20_000,
      )
      const end = (settle: () => void): void => {
        clearTimeout(timer)
        waiting.delete(look)
        settle()
      }
      const look = (): void => {
        const at = seen.get(address)?.at(0)
        if (at !== undefined) end(() => resolve(at))
      }
      waiting.add(look)
      look()
    })
  const changes = (address: string): readonly number[] => seen.get(address) ?? []
  return { routed, changes, stop: () => void child.kill('SIGKILL') }
}

/** `ip` tells the local time at which it heard of a change: whoever reads that may be late. */
function monotonicAt(localTime: string): number {
  return monotonicMs() - (Date.now() - Date.parse(localTime))
}

/** RTNLGRP_IPV4_ROUTE is group 7. */
const ipv4Routes = 1 << 6

/** Whether a netlink socket of the process has joined the group; before, what the kernel tells is told to others only. */
function hearsOfRoutes(pid: number): boolean {
  const folder = `/proc/${pid}`
  const own = new Set(readdirSync(`${folder}/fd`).map((fd) => readlinkSync(`${folder}/fd/${fd}`)))
  const rows = readFileSync(`${folder}/net/netlink`, 'utf8').split('\n').slice(1)
  return rows
    .map((row) => row.trim().split(/\s+/)) // sk, protocol, port, groups, …, inode
    .some(
      (row) => own.has(`socket:[${row.at(-1)}]`) && (Number.parseInt(row[3] ?? '', 16) & ipv4Routes) !== 0,
    )
}
