//! What the real server answered to the same CRDs.

use super::*;

fn definition() -> Definition {
    Definition::new(Schema::default().into())
}

fn version(name: &str, storage: bool) -> Value {
    json!({"name": name, "served": true, "storage": storage,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}})
}

fn crd() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": KIND, "metadata": {"name": "foos.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": "foos", "kind": "Foo"},
            "versions": [version("v1", true)]},
    })
}

fn crd_with(change: impl FnOnce(&mut Value)) -> Value {
    let mut crd = crd();
    change(&mut crd["spec"]);
    crd
}

fn created(mut crd: Value) -> Value {
    let strategy = definition();
    strategy.default(&mut crd);
    strategy.prepare_for_create(&mut crd);
    crd
}

fn texts(errors: &[FieldError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

/// The errors of a creation.
fn refused(change: impl FnOnce(&mut Value)) -> Vec<String> {
    texts(&definition().validate(&created(crd_with(change))))
}

/// The errors of an update of an established CRD.
fn update_refused(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut old = created(crd());
    old["status"]["conditions"] = json!([{"type": "Established", "status": "True"}]);
    let mut new = old.clone();
    change(&mut new["spec"]);
    definition().default(&mut new);
    definition().prepare_for_update(&mut new, &old);
    texts(&definition().validate_update(&new, &old))
}

const LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
    alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
    validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
    and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

#[test]
fn a_creation_fills_in_names_and_an_empty_status() {
    let crd = created(crd());
    assert!(definition().validate(&crd).is_empty());
    assert_eq!(
        crd["metadata"],
        json!({"name": "foos.example.com", "generation": 1})
    );
    assert_eq!(
        crd["spec"]["names"],
        json!({"plural": "foos", "singular": "foo", "kind": "Foo", "listKind": "FooList"})
    );
    assert_eq!(crd["spec"]["conversion"], json!({"strategy": "None"}));
    assert_eq!(
        crd["status"],
        json!({"conditions": null, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": ["v1"]})
    );
}

#[test]
fn an_empty_spec_lacks_everything_at_once() {
    let wrong_name = r#"metadata.name: Invalid value: "foos.example.com": must be spec.names.plural+"."+spec.group"#;
    assert_eq!(
        refused(|spec| *spec = json!({})),
        [
            wrong_name,
            "spec.group: Required value",
            "spec.scope: Required value",
            "spec.versions: Invalid value: null: must have exactly one version marked as storage version",
            "spec.names.plural: Required value",
            "spec.names.singular: Required value",
            "spec.names.kind: Required value",
            "spec.names.listKind: Required value",
            "status.storedVersions: Invalid value: null: must have at least one stored version",
        ]
    );
}

#[test]
fn the_name_is_made_of_plural_and_group() {
    let mut other = created(crd());
    other["metadata"] = json!({"name": "foo24r49", "generateName": "foo"});
    let needed = r#"must be spec.names.plural+"."+spec.group"#;
    assert_eq!(
        texts(&definition().validate(&other)),
        [
            format!("metadata.generateName: Invalid value: \"foo\": {needed}"),
            format!("metadata.name: Invalid value: \"foo24r49\": {needed}"),
        ]
    );
}

#[test]
fn a_group_is_a_domain() {
    assert_eq!(
        refused(|spec| spec["group"] = "Nope_x.com".into())[1],
        format!("spec.group: Invalid value: \"Nope_x.com\": {SUBDOMAIN}")
    );
    assert_eq!(
        refused(|spec| spec["group"] = "nodot".into())[1],
        "spec.group: Invalid value: \"nodot\": should be a domain with at least one dot"
    );
}

#[test]
fn names_are_labels() {
    let mixed = format!("may have mixed case, but should otherwise match: {LABEL}");
    let names = json!({"plural": "foos", "kind": "Foo_", "listKind": "-x", "singular": "F",
        "shortNames": ["A", "b"], "categories": ["C_", "d"]});
    assert_eq!(
        refused(|spec| spec["names"] = names),
        [
            format!("spec.names.singular: Invalid value: \"F\": {LABEL}"),
            format!("spec.names.kind: Invalid value: \"Foo_\": {mixed}"),
            format!("spec.names.listKind: Invalid value: \"-x\": {mixed}"),
            format!("spec.names.shortNames[0]: Invalid value: \"A\": {LABEL}"),
            format!("spec.names.categories[0]: Invalid value: \"C_\": {LABEL}"),
        ]
    );
    assert_eq!(
        refused(|spec| spec["names"]["listKind"] = "Foo".into()),
        ["spec.names.listKind: Invalid value: \"Foo\": kind and listKind may not be the same"]
    );
}

#[test]
fn a_scope_is_one_of_two() {
    assert_eq!(
        refused(|spec| spec["scope"] = "Elsewhere".into()),
        [
            "spec.scope: Unsupported value: \"Elsewhere\": supported values: \"Cluster\", \"Namespaced\""
        ]
    );
}

#[test]
fn versions_are_told_apart_and_one_is_stored() {
    let shown = |name: &str, storage: bool| {
        format!(
            "{{\"Name\":\"{name}\",\"Served\":true,\"Storage\":{storage},\"Deprecated\":false,\
             \"DeprecationWarning\":null,\"Schema\":null,\"Subresources\":null,\"AdditionalPrinterColumns\":null,\
             \"SelectableFields\":null}}"
        )
    };
    let twice = format!("spec.versions: Invalid value: [{0},{0}]", shown("v1", true));
    assert_eq!(
        refused(|spec| spec["versions"] = json!([version("v1", true), version("v1", true)])),
        [
            format!("{twice}: must contain unique version names"),
            format!("{twice}: must have exactly one version marked as storage version"),
            "status.storedVersions: Invalid value: [\"v1\"]: must have the storage version v1"
                .to_owned(),
        ]
    );
    let none = format!("spec.versions: Invalid value: [{}]", shown("v1", false));
    assert_eq!(
        refused(|spec| spec["versions"] = json!([version("v1", false)])),
        [
            format!("{none}: must have exactly one version marked as storage version"),
            "status.storedVersions: Invalid value: null: must have at least one stored version"
                .to_owned(),
        ]
    );
    assert_eq!(
        refused(|spec| spec["versions"] = json!([version("V1_", true)])),
        [
            format!("spec.versions[0].name: Invalid value: \"V1_\": {LABEL}"),
            format!("spec.version: Invalid value: \"V1_\": {LABEL}"),
        ]
    );
    assert!(refused(|spec| spec["versions"][0]["served"] = false.into()).is_empty());
}

#[test]
fn every_version_has_a_schema() {
    assert_eq!(
        refused(
            |spec| spec["versions"] = json!([version("v1", true), {"name": "v2", "served": true}])
        ),
        ["spec.versions[1].schema.openAPIV3Schema: Required value"]
    );
    assert_eq!(
        refused(|spec| spec["versions"][0]["schema"]["openAPIV3Schema"]["nullable"] = true.into()),
        [
            "spec.validation.openAPIV3Schema.nullable: Forbidden: nullable cannot be true at the root"
        ]
    );
}

#[test]
fn beside_a_status_subresource_the_root_says_little() {
    let errors = refused(|spec| {
        spec["versions"][0]["subresources"] = json!({"status": {}});
        spec["versions"][0]["schema"]["openAPIV3Schema"] =
            json!({"type": "object", "x-kubernetes-map-type": "atomic"});
    });
    let error = errors.first().expect("it is refused");
    assert!(error.starts_with(
        "spec.validation.openAPIV3Schema: Invalid value: {\"ID\":\"\",\"Schema\":\"\",\"Ref\":null,\"Description\":\"\",\
         \"Type\":\"object\",\"Nullable\":false,\"Format\":\"\",\"Title\":\"\",\"Default\":null,\"Maximum\":null,\
         \"ExclusiveMaximum\":false,"
    ));
    assert!(error.ends_with(
        "\"XListType\":null,\"XMapType\":\"atomic\",\"XValidations\":null}: only [Description Type Format Title Maximum \
         ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf \
         Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations] fields are allowed at the \
         root of the schema if the status subresource is enabled"
    ));
}

#[test]
fn unknown_fields_are_not_kept() {
    assert_eq!(
        refused(|spec| spec["preserveUnknownFields"] = true.into()),
        [
            "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set \
          x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        ]
    );
    let schema = json!({"type": "object", "properties": {"a": {"type": "string", "default": "x"}}});
    assert_eq!(
        refused(|spec| {
            spec["preserveUnknownFields"] = true.into();
            spec["versions"][0]["schema"]["openAPIV3Schema"] = schema;
        })[0],
        "spec.preserveUnknownFields: Invalid value: true: must be false in order to use defaults in the schema"
    );
}

#[test]
fn v1beta1_may_keep_unknown_fields_without_a_schema() {
    let strategy = Definition::from_v1beta1(Schema::default().into());
    let crd = created(crd_with(|spec| {
        spec["preserveUnknownFields"] = true.into();
        spec["versions"] = json!([{"name": "v1", "served": true, "storage": true}]);
    }));
    assert!(strategy.validate(&crd).is_empty());
    let mut pruning = crd;
    pruning["spec"]["preserveUnknownFields"] = false.into();
    assert_eq!(
        texts(&strategy.validate(&pruning)),
        [
            "spec.versions[0].schema.openAPIV3Schema: Required value: because otherwise all fields are pruned"
        ]
    );
}

#[test]
fn a_scale_has_its_paths() {
    let with = |scale: Value| {
        refused(|spec| spec["versions"][0]["subresources"] = json!({"scale": scale}))
    };
    assert_eq!(
        with(json!({})),
        [
            "spec.subresources.scale.specReplicasPath: Required value",
            "spec.subresources.scale.statusReplicasPath: Required value",
        ]
    );
    assert_eq!(
        with(
            json!({"specReplicasPath": ".r", "statusReplicasPath": "r", "labelSelectorPath": ".foo"})
        ),
        [
            "spec.subresources.scale.specReplicasPath: Invalid value: \".r\": should be a json path under .spec",
            "spec.subresources.scale.statusReplicasPath: Invalid value: \"r\": must be a simple json path starting with .",
            "spec.subresources.scale.labelSelectorPath: Invalid value: \".foo\": should be a json path under either \
             .spec or .status",
        ]
    );
    assert_eq!(
        with(
            json!({"specReplicasPath": ".spec", "statusReplicasPath": ".status.", "labelSelectorPath": "x"})
        ),
        [
            "spec.subresources.scale.specReplicasPath: Invalid value: \".spec\": should be a json path under .spec",
            "spec.subresources.scale.labelSelectorPath: Invalid value: \"x\": must be a simple json path starting with .",
        ]
    );
}

#[test]
fn columns_have_a_name_a_type_and_a_path() {
    let columns = json!([{}, {"name": "A", "type": "foo", "format": "bar", "jsonPath": "spec"},
        {"name": "B", "type": "string", "jsonPath": ".spec[?("}]);
    assert_eq!(
        refused(|spec| spec["versions"][0]["additionalPrinterColumns"] = columns),
        [
            "spec.additionalPrinterColumns[0].name: Required value",
            "spec.additionalPrinterColumns[0].type: Required value: must be one of boolean,date,integer,number,string",
            "spec.additionalPrinterColumns[0].JSONPath: Required value",
            "spec.additionalPrinterColumns[1].type: Invalid value: \"foo\": must be one of \
             boolean,date,integer,number,string",
            "spec.additionalPrinterColumns[1].format: Invalid value: \"bar\": must be one of \
             byte,date,date-time,double,float,int32,int64,password",
            "spec.additionalPrinterColumns[1].JSONPath: Invalid value: \"spec\": must be a simple json path starting \
             with .",
        ]
    );
    let of_one = json!([{"name": "A", "type": "foo", "jsonPath": ".a"}]);
    assert_eq!(
        refused(|spec| {
            spec["versions"] = json!([version("v1", true), version("v2", false)]);
            spec["versions"][0]["additionalPrinterColumns"] = of_one;
        }),
        [
            "spec.versions[0].additionalPrinterColumns[0].type: Invalid value: \"foo\": must be one of \
          boolean,date,integer,number,string"
        ]
    );
}

#[test]
fn selectable_fields_are_few_and_simple() {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "a": {"type": "string"}, "n": {"type": "number"}, "i": {"type": "integer"}, "b": {"type": "boolean"},
        "l": {"type": "array", "items": {"type": "string"}},
        "o": {"type": "object", "additionalProperties": {"type": "string"}},
    }}}});
    let paths = [
        ".spec.a",
        ".spec.a",
        ".spec.n",
        ".spec.l",
        ".spec.l[0]",
        ".spec.o",
        ".spec.o.x",
        ".metadata.name",
        "spec.a",
        ".nope",
        "",
        ".",
        ".spec['a']",
        ".spec.b",
        ".spec.i",
        "..spec",
        ".spec.",
    ];
    let fields: Vec<Value> = paths.iter().map(|path| json!({"jsonPath": path})).collect();
    let errors = refused(|spec| {
        spec["versions"][0]["schema"]["openAPIV3Schema"] = schema;
        spec["versions"][0]["selectableFields"] = fields.into();
    });
    let simple = "must point to a field of type string, boolean or integer. Enum string fields and strings with formats \
                  are allowed.";
    let expected = [
        (1, "Duplicate value: \".spec.a\"".to_owned()),
        (2, format!("Invalid value: \".spec.n\": {simple}")),
        (3, format!("Invalid value: \".spec.l\": {simple}")),
        (4, "Invalid value: \".spec.l[0]\": is an invalid path: array notation is not allowed".to_owned()),
        (5, format!("Invalid value: \".spec.o\": {simple}")),
        (7, "Invalid value: \".metadata.name\": is an invalid path: does not refer to a valid field".to_owned()),
        (8, "Invalid value: \"spec.a\": is an invalid path: expected [ or . but got: spec".to_owned()),
        (9, "Invalid value: \".nope\": is an invalid path: does not refer to a valid field".to_owned()),
        (10, "Required value".to_owned()),
        (11, "Invalid value: \".\": is an invalid path: unexpected end of JSON path".to_owned()),
        (12, "Invalid value: \".spec['a']\": is an invalid path: array notation is not allowed".to_owned()),
        (15, "Invalid value: \"..spec\": is an invalid path: does not refer to a valid field".to_owned()),
        (16, "Invalid value: \".spec.\": is an invalid path: unexpected end of JSON path".to_owned()),
    ];
    let expected =
        expected.map(|(index, text)| format!("spec.selectableFields[{index}].jsonPath: {text}"));
    assert_eq!(errors, expected);

    let names: Vec<String> = (0..9).map(|i| format!("f{i}")).collect();
    let many: serde_json::Map<_, _> = names
        .iter()
        .map(|n| (n.clone(), json!({"type": "string"})))
        .collect();
    let errors = refused(|spec| {
        spec["versions"][0]["schema"]["openAPIV3Schema"] =
            json!({"type": "object", "properties": many});
        spec["versions"][0]["selectableFields"] = names
            .iter()
            .map(|n| json!({"jsonPath": format!(".{n}")}))
            .collect();
    });
    assert_eq!(
        errors,
        ["spec.selectableFields: Too many: 9: must have at most 8 items"]
    );
}

