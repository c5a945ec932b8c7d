//! What the real server showed in printer columns for the same paths and object.

use serde_json::{Value, json};

use super::*;

fn object() -> Value {
    json!({
        "metadata": {"annotations": {"a.b": "dotted"}},
        "spec": {
            "a": "x", "d": "dd", "i": 5, "n": 1.5,
            "l": [{"t": "x", "s": "one", "v": 1}, {"t": "y", "s": "two", "v": 2}],
            "m": {"a.b": "ab", "z": "zz"},
            "null": null,
        },
        "status": {"conditions": [
            {"type": "Synced", "status": "True"}, {"type": "Ready", "status": "False"},
        ]},
    })
}

fn find(path: &str) -> Result<Vec<Value>, String> {
    let object = object();
    let path = JsonPath::parse(path).map_err(|e| e.to_string())?;
    let found = path.find(&object).map_err(|e| e.to_string())?;
    Ok(found.into_iter().map(Cow::into_owned).collect())
}

#[test]
fn fields_and_indices() {
    for (path, expected) in [
        (".spec.a", json!(["x"])),
        ("..a", json!(["x"])),
        (".spec.zzz", json!([])),
        (".zzz.zzz", json!([])),
        (".spec.a.b", json!([])),
        (".spec.null", json!([null])),
        (".spec.null.x", json!([])),
        (".spec.null[0]", json!([])),
        ("$.spec.i", json!([5])),
        (".spec['a']", json!(["x"])),
        (".spec['a','d']", json!(["x", "dd"])),
        (".spec.m.a\\.b", json!(["ab"])),
        (".metadata.annotations.a\\.b", json!(["dotted"])),
        (".spec.m['a\\.b']", json!(["ab"])),
        (".spec.l[0].s", json!(["one"])),
        (".spec.l[-1].s", json!(["two"])),
        (".spec.l[*].s", json!(["one", "two"])),
        (".spec.l[1:].s", json!(["two"])),
        (".spec.l[:1].s", json!(["one"])),
        (".spec.l[::2].s", json!(["one"])),
        (".spec.l[0:2].v", json!([1, 2])),
        (".spec.l[1:1].s", json!([])),
        (".spec.m.*", json!(["ab", "zz"])),
        ("..s", json!(["one", "two"])),
        (".spec..v", json!([1, 2])),
        (".spec.a.*", json!([120])),
    ] {
        assert_eq!(find(path).map(Value::Array), Ok(expected), "{path}");
    }
    // A name in brackets is read like one after a dot.
    assert_eq!(find(".spec.m['a.b']"), Ok(vec![]));
}

#[test]
fn filters() {
    for (path, expected) in [
        (
            r#".status.conditions[?(@.type=="Ready")].status"#,
            json!(["False"]),
        ),
        (
            ".status.conditions[?(@.type=='Ready')].status",
            json!(["False"]),
        ),
        (
            r#".status.conditions[?(@.type == "Ready")].status"#,
            json!(["False"]),
        ),
        (
            r#".status.conditions[?(@.type != "Ready")].status"#,
            json!(["True"]),
        ),
        (".spec.l[?(@.v>1)].s", json!(["two"])),
        (".spec.l[?(@.v>=1)].s", json!(["one", "two"])),
        (".spec.l[?(@.v<=1)].s", json!(["one"])),
        (".spec.l[?(@.v)].s", json!(["one", "two"])),
        (".spec.l[?(@.zzz)].s", json!([])),
        (".spec.l[?(@.zzz=='a')].s", json!([])),
        (".spec.l[?(@.s==')')].s", json!([])),
    ] {
        assert_eq!(find(path).map(Value::Array), Ok(expected), "{path}");
    }
    for path in [
        ".spec.l[?(@.v=='1')].s",
        ".spec.l[?(@.v>1.5)].s",
        ".spec.l[?(@>1)]",
        ".spec.a[?(@.v)]",
        ".spec.l[?(@.v=1)].s",
    ] {
        assert!(find(path).is_err(), "{path}");
    }
}

#[test]
fn what_is_no_list_or_too_short_is_an_error() {
    for path in [
        ".spec.l[9].s",
        ".spec.l[-3]",
        ".spec.l[0:3]",
        ".spec.l[1:0]",
        ".spec[0]",
        ".spec.l[::0]",
    ] {
        assert!(find(path).is_err(), "{path}");
    }
}

#[test]
fn what_is_no_path_is_refused() {
    for path in [
        ".spec[?(",
        ".spec[",
        ".spec[x]",
        ".spec[1:2:3:4]",
        ".spec[-]",
        ".a....b",
        ".a ~",
        ".a[?(@.b)",
        ".a 'b",
        ".a[?(@.b=)]",
        ".a end",
        ".a\n",
    ] {
        assert!(JsonPath::parse(path).is_err(), "{path:?}");
    }
}

#[test]
fn paths_that_multiply_are_bounded() {
    let mut deep = json!("x");
    for _ in 0..100 {
        deep = json!({"a": deep});
    }
    let path = JsonPath::parse("..a..a..a..a..a..a").expect("it is a path");
    assert!(path.find(&deep).is_err());
}
