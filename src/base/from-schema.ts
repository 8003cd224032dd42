interface Types {
  string: string
  integer: number
  number: number
  boolean: boolean
}

type Nullable<Schema, Type> = Schema extends { readonly nullable: true } ? Type | null : Type

type RequiredIn<Schema> = Schema extends { readonly required: ReadonlyArray<infer Name> } ? Name : never

type ObjectOf<Properties, Required> =
  & { readonly [Name in keyof Properties as Name extends Required ? Name : never]: FromSchema<Properties[Name]> }
  & { readonly [Name in keyof Properties as Name extends Required ? never : Name]?: FromSchema<Properties[Name]> }

/**
 * The type of the values that a JSON schema (written `as const`) lets through, so that schema and type cannot drift apart. It knows the
 * keywords that are used in this project: `const`, `enum`, `anyOf`, `type`, `nullable`, `items`, `properties`, `required` and
 * `additionalProperties` where it is a schema.
 */
export type FromSchema<Schema> = Nullable<Schema,
  Schema extends { readonly const: infer Value } ? Value
    : Schema extends { readonly enum: ReadonlyArray<infer Value> } ? Value
      : Schema extends { readonly anyOf: ReadonlyArray<infer Branch> } ? (Branch extends unknown ? FromSchema<Branch> : never)
        : Schema extends { readonly type: keyof Types } ? Types[Schema['type']]
          : Schema extends { readonly type: 'array', readonly items: infer Item } ? ReadonlyArray<FromSchema<Item>>
            : Schema extends { readonly type: 'object', readonly properties: infer Properties } ? ObjectOf<Properties, RequiredIn<Schema>>
              : Schema extends { readonly type: 'object', readonly additionalProperties: infer Value extends object }
                ? { readonly [name: string]: FromSchema<Value> }
                : unknown
>