#[test]
fn selectable_fields_need_the_schema_where_they_stand() {
    let fields = json!([{"jsonPath": ".a"}]);
    assert_eq!(
        refused(|spec| {
            spec["versions"] = json!([version("v1", true), version("v2", false)]);
            spec["versions"][0]["selectableFields"] = fields.clone();
        }),
        [
            "spec.versions[0].selectableFields: Invalid value: \"\": may only be set when `version.schema.openAPIV3Schema` \
          is not included"
        ]
    );
    assert_eq!(
        refused(|spec| {
            spec["versions"] = json!([version("v1", true), version("v2", false)]);
            spec["versions"][1]["schema"]["openAPIV3Schema"]["title"] = "other".into();
            spec["versions"][0]["selectableFields"] = fields.clone();
            spec["versions"][1]["selectableFields"] = fields.clone();
        }),
        [
            "spec.selectableFields: Invalid value: \"\": may only be set when validations.schema is included"
        ]
    );
}

#[test]
fn deprecation_warnings_are_short_printable_and_of_deprecated_versions() {
    let with = |deprecated: bool, warning: &str| {
        refused(|spec| {
            spec["versions"][0]["deprecated"] = deprecated.into();
            spec["versions"][0]["deprecationWarning"] = warning.into();
        })
    };
    let path = "spec.versions[0].deprecationWarning: Invalid value";
    assert!(with(true, "use something else").is_empty());
    assert_eq!(
        with(false, "x"),
        [format!(
            "{path}: \"x\": can only be set for deprecated versions"
        )]
    );
    assert_eq!(
        with(true, ""),
        [format!("{path}: \"\": must not be an empty string")]
    );
    assert_eq!(
        with(true, "a\nb"),
        [format!(
            "{path}: \"a\\nb\": must only contain printable UTF-8 characters; non-printable character found at index 1"
        )]
    );
    let long = "a".repeat(257);
    assert_eq!(
        with(true, &long),
        [format!(
            "{path}: \"{long}\": must be <= 256 characters long"
        )]
    );
}

