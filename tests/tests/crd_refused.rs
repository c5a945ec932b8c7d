//! What neither the macro nor a constant can see (aliases, types of other crates, schemas made by hand), and
//! `crd()` says: each test is one mistake.

#![allow(dead_code)]

use std::collections::BTreeMap;

use operator_core::{
    K8sSchema, K8sType,
    crd::{Crd, CrdError, CrdVersion, Manifests},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The one problem of a type, without its name.
fn problem(crd: Result<Crd, CrdError>) -> String {
    let error = crd.expect_err("there is a problem");
    match error.problems() {
        [only] => only.to_string(),
        several => panic!("{several:?}"),
    }
}

/// A type of another crate: nothing is known of it but its schema.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
struct Foreign {
    name: Option<String>,
    size: f64,
    parts: Vec<String>,
}

/// Makes a resource of these fields in a module of its own, and answers its CRD.
macro_rules! crd {
    ($(#[$attribute:meta])* { $($fields:tt)* }) => {{
        #[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
        #[k8s(group = "example.com", version = "v1", kind = "Foo")]
        $(#[$attribute])*
        struct FooSpec { $($fields)* }
        Foo::crd()
    }};
}

#[test]
fn a_list_type_on_what_is_no_list() {
    let crd = crd!({
        #[k8s(list = "atomic")]
        foreign: Foreign,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec.foreign`: `list` is for a list, and this is an object: remove it"
    );
}

#[test]
fn a_set_of_objects() {
    let crd = crd!({
        #[k8s(list = "set")]
        list: Vec<Foreign>,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec.list`: a set holds plain values, and an item is an object: write `list = \"map\"` \
         with keys, or `list = \"atomic\"`"
    );
}

#[test]
fn a_list_key_that_there_is_not() {
    let crd = crd!({
        #[k8s(list = "map", key = "id")]
        list: Vec<Foreign>,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec.list`: the items have no field `id`: write one of `name`, `parts`, `size`"
    );
}

#[test]
fn a_list_key_that_may_be_null() {
    let crd = crd!({
        #[k8s(list = "map", key = "name")]
        list: Vec<Foreign>,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec.list`: `name` tells items apart, and it is a string that may be null: write a field \
         with one plain value"
    );
}

#[test]
fn a_list_key_that_may_be_absent() {
    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
    struct Item {
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
    }
    let crd = crd!({
        #[k8s(list = "map", key = "name")]
        list: Vec<Item>,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec.list`: `name` tells items apart, so each has to have it: make it required, or give it \
         a default"
    );
}

#[test]
fn a_list_with_keys_of_plain_values() {
    type Words = Vec<std::path::PathBuf>;
    let crd = crd!({
        #[k8s(list = "map", key = "name")]
        list: Words,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec.list`: `list = \"map\"` is for a list of structs, and an item is a string: write \
         `list = \"set\"`"
    );
}

#[test]
fn a_map_type_on_what_is_no_map() {
    let crd = crd!({
        #[k8s(map = "atomic")]
        path: std::path::PathBuf,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec.path`: `map` is for a map, and this is a string: remove it"
    );
}

#[test]
fn a_column_of_an_object() {
    let crd = crd!({
        #[k8s(column)]
        foreign: Foreign,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec.foreign`: a column shows one value, and this is an object: remove `#[k8s(column)]`"
    );
}

#[test]
fn a_column_whose_path_leads_nowhere() {
    let crd = crd!(#[k8s(column(name = "Size", path = ".spec.foreign.sise"))] { foreign: Foreign });
    assert_eq!(
        problem(crd),
        "`Foo` at `spec.foreign.sise`: column `Size`: `.spec.foreign.sise` leads nowhere: instead of `sise` write \
         one of `name`, `parts`, `size`"
    );
}

#[test]
fn a_column_whose_type_nothing_says() {
    let crd = crd!(#[k8s(column(name = "Any", path = ".spec.any.a"))] { any: Value });
    assert_eq!(
        problem(crd),
        "`Foo` at `spec.any.a`: column `Any`: nothing says its type: write `type = \"string\"`"
    );
}

#[test]
fn a_selectable_field_of_the_wrong_type() {
    let crd = crd!(#[k8s(selectable = ".spec.foreign.size")] { foreign: Foreign });
    assert_eq!(
        problem(crd),
        "`Foo` at `spec.foreign.size`: objects are selected by strings, integers and booleans, and this is a \
         number: remove `selectable`"
    );
}

#[test]
fn a_selectable_field_whose_name_has_a_dot() {
    let crd = crd!({
        #[serde(rename = "a.b")]
        #[k8s(selectable)]
        name: String,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec.a.b`: the path of a selectable field has no brackets: rename it, or remove `selectable`"
    );
}

#[test]
fn a_scale_without_its_other_half() {
    let crd = crd!({
        #[k8s(scale = "replicas")]
        replicas: i32,
    });
    assert_eq!(
        problem(crd),
        "`Foo` at `status`: the scale subresource needs it too: write `scale = \"status\"` on a field"
    );
}

#[test]
fn a_scale_of_what_is_no_integer() {
    let crd = crd!(#[k8s(scale(replicas = ".spec.foreign.size"))] { foreign: Foreign });
    assert_eq!(
        problem(crd),
        "`Foo` at `spec.foreign.size`: `scale = \"replicas\"` is an integer, and this is a number"
    );
}

#[test]
fn a_scale_role_that_two_fields_have() {
    let crd = crd!({
        #[k8s(scale = "replicas")]
        replicas: i32,
        #[k8s(scale = "replicas")]
        copies: i32,
    });
    let error = crd.unwrap_err().to_string();
    assert!(
        error.contains(
            "`.spec.replicas` and `.spec.copies` are both `scale = \"replicas\"`: remove one"
        ),
        "{error}"
    );
}

#[test]
fn a_default_that_is_not_valid() {
    let crd = crd!({
        #[k8s(default = "three")]
        #[schemars(range(min = 1))]
        replicas: i32,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec.replicas`: the default is \"three\", which is no integer: write one that is valid"
    );
}

#[test]
fn an_example_that_is_not_valid() {
    let crd = crd!({
        #[k8s(example = 0)]
        #[schemars(range(min = 1))]
        replicas: i32,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec.replicas`: the example is 0, which is beyond its minimum of 1: write one that is valid"
    );
}

#[test]
fn a_format_of_another_type() {
    let crd = crd!({
        #[k8s(format = "date-time")]
        at: i64,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec.at`: `date-time` is a format of another type, and this is an integer: remove it"
    );
}

#[test]
fn unknown_fields_of_what_has_no_fields() {
    let crd = crd!({
        #[k8s(preserve_unknown_fields)]
        list: Vec<Foreign>,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec.list`: only an object has unknown fields, and this is a list: remove \
         `preserve_unknown_fields`"
    );
}

#[test]
fn an_embedded_resource_that_would_lose_everything() {
    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
    struct Empty {}
    let crd = crd!({
        #[k8s(embedded_resource)]
        object: Empty,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec.object`: all but the metadata of an embedded resource would be dropped: add \
         `preserve_unknown_fields`"
    );
}

#[test]
fn what_never_changes_in_a_list_without_keys() {
    #[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    struct Item {
        #[k8s(immutable)]
        name: String,
    }
    let crd = crd!({ list: Vec<Item> });
    assert_eq!(
        problem(crd),
        "`Item` at `spec.list[].name`: the items of a list without keys have no old values, so a server refuses \
         `oldSelf` and what is immutable in them: write `list = \"map\"` with keys on the list"
    );
}

#[test]
fn what_never_changes_under_a_name_that_no_rule_can_speak_of() {
    let crd = crd!({
        #[serde(rename = "größe")]
        #[k8s(immutable)]
        size: Option<u8>,
    });
    assert_eq!(
        problem(crd),
        "`FooSpec` at `spec`: a rule can't speak of a field called `größe`: rename it, or make it required"
    );
}

#[test]
fn what_is_said_of_a_field_that_the_schema_has_not() {
    #[derive(K8sSchema, Serialize, Deserialize, Clone, Debug)]
    struct ByHand {
        #[k8s(column)]
        size: u8,
    }
    impl JsonSchema for ByHand {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "ByHand".into()
        }
        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            schemars::json_schema!({ "type": "object", "properties": { "width": { "type": "integer" } } })
        }
    }
    let crd = crd!({ by_hand: ByHand });
    assert_eq!(
        problem(crd),
        "`ByHand` at `spec.by_hand.size`: the type's schema has no such field: what `#[k8s]` says of it is lost"
    );
}

#[test]
fn what_is_said_in_a_map_whose_schema_has_no_values() {
    #[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    struct Port {
        #[k8s(immutable)]
        number: u16,
    }
    #[derive(K8sSchema, Serialize, Deserialize, Clone, Debug)]
    struct ByHand(BTreeMap<String, Port>);
    impl JsonSchema for ByHand {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "ByHand".into()
        }
        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            schemars::json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
        }
    }
    let crd = crd!({ by_hand: ByHand });
    assert_eq!(
        problem(crd),
        "`ByHand` at `spec.by_hand`: nothing tells how `Port` is held here, so what `#[k8s]` says in it is lost: derive \
         `K8sSchema` for the type around it, write an alias out, write a struct instead of a tuple, or name a type that \
         looks the same in JSON by `#[schemars(with = \"…\")]`"
    );
}

/// What something is said in, of which a type without a derive of ours doesn't tell that it has it.
mod hidden {
    use super::*;

    #[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    pub(crate) struct Door {
        #[k8s(immutable)]
        width: u32,
    }

    #[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    pub(crate) struct Limit<T> {
        #[k8s(column)]
        most: T,
    }

    #[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    #[k8s(rule("!self.startsWith('.')"))]
    pub(crate) struct Name<'a>(std::borrow::Cow<'a, str>);

    /// Without a derive of ours.
    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
    pub(crate) struct House<T> {
        parts: Vec<T>,
    }

    /// Likewise, and no argument shows what it has.
    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
    pub(crate) struct Street {
        houses: BTreeMap<String, House<Door>>,
    }

    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
    pub(crate) struct Limits {
        floors: Limit<u8>,
    }

    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
    #[serde(tag = "kind")]
    pub(crate) enum Owner {
        One { name: Name<'static> },
        Nobody,
    }

    pub(crate) type Houses = Option<House<Door>>;

    pub(crate) fn lost(place: &str, name: &str) -> String {
        format!(
            "`{name}` at `{place}`: nothing tells how `{name}` is held here, so what `#[k8s]` says in it is lost: derive \
             `K8sSchema` for the type around it, write an alias out, write a struct instead of a tuple, or name a type \
             that looks the same in JSON by `#[schemars(with = \"…\")]`"
        )
    }
}

#[test]
fn what_is_said_below_a_type_without_derive() {
    let crd = crd!({ street: hidden::Street });
    let lost = hidden::lost("spec.street.houses{}.parts[]", "Door");
    assert_eq!(problem(crd), lost);
}

#[test]
fn what_is_said_in_an_argument_that_an_alias_hides() {
    let crd = crd!({ houses: Vec<hidden::Houses> });
    let lost = hidden::lost("spec.houses[].parts[]", "Door");
    assert_eq!(problem(crd), lost);
}

#[test]
fn what_is_said_in_a_type_with_parameters_below_a_type_without_derive() {
    let crd = crd!({ limits: hidden::Limits });
    assert_eq!(problem(crd), hidden::lost("spec.limits.floors", "Limit"));
}

#[test]
fn what_is_said_of_a_type_in_a_variant_of_a_type_without_derive() {
    let crd = crd!({ owner: hidden::Owner });
    assert_eq!(problem(crd), hidden::lost("spec.owner.name", "Name"));
}

#[test]
fn what_is_said_below_a_status_without_derive() {
    let crd = crd!(
        #[k8s(status = hidden::Street)]
        {}
    );
    let lost = hidden::lost("status.houses{}.parts[]", "Door");
    assert_eq!(problem(crd), lost);
}

#[test]
fn what_is_said_below_the_top_of_a_flat_resource() {
    let crd = crd!(#[k8s(shape = "flat")] { street: hidden::Street });
    let lost = hidden::lost("street.houses{}.parts[]", "Door");
    assert_eq!(problem(crd), lost);
}

#[test]
fn a_status_that_is_a_map() {
    type Counts = BTreeMap<String, u32>;
    let crd = crd!(
        #[k8s(status = Counts)]
        {}
    );
    assert_eq!(
        problem(crd),
        "`Map_of_uint32` at `status`: a status has fields of its own, `conditions` among them, and a map has none: make it \
         a field of a struct"
    );
}

#[test]
fn what_no_server_takes_at_the_top_of_a_flat_resource() {
    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
    #[serde(rename_all = "lowercase")]
    enum Source {
        Url(String),
        Text(String),
    }
    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
    struct Status {}

    let alternatives = crd!(#[k8s(shape = "flat", status = Status)] {
        #[serde(flatten)]
        source: Source,
    });
    let merged = crd!(
        #[k8s(shape = "flat", status = Status, structure = "atomic")]
        {}
    );
    let map = crd!(#[k8s(shape = "flat")] {
        #[serde(flatten)]
        data: BTreeMap<String, u8>,
    });
    assert_eq!(
        [alternatives, merged, map].map(problem),
        [
            "`Foo`: a server takes no alternatives at the top of a resource with a status: make the enum a field",
            "`Foo`: a server takes no `x-kubernetes-map-type` at the top of a resource with a status: say it of a field",
            "`Foo`: a map can't be the whole of a resource: make it a field",
        ]
    );
}

#[test]
fn what_shows_nothing_since_it_has_no_schema() {
    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
    enum Mixed {
        Unit,
        Number(u8),
    }
    let crd = crd!({
        #[k8s(column)]
        mixed: Mixed,
    });
    assert_eq!(
        problem(crd),
        "`Mixed` at `spec.mixed`: its variants are of type string and of type object, and a field of a CRD has one type: \
         give every variant fields (`A {}` for one without), or none of them"
    );
}

#[test]
fn a_rule_from_elsewhere_that_the_oldest_server_would_drop() {
    let crd = crd!(#[k8s(kubernetes = "1.24")] {
        #[schemars(extend("x-kubernetes-validations" = [{ "rule": "self > 1" }]))]
        size: u8,
    });
    assert_eq!(
        problem(crd),
        "`Foo` at `spec.size`: Kubernetes has rules since 1.25, and 1.24 drops that in silence: remove it, or write \
         `kubernetes = \"1.25\"`"
    );
}

#[test]
fn what_v1beta1_cannot_say() {
    let crd = crd!({
        #[k8s(selectable)]
        color: String,
        #[k8s(default = 3)]
        size: u8,
    });
    let crd = crd.unwrap();
    let error = crd.to_yaml_v1beta1().unwrap_err().to_string();
    insta::assert_snapshot!(error);
    let folder = tempfile::tempdir().unwrap();
    let written = Manifests::new([crd]).version(CrdVersion::V1beta1);
    assert_eq!(written.write(folder.path()).unwrap_err().to_string(), error);
}

#[test]
fn a_crd_that_no_server_can_store() {
    #[derive(Serialize, Deserialize, Clone, Debug)]
    struct Long(String);
    impl JsonSchema for Long {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "Long".into()
        }
        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            schemars::json_schema!({ "type": "string", "description": "long ".repeat(400_000) })
        }
    }
    let crd = crd!({ long: Long });
    let problem = problem(crd);
    assert!(
        problem.contains("the largest descriptions are `spec.long` with 2000000"),
        "{problem}"
    );
    let crd = crd!(#[k8s(descriptions = "omitted")] { long: Long });
    assert!(crd.unwrap().size().fits_client_side_apply());
}

#[test]
fn versions_that_are_not_of_one_crd() {
    let new = crd!(
        #[k8s(scope = "Cluster")]
        {}
    )
    .unwrap();
    let old = crd!(
        #[k8s(storage = false, shortname = "fo")]
        {}
    )
    .unwrap();
    let error = new.with_version(old).unwrap_err().to_string();
    insta::assert_snapshot!(error);
}

#[test]
fn a_manifest_without_a_version_that_is_stored() {
    let only = crd!(
        #[k8s(storage = false)]
        {}
    );
    let folder = tempfile::tempdir().unwrap();
    let error = Manifests::new(only).write(folder.path()).unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains(
            "no version of it is stored, and a server refuses that: remove `storage = false`"
        ),
        "{said}"
    );
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}
