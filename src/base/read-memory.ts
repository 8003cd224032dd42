/** The most that one read takes, in bytes: 64 KiB, which many backends write at once, and a head before it. */
export const maxReadBytes = 68 * 1024

/**
 * Memory for bytes from backends. Large pieces are in slots that are reused once they are given back: left to the garbage
 * collector, they would cost a quarter of the CPU time of a large response. Giving back is optional; a slot that is not given
 * back is collected like any other memory.
 */
export class ReadMemory {
  readonly #slotBytes: number
  readonly #free: Buffer[] = []
  readonly #slots = new WeakSet<ArrayBufferLike>()

  constructor (slotBytes: number) {
    this.#slotBytes = slotBytes
  }

  /** A copy of the first `size` bytes of `source`, at most as many as a slot holds. */
  copyOf (source: Buffer, size: number): Buffer {
    const memory = size < smallBytes ? Buffer.allocUnsafe(size) : (this.#free.pop() ?? this.#allocate())
    source.copy(memory, 0, 0, size)
    return memory.length === size ? memory : memory.subarray(0, size)
  }

  /** Gives back bytes that are no longer read. Call it once, with the last piece of what `copyOf` returned. */
  giveBack (bytes: Buffer): void {
    if (this.#free.length < maxFreeSlots && this.#slots.has(bytes.buffer)) this.#free.push(Buffer.from(bytes.buffer))
  }

  #allocate (): Buffer {
    const slot = Buffer.allocUnsafeSlow(this.#slotBytes)
    this.#slots.add(slot.buffer)
    return slot
  }
}

/** Node takes smaller buffers from a shared pool, which is cheap. */
const smallBytes = 4096
const maxFreeSlots = 128

/** The one of the process: what one side has read, the other gives back when it has sent it. */
export const readMemory = new ReadMemory(maxReadBytes)
