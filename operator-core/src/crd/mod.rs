//! Custom resource definitions, from a struct to YAML.
