use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    Envelope, MAX_DEPTH, decode,
    messages::{Kind, Message, Shape, table},
    whole::Form,
};
use crate::{builtin, schema::decode_typed};

mod requests;

/// Objects as a Go client writes them, from `generate/protobuf_samples.go`.
struct Sample {
    /// Where it is posted to; `None` for one that has something in every field.
    path: Option<&'static str>,
    json: Value,
    protobuf: Vec<u8>,
}

fn samples() -> impl Iterator<Item = Sample> {
    let lines = include_str!("testdata/samples.tsv").lines();
    lines.map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [what, path, json, protobuf] = columns[..] else {
            panic!("four columns: {line}");
        };
        Sample {
            path: (what == "case").then_some(path),
            json: serde_json::from_str(json).unwrap(),
            protobuf: STANDARD.decode(protobuf).unwrap(),
        }
    })
}

/// The object in a body, and the name of its definition.
fn decoded(body: &[u8]) -> (String, Result<Value, String>) {
    let envelope = Envelope::open(body).unwrap();
    let (group, version) = envelope
        .api_version
        .rsplit_once('/')
        .unwrap_or(("", &envelope.api_version));
    let name = match envelope.kind.as_str() {
        "DeleteOptions" => "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions".to_owned(),
        kind => builtin::name_of_definition(group, version, kind),
    };
    let value = decode(&name, envelope.message)
        .unwrap_or_else(|| panic!("{name} has a message"))
        .map(|mut value| {
            value["apiVersion"] = envelope.api_version.as_str().into();
            value["kind"] = envelope.kind.as_str().into();
            value
        });
    (name, value)
}

/// Removes what is empty: what JSON leaves out of some fields.
fn without_empties(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(without_empties);
            fields.retain(|_, value| {
                !matches!(value, Value::Null)
                    && value != ""
                    && value != 0
                    && value != false
                    && *value != json!([])
                    && *value != json!({})
            });
        }
        Value::Array(items) => items.iter_mut().for_each(without_empties),
        _ => {}
    }
}

#[test]
fn every_field_of_every_kind_is_read_as_go_writes_it_in_json() {
    let mut kinds = 0;
    for sample in samples().filter(|sample| sample.path.is_none()) {
        let (name, value) = decoded(&sample.protobuf);
        let (mut ours, mut theirs) = (value.unwrap(), sample.json);
        without_empties(&mut ours);
        without_empties(&mut theirs);
        assert_eq!(ours, theirs, "{name}");
        kinds += 1;
    }
    assert!(kinds > builtin::resources().len());
}

#[test]
fn a_kind_decodes_to_the_same_object_from_protobuf_and_from_json() {
    for sample in samples() {
        let (name, value) = decoded(&sample.protobuf);
        let Some(schema) = builtin::definition(&name) else {
            continue;
        };
        let (mut ours, mut theirs) = (value.unwrap(), sample.json);
        let unknown = decode_typed(&mut ours, &schema).unwrap();
        assert_eq!(
            unknown,
            decode_typed(&mut theirs, &schema).unwrap(),
            "{name}"
        );
        assert_eq!(ours, theirs, "{name}");
    }
}

/// The names in JSON of a message's fields, with those of embedded structs.
fn names(message: &Message) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    for field in &message.fields {
        match (field.name, field.kind) {
            ("", Kind::Message(index)) => names.extend(self::names(table().get(index).unwrap())),
            (name, _) => drop(names.insert(name)),
        }
    }
    names
}

#[test]
fn messages_have_the_fields_that_openapi_tells_of() {
    let mut compared = 0;
    for message in table().messages() {
        let Some(json) = builtin::definition_json(message.name) else {
            continue;
        };
        let definition: Value = serde_json::from_str(json).unwrap();
        if message.form != Form::Object {
            assert!(definition.get("properties").is_none(), "{}", message.name);
            continue;
        }
        let properties = definition["properties"].as_object();
        let mut expected: BTreeSet<&str> = properties
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        let is_kind = definition.get("x-kubernetes-group-version-kind").is_some();
        if is_kind {
            expected.retain(|name| !matches!(*name, "apiVersion" | "kind"));
        }
        assert_eq!(names(message), expected, "{}", message.name);
        for field in &message.fields {
            let property = &definition["properties"][field.name];
            let expected = match (field.shape, field.kind) {
                (Shape::List, _) => "array",
                (Shape::Map, _) => "object",
                (Shape::One, Kind::Text | Kind::Bytes) => "string",
                (Shape::One, Kind::Int32 | Kind::Int64) => "integer",
                (Shape::One, Kind::Bool) => "boolean",
                (Shape::One, Kind::Double) => "number",
                (Shape::One, Kind::Json | Kind::Message(_)) => continue,
            };
            assert_eq!(
                property["type"], expected,
                "{} {}",
                message.name, field.name
            );
        }
        compared += 1;
    }
    assert!(compared > 300, "{compared}");
}

