//! What holds whatever is written.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Server;

/// No empty sets or list-type maps: nobody owns those, so they come and go by other rules.
fn arbitrary_spec() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec!["a", "b", "c"]);
    let texts = prop::sample::subsequence(vec!["a", "b", "c", "d"], 1..=4).prop_shuffle();
    let names = prop::sample::subsequence(vec!["p", "q", "r"], 1..=3).prop_shuffle();
    let any = prop_oneof![
        Just(json!(null)),
        Just(json!("x")),
        Just(json!([1])),
        Just(json!({})),
        Just(json!({"z": 1})),
        Just(json!({"z": {"y": null}})),
    ];
    let optional = |value: BoxedStrategy<Value>| prop::option::of(value);
    let fields = (
        optional((1..3).prop_map(Value::from).boxed()),
        optional(text.clone().prop_map(Value::from).boxed()),
        optional(texts.clone().prop_map(|texts| json!(texts)).boxed()),
        optional(texts.prop_map(|texts| json!(texts)).boxed()),
        optional(
            (names, text.clone())
                .prop_map(|(names, v)| {
                    names
                        .iter()
                        .map(|name| json!({"name": name, "v": v}))
                        .collect()
                })
                .boxed(),
        ),
        optional(text.prop_map(|a| json!({"a": a})).boxed()),
        optional(any.boxed()),
    );
    fields.prop_map(|(size, name, set, plain, list, structure, any)| {
        let fields = [
            ("size", size),
            ("name", name),
            ("set", set),
            ("plain", plain),
            ("list", list),
            ("struct", structure),
            ("any", any),
        ];
        fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    })
}

proptest! {
    #[test]
    fn to_apply_the_same_again_changes_nothing(base in arbitrary_spec(), spec in arbitrary_spec()) {
        let mut server = Server::new();
        server.put_spec("base", base);
        server.force("m", spec.clone());
        let before = server.object.clone();
        server.apply("m", spec);
        prop_assert_eq!(&server.object, &before);
    }

    #[test]
    fn what_only_one_manager_applied_is_gone_when_it_gives_it_up(spec in arbitrary_spec()) {
        let mut server = Server::new();
        server.apply("other", json!({"replicas": 1}));
        server.force("m", spec);
        server.force("m", json!({}));
        prop_assert_eq!(server.spec(), &json!({"replicas": 1}));
    }

    #[test]
    fn after_any_writes_every_owner_owns_something_and_what_was_applied_is_there(
        writes in prop::collection::vec((any::<bool>(), 0..3_usize, arbitrary_spec()), 1..6),
    ) {
        let mut server = Server::new();
        for (update, manager, spec) in writes {
            let manager = ["m0", "m1", "m2"][manager];
            if update {
                server.put_spec(manager, spec);
            } else {
                server.force(manager, spec.clone());
                for (name, value) in spec.as_object().unwrap() {
                    let there = &server.spec()[name];
                    let all = value.as_array().is_none_or(|items| {
                        let there = there.as_array().unwrap();
                        items.iter().all(|item| there.contains(item) || item.is_object())
                    });
                    prop_assert!(all, "{name}: {value} {there}");
                }
            }
            for owner in server.owners() {
                prop_assert!(!owner.ends_with(": {}"), "{owner}");
            }
        }
    }
}
