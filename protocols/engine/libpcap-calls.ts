// The calls of libpcap.so.0.8 that a capture needs, bound by koffi: pcap(3PCAP). Importing this loads the library.
import koffi from 'koffi'
import type { Bytes, Pointer } from './libc.ts'

const library = koffi.load('libpcap.so.0.8')

/** A pcap_t. */
export type Pcap = Pointer

export const create: (device: string, error: Bytes) => Pcap = library.func(
  'uintptr_t pcap_create(const char *device, void *error)',
)

type SetNumber = (pcap: Pcap, value: number) => number
export const setSnaplen: SetNumber = library.func('int pcap_set_snaplen(uintptr_t pcap, int bytes)')
export const setPromisc: SetNumber = library.func('int pcap_set_promisc(uintptr_t pcap, int on)')
export const setImmediateMode: SetNumber = library.func('int pcap_set_immediate_mode(uintptr_t pcap, int on)')
export const setBufferSize: SetNumber = library.func('int pcap_set_buffer_size(uintptr_t pcap, int bytes)')
export const setDirection: SetNumber = library.func('int pcap_setdirection(uintptr_t pcap, int direction)')

export const activate: (pcap: Pcap) => number = library.func('int pcap_activate(uintptr_t pcap)')
export const datalink: (pcap: Pcap) => number = library.func('int pcap_datalink(uintptr_t pcap)')

type Compile = (pcap: Pcap, program: Bytes, filter: string, optimize: number, netmask: number) => number
export const compile: Compile = library.func(
  'int pcap_compile(uintptr_t pcap, void *program, const char *filter, int optimize, uint32_t netmask)',
)
export const setFilter: (pcap: Pcap, program: Bytes) => number = library.func(
  'int pcap_setfilter(uintptr_t pcap, void *program)',
)
export const freeCode: (program: Bytes) => void = library.func('void pcap_freecode(void *program)')

export const setNonblock: (pcap: Pcap, on: number, error: Bytes) => number = library.func(
  'int pcap_setnonblock(uintptr_t pcap, int on, void *error)',
)
export const selectableFd: (pcap: Pcap) => number = library.func('int pcap_get_selectable_fd(uintptr_t pcap)')
/** These two are called for every frame, with addresses (libpcap.ts). */
export const nextEx: (pcap: Pcap, header: Pointer, data: Pointer) => number = library.func(
  'int pcap_next_ex(uintptr_t pcap, uintptr_t header, uintptr_t data)',
)
export const inject: (pcap: Pcap, frame: Pointer, length: number) => number = library.func(
  'int pcap_inject(uintptr_t pcap, uintptr_t frame, size_t length)',
)
export const stats: (pcap: Pcap, result: Bytes) => number = library.func(
  'int pcap_stats(uintptr_t pcap, void *result)',
)
export const getError: (pcap: Pcap) => string = library.func('const char *pcap_geterr(uintptr_t pcap)')
export const closePcap: (pcap: Pcap) => void = library.func('void pcap_close(uintptr_t pcap)')
