/**
 * The memory that bytes from backends are handed out in. Large pieces lie in slots that are used again when whoever got
 * them gives them back: left to the garbage collector, they cost a quarter of what a large response costs. Giving back is
 * optional; a slot that is not given back is collected like any other memory.
 */
export class ReadMemory {
  readonly #slotBytes: number
  readonly #free: Buffer[] = []
  readonly #slots = new WeakSet<ArrayBufferLike>()

  constructor (slotBytes: number) {
    this.#slotBytes = slotBytes
  }

  /** A copy of the first `size` bytes of `source`, which are not more than a slot holds. */
  copyOf (source: Buffer, size: number): Buffer {
    const memory = size < smallBytes ? Buffer.allocUnsafe(size) : (this.#free.pop() ?? this.#allocate())
    source.copy(memory, 0, 0, size)
    return memory.length === size ? memory : memory.subarray(0, size)
  }

  /** Nobody reads these bytes any more. To be called once, for the last piece of what `copyOf` gave. */
  giveBack (bytes: Buffer): void {
    if (this.#free.length < maxFreeSlots && this.#slots.has(bytes.buffer)) this.#free.push(Buffer.from(bytes.buffer))
  }

  #allocate (): Buffer {
    const slot = Buffer.allocUnsafeSlow(this.#slotBytes)
    this.#slots.add(slot.buffer)
    return slot
  }
}

/** Below this, Node cuts pieces from a common block of memory, which is cheap. */
const smallBytes = 4096
const maxFreeSlots = 128

/** The one of the process: what one side has read, the other gives back when it has sent it. */
export const readMemory = new ReadMemory(64 * 1024)