/// A field of bytes.
fn bytes_field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 0x7f {
        field.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    field.push(u8::try_from(length).unwrap());
    field.extend(bytes);
    field
}

fn config_map(bytes: &[u8]) -> Result<Value, String> {
    decode("io.k8s.api.core.v1.ConfigMap", bytes).unwrap()
}

#[test]
fn what_is_no_envelope_is_refused_as_the_server_refuses_it() {
    let overlong = [b"k8s\0\x0a".as_slice(), &[0xff; 10], &[1]].concat();
    let negative = [b"k8s\0\x0a".as_slice(), &[0xff; 9], &[1]].concat();
    let cases: [(&[u8], &str); 13] = [
        (b"", "empty data"),
        (
            b"k8",
            "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
        ),
        (
            b"{\"kind\":\"ConfigMap\"}",
            "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
        ),
        (b"k8s\0", "empty body"),
        (b"k8s\0\xff\xff\xff garbage", "proto: illegal wireType 7"),
        (b"k8s\0\xff\xff", "unexpected EOF"),
        (b"k8s\0\0\0", "proto: Unknown: illegal tag 0 (wire type 0)"),
        (
            b"k8s\0\x0c\0",
            "proto: Unknown: wiretype end group for non-group",
        ),
        (
            b"k8s\0\x08\0",
            "proto: wrong wireType = 0 for field TypeMeta",
        ),
        (b"k8s\0\x2e\0", "proto: illegal wireType 6"),
        (
            &negative,
            "proto: negative length found during unmarshaling",
        ),
        (&overlong, "proto: integer overflow"),
        (b"k8s\0\x0a\x7f", "unexpected EOF"),
    ];
    for (body, message) in cases {
        assert_eq!(Envelope::open(body).unwrap_err(), message, "{body:?}");
    }
}

#[test]
fn what_is_no_message_is_refused_as_the_server_refuses_it() {
    let cases: [(&[u8], &str); 8] = [
        (b"\xff\xff", "unexpected EOF"),
        (
            b"\x08\x01",
            "proto: wrong wireType = 0 for field ObjectMeta",
        ),
        (
            b"\x0c",
            "proto: ConfigMap: wiretype end group for non-group",
        ),
        (b"\0", "proto: ConfigMap: illegal tag 0 (wire type 0)"),
        (b"\x7e\0", "proto: illegal wireType 6"),
        (
            b"\x7c\0",
            "proto: ConfigMap: wiretype end group for non-group",
        ),
        (b"\x7b\x08", "unexpected EOF"),
        (
            b"\x0a\x02\x08\x01",
            "proto: wrong wireType = 0 for field Name",
        ),
    ];
    for (bytes, message) in cases {
        assert_eq!(config_map(bytes).unwrap_err(), message, "{bytes:?}");
    }
}

#[test]
fn unknown_fields_are_passed_over_and_of_doubles_the_last_counts() {
    let named = |name: &str| bytes_field(1, &bytes_field(1, name.as_bytes()));
    let labelled = bytes_field(1, &bytes_field(11, &bytes_field(1, b"a")));
    let group = [0x73, 0x73, 0x08, 0x01, 0x74, 0x74].to_vec();
    let entry = |value: &str| {
        bytes_field(
            2,
            &[bytes_field(1, b"k"), bytes_field(2, value.as_bytes())].concat(),
        )
    };
    let bytes = [
        named("first"),
        bytes_field(13, b"nobody knows"),
        group,
        entry("1"),
        entry("2"),
        bytes_field(2, b""),
        named("last"),
        labelled,
    ]
    .concat();
    let expected = json!({
        "metadata": {"name": "last", "labels": {"a": ""}}, "data": {"k": "2", "": ""},
    });
    assert_eq!(config_map(&bytes), Ok(expected));
}

