export interface HeapItem {
  /** Where it is in its heap, -1 when it is in none; only the heap writes it. */
  heapIndex: number
}

/** A binary heap whose items know their places, so that one that has changed finds its new place in O(log n). */
export class IndexedHeap<Item extends HeapItem> {
  readonly #isBefore: (a: Item, b: Item) => boolean
  #items: Item[] = []

  constructor (isBefore: (a: Item, b: Item) => boolean) {
    this.#isBefore = isBefore
  }

  /** The one before all others; undefined when the heap is empty. */
  get first (): Item | undefined {
    return this.#items[0]
  }

  /** From now on the heap has these items, in O(n). */
  replace (items: Item[]): void {
    for (const item of this.#items) item.heapIndex = -1
    this.#items = items
    for (const [i, item] of items.entries()) item.heapIndex = i
    for (let i = (items.length >> 1) - 1; i >= 0; i--) this.#siftDown(items[i] as Item)
  }

  /** Must be called when the order of an item has changed. Does nothing when it is not in the heap. */
  moved (item: Item): void {
    if (item.heapIndex === -1) return
    this.#siftUp(item)
    this.#siftDown(item)
  }

  #siftUp (item: Item): void {
    let index = item.heapIndex
    while (index > 0) {
      const parent = this.#items[(index - 1) >> 1] as Item
      if (!this.#isBefore(item, parent)) break
      this.#put(parent, index)
      index = (index - 1) >> 1
    }
    this.#put(item, index)
  }

  #siftDown (item: Item): void {
    const items = this.#items
    let index = item.heapIndex
    for (;;) {
      let child = 2 * index + 1
      if (child >= items.length) break
      if (child + 1 < items.length && this.#isBefore(items[child + 1] as Item, items[child] as Item)) child++
      if (!this.#isBefore(items[child] as Item, item)) break
      this.#put(items[child] as Item, index)
      index = child
    }
    this.#put(item, index)
  }

  #put (item: Item, index: number): void {
    this.#items[index] = item
    item.heapIndex = index
  }
}
