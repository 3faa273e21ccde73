/** A value that an attribute of a span may have; as OpenTelemetry's `AttributeValue`. */
export type AttributeValue =
  string | number | boolean | (string | null | undefined)[] | (number | null | undefined)[] | (boolean | null | undefined)[];

/** Attributes of a span by name; as OpenTelemetry's `Attributes`. */
export interface Attributes {
  [name: string]: AttributeValue | undefined;
}
