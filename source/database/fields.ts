/** An object that the database returned, before its fields are checked. */
export type JsonFields = Readonly<Record<string, unknown>>;

/** The fields of a JSON object; none if the value is no object. */
export function fieldsOf(body: unknown): JsonFields {
  return isFields(body) ? body : {};
}

/** The objects of a JSON array; none if the value is no array. */
export function eachOf(body: unknown): readonly JsonFields[] {
  return Array.isArray(body) ? body.map(fieldsOf) : [];
}

/** Whether a decoded JSON value has names; an array has none. */
export function isFields(body: unknown): body is JsonFields {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}
