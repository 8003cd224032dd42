/** A listener that only has to be there. */
export function ignore (): void {}