#[test]
fn what_names_the_stored_objects_stays() {
    for (field, value) in [("scope", "Cluster"), ("group", "x.com")] {
        assert_eq!(
            update_refused(|spec| spec[field] = value.into()),
            [format!(
                "spec.{field}: Invalid value: \"{value}\": field is immutable"
            )]
        );
    }
    for (field, value) in [("kind", "Bar"), ("plural", "bars")] {
        assert_eq!(
            update_refused(|spec| spec["names"][field] = value.into()),
            [format!(
                "spec.names.{field}: Invalid value: \"{value}\": field is immutable"
            )]
        );
    }
    assert!(update_refused(|spec| spec["names"]["listKind"] = "Fooz".into()).is_empty());
}

#[test]
fn a_version_that_objects_are_stored_in_stays() {
    let strategy = definition();
    let old = created(crd());
    let mut switched = old.clone();
    switched["spec"]["versions"] = json!([version("v1", false), version("v2", true)]);
    strategy.prepare_for_update(&mut switched, &old);
    assert_eq!(switched["status"]["storedVersions"], json!(["v1", "v2"]));
    assert_eq!(switched["metadata"]["generation"], 2);
    assert!(strategy.validate_update(&switched, &old).is_empty());

    let mut dropped = switched.clone();
    dropped["spec"]["versions"] = json!([version("v2", true)]);
    strategy.prepare_for_update(&mut dropped, &switched);
    assert_eq!(
        texts(&strategy.validate_update(&dropped, &switched)),
        [
            "status.storedVersions[0]: Invalid value: \"v1\": missing from spec.versions; v1 was previously a storage \
          version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 \
          and removes v1 from status.storedVersions"
        ]
    );
}

