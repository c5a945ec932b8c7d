//! What becomes of each keyword of JSON Schema in a structural schema.

/// What is done with a keyword.
pub(super) enum Keyword {
    /// It means the same in a CRD.
    Kept,
    /// It means something that a CRD says differently.
    Converted,
    /// It combines schemas.
    Junction,
    /// It tells a reader something, or is implied by pruning; a server refuses or ignores it.
    Dropped,
    /// Leaving it out would change what is valid.
    Unknown,
}

pub(super) fn classify(key: &str) -> Keyword {
    match key {
        "description" | "format" | "maxItems" | "maxLength" | "maxProperties" | "maximum"
        | "minItems" | "minLength" | "minProperties" | "minimum" | "multipleOf" | "nullable"
        | "pattern" => Keyword::Kept,
        "additionalProperties"
        | "const"
        | "default"
        | "enum"
        | "exclusiveMaximum"
        | "exclusiveMinimum"
        | "items"
        | "not"
        | "patternProperties"
        | "prefixItems"
        | "properties"
        | "required"
        | "type"
        | "uniqueItems" => Keyword::Converted,
        "$ref" | "allOf" | "anyOf" | "oneOf" => Keyword::Junction,
        "$comment"
        | "$defs"
        | "$id"
        | "$schema"
        | "contentEncoding"
        | "contentMediaType"
        | "definitions"
        | "deprecated"
        | "example"
        | "examples"
        | "propertyNames"
        | "readOnly"
        | "title"
        | "unevaluatedProperties"
        | "writeOnly" => Keyword::Dropped,
        _ if key.starts_with("x-kubernetes-") => Keyword::Kept,
        _ => Keyword::Unknown,
    }
}
