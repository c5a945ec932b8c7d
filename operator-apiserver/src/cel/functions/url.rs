//! URLs as Go's `url.ParseRequestURI` reads them: with a scheme, or a path from the root.

use std::{fmt::Write, rc::Rc};

use super::{
    super::value::{Entries, Fault, Map, Val, key_of},
    Args, Entry, Outcome,
    cost::Cost,
};

pub(super) fn named(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "url" => (parse_url, Cost::Reads(1)),
        "isURL" => (is_url, Cost::Reads(1)),
        "getScheme" => (
            |args| the_url(args).map(|u| Val::string(u.scheme.as_str())),
            Cost::Fixed(1),
        ),
        "getHost" => (
            |args| the_url(args).map(|u| Val::string(u.host.as_str())),
            Cost::Fixed(1),
        ),
        "getHostname" => (
            |args| the_url(args).map(|u| Val::string(u.hostname())),
            Cost::Fixed(1),
        ),
        "getPort" => (
            |args| the_url(args).map(|u| Val::string(u.port())),
            Cost::Fixed(1),
        ),
        "getEscapedPath" => (
            |args| the_url(args).map(|u| Val::string(u.path.as_str())),
            Cost::Fixed(1),
        ),
        "getQuery" => (query, Cost::Fixed(1)),
        _ => return None,
    };
    Some(entry)
}

/// A URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cel) struct Url {
    pub(super) raw: String,
    scheme: String,
    /// With the port.
    host: String,
    /// Escaped.
    path: String,
    query: String,
}

fn the_url<'s>(args: Args<'s, '_>) -> Result<&'s Url, Fault> {
    match args.values {
        [Val::Url(url)] => Ok(url),
        _ => Err(Fault::no_overload()),
    }
}

fn parse_url<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text)] => match Url::parse(text) {
            Ok(url) => Ok(Val::Url(Rc::new(url))),
            Err(why) => Err(Fault::because(format!(
                "URL parse error during conversion from string: {why}"
            ))),
        },
        _ => Err(Fault::no_overload()),
    }
}

fn is_url<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text)] => Ok(Val::Bool(Url::parse(text).is_ok())),
        _ => Err(Fault::no_overload()),
    }
}

fn query<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let mut found: Vec<(String, Vec<Val<'a>>)> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    for part in the_url(args)?
        .query
        .split('&')
        .filter(|p| !p.is_empty() && !p.contains(';'))
    {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let plus = |text: &str| unescape(&text.replace('+', " "));
        let (Ok(key), Ok(value)) = (plus(key), plus(value)) else {
            continue;
        };
        let place = *places.entry(key.clone()).or_insert_with(|| {
            found.push((key, Vec::new()));
            found.len() - 1
        });
        found[place].1.push(Val::string(value));
    }
    let mut entries = Entries::new();
    for (key, values) in found {
        let key = Val::string(key);
        if let Some(index) = key_of(&key) {
            entries.insert(index, (key, Val::list(values)));
        }
    }
    Ok(Val::Map(Map::Made(Rc::new(entries))))
}

impl Url {
    /// Reads a URL; the error is Go's.
    pub(in crate::cel) fn parse(raw: &str) -> Result<Self, String> {
        Self::parts(raw).map_err(|why| format!("parse {raw:?}: {why}"))
    }

    fn parts(raw: &str) -> Result<Self, String> {
        if raw.bytes().any(|b| b < 0x20 || b == 0x7f) {
            return Err("net/url: invalid control character in URL".into());
        }
        if raw.is_empty() {
            return Err("empty url".into());
        }
        let (scheme, rest) = split_scheme(raw)?;
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut url = Self {
            raw: raw.to_owned(),
            scheme: scheme.to_ascii_lowercase(),
            host: String::new(),
            path: String::new(),
            query: query.to_owned(),
        };
        if raw == "*" {
            url.path = "*".into();
            return Ok(url);
        }
        if !rest.starts_with('/') {
            // With a scheme it is opaque, such as `mailto:a@b`.
            return if scheme.is_empty() {
                Err("invalid URI for request".into())
            } else {
                Ok(url)
            };
        }
        let mut path = rest;
        if let Some(authority) = rest.strip_prefix("//").filter(|_| !scheme.is_empty()) {
            let end = authority.find('/').unwrap_or(authority.len());
            let (authority, after) = authority.split_at(end);
            path = after;
            url.host = host(authority)?;
        }
        unescape(path)?;
        url.path = escaped_path(path);
        Ok(url)
    }

    fn split_port(&self) -> (&str, &str) {
        match self.host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, port),
            _ => (&self.host, ""),
        }
    }

    fn hostname(&self) -> &str {
        let host = self.split_port().0;
        host.strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'))
            .unwrap_or(host)
    }

    fn port(&self) -> &str {
        self.split_port().1
    }
}

fn split_scheme(raw: &str) -> Result<(&str, &str), String> {
    for (at, c) in raw.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err("missing protocol scheme".into()),
            ':' => return Ok((&raw[..at], &raw[at + 1..])),
            _ => break,
        }
    }
    Ok(("", raw))
}

fn host(authority: &str) -> Result<String, String> {
    let host = match authority.rsplit_once('@') {
        Some((user, host)) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
            if !user.chars().all(plain) {
                return Err("net/url: invalid userinfo".into());
            }
            unescape(user)?;
            host
        }
        None => authority,
    };
    let port = if host.starts_with('[') {
        let end = host.rfind(']').ok_or("missing ']' in host")?;
        &host[end + 1..]
    } else {
        host.rfind(':').map_or("", |at| &host[at..])
    };
    let digits = port.strip_prefix(':');
    if !port.is_empty() && !digits.is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit())) {
        return Err(format!("invalid port {port:?} after host"));
    }
    if let Some(bad) = host.chars().find(|c| " \"<>\\^`{}|".contains(*c)) {
        return Err(format!(
            "invalid character {:?} in host name",
            bad.to_string()
        ));
    }
    if let Some(at) = host.find('%') {
        let sign = &host[at..host.len().min(at + 3)];
        // Only what is not ASCII may be escaped in a host.
        if !host.starts_with('[')
            && !matches!(
                host.as_bytes().get(at + 1),
                Some(b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F')
            )
        {
            return Err(format!("invalid URL escape {sign:?}"));
        }
    }
    unescape(host)
}

/// Resolves `%41`.
fn unescape(text: &str) -> Result<String, String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let digits = bytes.get(at + 1..at + 3);
            let hex = digits
                .and_then(|d| std::str::from_utf8(d).ok())
                .filter(|d| !d.starts_with('+'));
            let Some(byte) = hex.and_then(|h| u8::from_str_radix(h, 16).ok()) else {
                let shown = String::from_utf8_lossy(&bytes[at..bytes.len().min(at + 3)]);
                return Err(format!("invalid URL escape {shown:?}"));
            };
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// The path with everything escaped that has to be.
fn escaped_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@!'()*[]%".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn urls_are_read_as_go_reads_them() {
        let url = Url::parse("HTTPS://user:pw@[::1]:8443/a%20b c?x=1&x=2").expect("it is one");
        assert_eq!(
            (
                url.scheme.as_str(),
                url.hostname(),
                url.port(),
                url.path.as_str(),
                url.query.as_str()
            ),
            ("https", "::1", "8443", "/a%20b%20c", "x=1&x=2")
        );
        for text in ["/path", "mailto:a@b", "http://h", "http://h:80/", "*"] {
            assert!(Url::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "h",
            "h/a",
            ":80",
            "http://h:a/",
            "http://[::1",
            "http://h/%zz",
            "http://a b/",
            "/\n",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }
}