#[test]
fn status_and_spec_are_written_apart_but_metadata_with_both() {
    let strategy = definition();
    let old = created(crd());
    let mut new = old.clone();
    new["status"] = json!({});
    new["metadata"]["labels"] = json!({"a": "b"});
    let mut through_status = new.clone();
    through_status["spec"]["scope"] = "Cluster".into();
    strategy.prepare_for_update(&mut new, &old);
    assert_eq!(new["status"], old["status"]);
    assert_eq!(new["metadata"]["generation"], 1);

    strategy.default(&mut through_status);
    strategy.prepare_for_status_update(&mut through_status, &old);
    assert_eq!(through_status["spec"], old["spec"]);
    assert_eq!(through_status["metadata"]["labels"], json!({"a": "b"}));
    assert_eq!(through_status["status"]["storedVersions"], json!(["v1"]));

    through_status["status"]["acceptedNames"]["plural"] = "A_".into();
    assert_eq!(
        texts(&strategy.validate_status_update(&through_status, &old)),
        [format!(
            "status.acceptedNames.plural: Invalid value: \"A_\": {LABEL}"
        )]
    );
}

#[test]
fn its_table_shows_what_is_served() {
    let mut crd = created(crd_with(|spec| {
        spec["versions"] =
            json!([version("v2", true), version("v1", false), {"name": "v0", "served": false}]);
        spec["names"]["shortNames"] = json!(["f", "fo"]);
    }));
    crd["metadata"]["creationTimestamp"] = "2026-11-25T18:43:06Z".into();
    crd["status"]["conditions"] = json!([{"type": "Established", "status": "True"}]);
    assert_eq!(
        definition().cells(&crd, 0),
        json!([
            "foos.example.com",
            "Namespaced",
            "v1,v2(storage)",
            "2026-11-25T18:43:06Z",
            "example.com",
            "Foo",
            "f,fo",
            true
        ])
        .as_array()
        .cloned()
        .unwrap_or_default()
    );
    assert_eq!(definition().columns().len(), 8);
}
