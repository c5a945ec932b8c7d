//! Kubernetes' named formats, such as `format.dns1123Label()`, with what they say against a text.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use regex::Regex;

use super::{
    super::value::{Fault, Val},
    Args, Entry, Outcome,
    cost::Cost,
    time,
    url::Url,
};

pub(super) fn named(name: &str) -> Option<Entry> {
    let of = |index: usize| -> super::Run {
        // A function can't carry an index: there is one for each format.
        macro_rules! each {
            ($($n:literal)*) => {
                match index {
                    $($n => |_| Ok(Val::Format(&FORMATS[$n])),)*
                    _ => |_| Err(Fault::no_overload()),
                }
            };
        }
        each!(0 1 2 3 4 5 6 7 8 9 10 11 12)
    };
    match name {
        "validate" => Some((validate, Cost::Validates)),
        "format.named" => Some((by_name, Cost::Fixed(1))),
        _ => {
            let name = name.strip_prefix("format.")?;
            let index = FORMATS.iter().position(|f| f.name == name)?;
            Some((of(index), Cost::Fixed(1)))
        }
    }
}

/// A named format.
#[derive(Debug)]
pub(in crate::cel) struct NamedFormat {
    pub(in crate::cel) name: &'static str,
    /// How long its pattern counts for the cost.
    pub(in crate::cel) pattern_size: u64,
    complaints: fn(&str) -> Vec<String>,
}

static FORMATS: [NamedFormat; 13] = [
    NamedFormat {
        name: "dns1123Label",
        pattern_size: 30,
        complaints: |text| label(text),
    },
    NamedFormat {
        name: "dns1123Subdomain",
        pattern_size: 60,
        complaints: |text| subdomain(text),
    },
    NamedFormat {
        name: "dns1035Label",
        pattern_size: 30,
        complaints: |text| old_label(text),
    },
    NamedFormat {
        name: "qualifiedName",
        pattern_size: 60,
        complaints: qualified_name,
    },
    NamedFormat {
        name: "dns1123LabelPrefix",
        pattern_size: 30,
        complaints: |text| label(&mask_dash(text)),
    },
    NamedFormat {
        name: "dns1123SubdomainPrefix",
        pattern_size: 60,
        complaints: |text| subdomain(&mask_dash(text)),
    },
    NamedFormat {
        name: "dns1035LabelPrefix",
        pattern_size: 30,
        complaints: |text| old_label(&mask_dash(text)),
    },
    NamedFormat {
        name: "labelValue",
        pattern_size: 40,
        complaints: label_value,
    },
    NamedFormat {
        name: "uri",
        pattern_size: 1063,
        complaints: |text| Url::parse(text).err().into_iter().collect(),
    },
    NamedFormat {
        name: "uuid",
        pattern_size: 86,
        complaints: |text| complain(is_uuid(text), "does not match the UUID format"),
    },
    NamedFormat {
        name: "byte",
        pattern_size: 90,
        complaints: |text| {
            complain(
                !text.is_empty() && STANDARD.decode(text).is_ok(),
                "invalid base64",
            )
        },
    },
    NamedFormat {
        name: "date",
        pattern_size: 89,
        complaints: |text| complain(time::date(text).is_some(), "invalid date"),
    },
    NamedFormat {
        name: "datetime",
        pattern_size: 89,
        complaints: |text| {
            complain(
                !text.is_empty() && time::lenient_timestamp(text).is_some(),
                "invalid datetime",
            )
        },
    },
];

fn by_name<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(name)] => Ok(match FORMATS.iter().find(|f| *f.name == **name) {
            Some(format) => Val::some(Val::Format(format)),
            None => Val::Optional(None),
        }),
        _ => Err(Fault::no_overload()),
    }
}

fn validate<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Format(format), Val::String(text)] => {
            let complaints = (format.complaints)(text);
            if complaints.is_empty() {
                return Ok(Val::Optional(None));
            }
            Ok(Val::some(Val::list(
                complaints.into_iter().map(Val::string).collect(),
            )))
        }
        _ => Err(Fault::no_overload()),
    }
}

fn complain(fits: bool, message: &str) -> Vec<String> {
    if fits {
        Vec::new()
    } else {
        vec![message.to_owned()]
    }
}

/// A name that is to be completed may end in a dash.
fn mask_dash(text: &str) -> String {
    match text.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let mut masked = rest.to_owned();
            masked.pop();
            masked.push('a');
            masked
        }
        _ => text.to_owned(),
    }
}

fn is_uuid(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| *c != '-').collect();
    let hex = plain.len() == 32 && plain.bytes().all(|b| b.is_ascii_hexdigit());
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    hex && matches!(groups.as_slice(), [8, 4, 4, 4, 12] | [32])
}

/// One rule of names: what it demands, in the server's words.
struct Naming {
    max: usize,
    pattern: LazyLock<Regex>,
    says: &'static str,
}

impl Naming {
    fn check(&self, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        if text.len() > self.max {
            found.push(format!("must be no more than {} bytes", self.max));
        }
        if !self.pattern.is_match(text) {
            found.push(self.says.to_owned());
        }
        found
    }
}

/// Compiles a pattern of this file.
fn fixed(pattern: &str) -> Regex {
    Regex::new(pattern).expect("it is fixed and compiles")
}

static LABEL: Naming = Naming {
    max: 63,
    pattern: LazyLock::new(|| fixed("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")),
    says: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and \
           end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
           '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
};

static SUBDOMAIN: Naming = Naming {
    max: 253,
    pattern: LazyLock::new(|| {
        fixed(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
    }),
    says: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must \
           start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
           '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
};

static OLD_LABEL: Naming = Naming {
    max: 63,
    pattern: LazyLock::new(|| fixed("^[a-z]([-a-z0-9]*[a-z0-9])?$")),
    says: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
           character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
           validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
};

static NAME_PART: Naming = Naming {
    max: 63,
    pattern: LazyLock::new(|| fixed("^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$")),
    says: "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
           alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
           '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
};

static VALUE: Naming = Naming {
    max: 63,
    pattern: LazyLock::new(|| fixed("^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")),
    says: "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must \
           start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
           validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
};

fn label(text: &str) -> Vec<String> {
    LABEL.check(text)
}

fn subdomain(text: &str) -> Vec<String> {
    SUBDOMAIN.check(text)
}

fn old_label(text: &str) -> Vec<String> {
    OLD_LABEL.check(text)
}

fn label_value(text: &str) -> Vec<String> {
    VALUE.check(text)
}

fn qualified_name(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let parts: Vec<&str> = text.split('/').collect();
    let name = match parts.as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                found.push("prefix part must be non-empty".to_owned());
            } else {
                found.extend(
                    subdomain(prefix)
                        .into_iter()
                        .map(|m| format!("prefix part {m}")),
                );
            }
            *name
        }
        _ => {
            return vec![
                "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end \
                 with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for \
                 validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and \
                 '/' (e.g. 'example.com/MyName')"
                    .to_owned(),
            ];
        }
    };
    if name.is_empty() {
        found.push("name part must be non-empty".to_owned());
    } else if name.len() > NAME_PART.max {
        found.push(format!(
            "name part must be no more than {} bytes",
            NAME_PART.max
        ));
    }
    if !NAME_PART.pattern.is_match(name) {
        found.push(NAME_PART.says.to_owned());
    }
    found
}
