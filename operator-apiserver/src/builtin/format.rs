//! What is wrong with a text of a certain form, in the server's sentences; nothing if it is right.

pub(super) use crate::metadata::names::{label_key, label_value};

use crate::metadata::names::dns_1123_subdomain;

/// The errors of a range of ports.
pub(super) const PORT_RANGE: &str = "must be between 1 and 65535, inclusive";
/// A number that may not be negative.
pub(super) const NOT_NEGATIVE: &str = "must be greater than or equal to 0";
/// A field that may not be changed.
pub(super) const IMMUTABLE: &str = "field is immutable";

/// The key of a config map or secret.
pub(super) fn config_map_key(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if value.len() > 253 {
        errors.push("must be no more than 253 characters".to_owned());
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if value.is_empty() || !value.bytes().all(allowed) {
        errors.push(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
             'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
                .to_owned(),
        );
    }
    match value {
        "." => errors.push("must not be '.'".to_owned()),
        ".." => errors.push("must not be '..'".to_owned()),
        _ if value.starts_with("..") => errors.push("must not start with '..'".to_owned()),
        _ => {}
    }
    errors
}

/// The name of an environment variable.
pub(super) fn env_name(value: &str) -> Vec<String> {
    let printable = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'=';
    if !value.is_empty() && value.bytes().all(printable) {
        return Vec::new();
    }
    vec![
        "a valid environment variable name must consist only of printable ASCII characters other than '='"
            .to_owned(),
    ]
}

/// The name of a port, as IANA has it.
pub(super) fn port_name(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    let mut say = |text: &str| errors.push(text.to_owned());
    if value.len() > 15 {
        say("must be no more than 15 characters");
    }
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !value.bytes().all(allowed) {
        say("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !value.bytes().any(|byte| byte.is_ascii_lowercase()) {
        say("must contain at least one letter (a-z)");
    }
    if value.contains("--") {
        say("must not contain consecutive hyphens");
    }
    if value.starts_with('-') || value.ends_with('-') {
        say("must not begin or end with a hyphen");
    }
    errors
}

/// A percentage such as `25%`.
pub(super) fn percent(value: &str) -> Vec<String> {
    let digits = value.strip_suffix('%').unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    vec![
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used \
         for validation is '[0-9]+%')"
            .to_owned(),
    ]
}

/// A name with a wildcard in front, such as `*.example.com`.
pub(super) fn wildcard_subdomain(value: &str) -> Vec<String> {
    let rest = value.strip_prefix("*.").unwrap_or_default();
    if value.len() <= 253 && !rest.is_empty() && dns_1123_subdomain(rest).is_empty() {
        return Vec::new();
    }
    vec![
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of \
         lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. \
         '*.example.com', regex used for validation is \
         '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            .to_owned(),
    ]
}

/// An IP address.
pub(super) fn ip(value: &str) -> Vec<String> {
    if value.parse::<std::net::IpAddr>().is_ok() {
        return Vec::new();
    }
    vec!["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".to_owned()]
}

/// A range of IP addresses.
pub(super) fn cidr(value: &str) -> Vec<String> {
    let valid = value.split_once('/').is_some_and(|(address, bits)| {
        let most = match address.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(_)) => 32,
            Ok(std::net::IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        bits.bytes().all(|byte| byte.is_ascii_digit())
            && bits.parse::<u32>().is_ok_and(|bits| bits <= most)
    });
    if valid {
        return Vec::new();
    }
    vec!["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)".to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_config_maps_are_file_names() {
        assert!(config_map_key(".hidden_A-1").is_empty());
        assert_eq!(config_map_key(".."), ["must not be '..'"]);
        assert_eq!(config_map_key("..a"), ["must not start with '..'"]);
        assert_eq!(config_map_key("a/b").len(), 1);
    }

    #[test]
    fn port_names_need_a_letter() {
        assert!(port_name("http-2").is_empty());
        assert_eq!(port_name("80"), ["must contain at least one letter (a-z)"]);
        assert_eq!(port_name("a--b-").len(), 2);
    }

    #[test]
    fn ranges_of_addresses_are_checked() {
        assert!(cidr("10.0.0.0/8").is_empty() && cidr("2001:db8::/64").is_empty());
        assert_eq!(cidr("10.0.0.0/33").len(), 1);
        assert_eq!(cidr("10.0.0.0").len(), 1);
        assert_eq!(cidr("10.0.0.0/+8").len(), 1);
    }
}
