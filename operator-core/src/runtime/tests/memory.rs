//! What is kept of what comes, in bytes: the text of each object without `managedFields`, and little more.

use allocation_counter::{AllocationInfo, measure};

use super::*;
use crate::{engine::index::Listing, object::Parts};

const OBJECTS: usize = 1_000;

/// A child of 1 KiB as a server sends it, with so many fields in an entry of somebody else's.
fn sent(number: usize, managed: usize) -> String {
    let fields: serde_json::Map<String, Value> = (0..managed)
        .map(|field| (format!("f:field-{field}"), json!({})))
        .collect();
    json!({
        "apiVersion": "example.com/v1", "kind": "Thing",
        "metadata": {
            "name": format!("t{number}"), "namespace": "ns", "uid": format!("uid-{number}"),
            "resourceVersion": (1_000 + number).to_string(),
            "labels": {"example.com/tracked-by": "op"},
            "ownerReferences": [{"apiVersion": "example.com/v1", "kind": "Foo", "name": "p",
                "uid": format!("P{}", number / 3), "controller": true}],
            "managedFields": [{"manager": "kubectl", "operation": "Update", "fieldsV1": fields}],
        },
        "spec": {"text": "x".repeat(1_024)},
    })
    .to_string()
}

fn without_managed_fields(sent: &str) -> usize {
    let mut object: Value = serde_json::from_str(sent).unwrap();
    object["metadata"]["managedFields"].take();
    object.to_string().len()
}

/// Takes all these in as one list; what was allocated for it.
fn listed(context: &Context, sent: &[String]) -> AllocationInfo {
    let now = context.now();
    measure(|| {
        let mut listing = Listing::default();
        for text in sent {
            let parts = Parts::read(text, &context.identity).unwrap();
            let object = context.stored(THINGS, parts);
            context.engine().index.list(&mut listing, THINGS, object);
        }
        let version = ResourceVersion::new("9000");
        let mut engine = context.engine();
        engine.reset(THINGS, &None, listing, &version, now);
    })
}

fn context() -> Context {
    let operator = operator(ChildConfig::apply(), vec![]);
    Context::new(operator, Cluster::new().client(), None)
}

#[tokio::test]
async fn an_object_is_kept_as_its_text_and_a_list_of_what_is_known_takes_hardly_more() {
    let context = context();
    let sent: Vec<String> = (0..OBJECTS).map(|number| sent(number, 20)).collect();
    let json: usize = sent.iter().map(|one| without_managed_fields(one)).sum();
    let bytes = |count: i128| usize::try_from(count).unwrap();

    let first = listed(&context, &sent);
    let (kept, peak) = (
        bytes(first.bytes_current.into()),
        bytes(first.bytes_max.into()),
    );
    assert!(kept * 2 < json * 3, "{kept} of {json}");
    assert!(peak < json * 2, "{peak} of {json}");

    let again = listed(&context, &sent);
    assert_eq!(again.bytes_current, 0);
    let peak = bytes(again.bytes_max.into());
    assert!(peak * 5 < json, "{peak} of {json}");
}

#[tokio::test]
async fn managed_fields_of_others_are_never_allocated() {
    let context = context();
    let taken = |managed| {
        let sent = sent(7, managed);
        let parts = || Parts::read(&sent, &context.identity).unwrap();
        measure(|| drop(context.stored(THINGS, parts())))
    };
    let (few, many) = (taken(1), taken(1_000));
    assert_eq!(
        (few.count_total, few.bytes_total),
        (many.count_total, many.bytes_total)
    );
}
