/** The same value for the same name: it is made when it is first asked for. */
export function remembered<Value> (make: (name: string) => Value): (name: string) => Value {
  const known = new Map<string, Value>()
  return (name) => {
    const value = known.get(name) ?? make(name)
    known.set(name, value)
    return value
  }
}
