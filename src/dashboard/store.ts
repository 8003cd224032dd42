import { initialState, type State } from './state.ts'

/** Holds the state; views run at most once per frame, and not at all while the tab is hidden. */
export interface Store {
  readonly state: State
  update (change: (state: State) => State): void
  /** Calls `view` with the current state and after each change. */
  show (view: (state: State) => void): void
}

export function createStore (): Store {
  let state = initialState
  let isPlanned = false
  const views: Array<(state: State) => void> = []

  function draw (): void {
    isPlanned = false
    for (const view of views) view(state)
  }

  function plan (): void {
    if (isPlanned) return
    isPlanned = true
    requestAnimationFrame(draw)
  }

  // Ages and countdowns advance even if nothing arrives.
  setInterval(plan, 1000)

  return {
    get state () { return state },
    update (change) {
      state = change(state)
      plan()
    },
    show (view) {
      views.push(view)
      plan()
    }
  }
}