#[test]
fn lists_of_numbers_may_be_packed() {
    let groups = |bytes: &[u8]| {
        let name = "io.k8s.api.core.v1.PodSecurityContext";
        decode(name, bytes).unwrap().unwrap()["supplementalGroups"].clone()
    };
    assert_eq!(groups(&[0x20, 7, 0x20, 0x80, 1]), json!([7, 128]));
    assert_eq!(groups(&[0x22, 3, 7, 0x80, 1]), json!([7, 128]));
}

#[test]
fn what_is_no_utf_8_is_replaced() {
    let data = bytes_field(2, &[bytes_field(1, b"k"), bytes_field(2, b"\xff")].concat());
    assert_eq!(config_map(&data), Ok(json!({"data": {"k": "\u{fffd}"}})));
}

#[test]
fn nesting_is_bounded() {
    let name = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps";
    let nested = |levels: usize| {
        // `not` in `not` ...: field 28.
        let mut bytes = Vec::new();
        for _ in 0..levels {
            let inner = bytes_field(1, &bytes);
            bytes = [vec![0xe2, 0x01], inner[1..].to_vec()].concat();
        }
        decode(name, &bytes).unwrap()
    };
    assert!(nested(MAX_DEPTH - 1).is_ok());
    let refused = "the object is nested more than 100 levels deep";
    assert_eq!(nested(MAX_DEPTH), Err(refused.to_owned()));
    assert_eq!(nested(50_000), Err(refused.to_owned()));

    let raw = |levels: usize| {
        let json = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        decode(
            "io.k8s.api.apps.v1.ControllerRevision",
            &bytes_field(2, &bytes_field(1, json.as_bytes())),
        )
        .unwrap()
    };
    assert!(raw(MAX_DEPTH - 1).is_ok());
    assert_eq!(raw(MAX_DEPTH), Err(refused.to_owned()));
    assert!(raw(100_000).is_err());
}

#[test]
fn values_that_json_does_not_have_are_refused() {
    let time = |seconds: &[u8]| {
        let time = bytes_field(8, &[&[0x08], seconds].concat());
        config_map(&bytes_field(1, &time))
    };
    let at = |time: &str| Ok(json!({"metadata": {"creationTimestamp": time}}));
    assert_eq!(time(&[0]), at("1970-01-01T00:00:00Z"));
    let last = [0xff, 0x82, 0xd1, 0xff, 0xaf, 0x07];
    assert_eq!(time(&last), at("9999-12-31T23:59:59Z"));
    assert!(time(&[0x80, 0x83, 0xd1, 0xff, 0xaf, 0x07]).is_err());
    assert!(time(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]).is_err());
    let schema = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps";
    let maximum = |number: f64| {
        let bytes = [&[0x49], number.to_le_bytes().as_slice()].concat();
        decode(schema, &bytes).unwrap()
    };
    assert_eq!(maximum(-5.0), Ok(json!({"maximum": -5})));
    assert_eq!(maximum(0.5), Ok(json!({"maximum": 0.5})));
    assert!(maximum(f64::NAN).is_err());
    let port = |bytes: &[u8]| decode("io.k8s.apimachinery.pkg.util.intstr.IntOrString", bytes);
    assert!(port(&[0x08, 9]).unwrap().is_err());
    let data = bytes_field(2, &bytes_field(1, b"{"));
    let revision = decode("io.k8s.api.apps.v1.ControllerRevision", &data);
    assert!(revision.unwrap().is_err());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Envelope::open(&[b"k8s\0".as_slice(), &bytes].concat());
        for message in table().messages() {
            let _ = decode(message.name, &bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_changed_message_panics(
        sample in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let bodies: Vec<Vec<u8>> = bodies();
        let mut body = sample.get(&bodies).clone();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if let Some(cut) = cut {
            body.truncate(cut.index(body.len()));
        }
        if let Ok(envelope) = Envelope::open(&body) {
            let kind = builtin::name_of_definition("", "v1", &envelope.kind);
            let _ = decode(&kind, envelope.message);
            for name in ["io.k8s.api.core.v1.Pod", "io.k8s.api.apps.v1.Deployment"] {
                let _ = decode(name, envelope.message);
            }
        }
    }
}

/// The protobuf of small samples, read once.
fn bodies() -> Vec<Vec<u8>> {
    static BODIES: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(|| {
        let all = samples().map(|sample| sample.protobuf);
        all.filter(|body| body.len() < 5_000).collect()
    });
    BODIES.clone()
}
