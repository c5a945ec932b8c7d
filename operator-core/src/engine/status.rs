//! The parent's status: what the handler said, `observedGeneration`, and the condition `Synced`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::diff;

/// How a parent's last pass ended, as its condition says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Everything is as the handler says.
    Synced,
    /// The parent can't be read as its type.
    ParentInvalid,
    /// The handler returned an error.
    HandlerFailed,
    /// The handler panicked.
    HandlerPanicked,
    /// The handler took too long.
    DeadlineExceeded,
    /// The handler was not called, since handlers that were too late still block their threads.
    HandlerBlocked,
    /// The desired set was refused before anything was written.
    ChildrenInvalid,
    /// A child's name is somebody else's.
    NameTaken,
    /// A child waits for an object of its name to go.
    ChildTerminating,
    /// A kind can't be watched, so nothing of it is written.
    KindUnavailable,
    /// The server refused a write.
    WriteFailed,
    /// The server refused the status that the handler said.
    StatusRefused,
    /// Passes do not come to an end, or somebody else keeps undoing them.
    NotConverging,
    /// The parent is being deleted and its finalize function is not done.
    Finalizing,
}

/// The engine's condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) reason: Reason,
    pub(crate) message: String,
}

/// The server refuses longer messages (a limit of `metav1.Condition`).
const LONGEST_MESSAGE: usize = 32_768;

/// A text of at most so many bytes (at least three), with a sign where something is left out.
pub(crate) fn cut(mut text: String, longest: usize) -> String {
    if text.len() > longest {
        let end = (0..=longest - 3)
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

impl Condition {
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: cut(message.into(), LONGEST_MESSAGE),
        }
    }

    /// Whether a status says just this already.
    pub(crate) fn is_in(&self, status: &Value, condition_type: &str) -> bool {
        let conditions = status["conditions"].as_array();
        conditions.into_iter().flatten().any(|condition| {
            condition["type"] == condition_type
                && condition["reason"] == format!("{:?}", self.reason)
                && condition["message"] == self.message.as_str()
        })
    }

    fn to_json(&self, before: Option<&Value>, input: &Input<'_>) -> Value {
        let status = if self.reason == Reason::Synced {
            "True"
        } else {
            "False"
        };
        let since = before
            .filter(|before| before["status"] == status)
            .and_then(|before| before["lastTransitionTime"].as_str())
            .map_or_else(
                || input.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                str::to_owned,
            );
        let mut condition = json!({
            "type": input.condition_type, "status": status, "reason": format!("{:?}", self.reason),
            "message": self.message, "lastTransitionTime": since,
        });
        if let Some(generation) = input.generation {
            condition["observedGeneration"] = generation.into();
        }
        condition
    }
}

/// Which of the engine's own fields a parent's schema keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keeps {
    /// Whether there is a status subresource at all.
    pub(crate) status: bool,
    pub(crate) observed_generation: bool,
    pub(crate) conditions: bool,
}

impl Keeps {
    pub(crate) const ALL: Self = Self {
        status: true,
        observed_generation: true,
        conditions: true,
    };

    /// What the answer to a status write shows to be dropped by the server.
    pub(crate) fn learn(&mut self, sent: &Map<String, Value>, returned: &Value) {
        let dropped = |name: &str| {
            sent.get(name).is_some_and(|value| !value.is_null()) && returned.get(name).is_none()
        };
        self.observed_generation &= !dropped("observedGeneration");
        self.conditions &= !dropped("conditions");
    }

    /// What is left to write after a refusal of these fields: `None` unless all of them are the engine's own. `own` is where
    /// its condition stood among the conditions.
    pub(crate) fn without<'a>(
        self,
        refused: impl Iterator<Item = &'a str>,
        said: Option<&Value>,
        own: Option<usize>,
    ) -> Option<Self> {
        let says = |name| said.is_some_and(|said| said.get(name).is_some());
        // Servers of old do not tell which item of a list it was.
        let is_own_condition = |rest: &str| match rest.strip_prefix('[') {
            Some(item) => own.is_some_and(|own| item.starts_with(&format!("{own}]"))),
            None => (rest.is_empty() || rest.starts_with('.')) && !says("conditions"),
        };
        let mut less = self;
        for field in refused {
            let field = field.strip_prefix("status.")?;
            match field.strip_prefix("conditions") {
                Some(rest) if is_own_condition(rest) => less.conditions = false,
                None if field == "observedGeneration" && !says(field) => {
                    less.observed_generation = false;
                }
                _ => return None,
            }
        }
        (less != self).then_some(less)
    }
}

/// What a status is made from.
pub(crate) struct Input<'a> {
    /// The status as last seen.
    pub(crate) observed: &'a Value,
    /// What the handler said; `None` leaves its fields as they are.
    pub(crate) said: Option<&'a Value>,
    pub(crate) condition: &'a Condition,
    /// The type of that condition.
    pub(crate) condition_type: &'a str,
    pub(crate) generation: Option<i64>,
    pub(crate) now: Timestamp,
    pub(crate) keeps: Keeps,
}

/// The merge patch that brings the status to what it should say; empty if it does already.
pub(crate) fn patch(input: &Input<'_>) -> Map<String, Value> {
    let nothing = Map::new();
    let observed = input.observed.as_object().unwrap_or(&nothing);
    let mut desired = match input.said {
        Some(said) => match diff::without_nulls(said.clone()) {
            Value::Object(said) => said,
            _ => Map::new(),
        },
        None => observed.clone(),
    };
    if !input.keeps.observed_generation {
        leave("observedGeneration", observed, &mut desired);
    } else if let Some(generation) = input.generation {
        desired.insert("observedGeneration".into(), generation.into());
    }
    if input.keeps.conditions {
        let conditions = conditions(observed.get("conditions"), desired.get("conditions"), input);
        desired.insert("conditions".into(), conditions.into());
    } else {
        leave("conditions", observed, &mut desired);
    }
    diff::merge_patch(observed, &desired)
}

/// What is there under a name that the engine has nothing to say under is somebody else's, unless the handler says it.
fn leave(name: &str, observed: &Map<String, Value>, desired: &mut Map<String, Value>) {
    if let (false, Some(value)) = (desired.contains_key(name), observed.get(name)) {
        desired.insert(name.into(), value.clone());
    }
}

/// Those that the handler said, those of others that were there, and ours; each where it stood before.
fn conditions(observed: Option<&Value>, said: Option<&Value>, input: &Input<'_>) -> Vec<Value> {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let (before, mut said) = (list(observed), list(said));
    let of_type =
        |list: &[Value], kind: &Value| list.iter().position(|condition| condition["type"] == *kind);
    said.retain(|condition| condition["type"] != input.condition_type);
    let old = before
        .iter()
        .find(|condition| condition["type"] == input.condition_type);
    said.push(input.condition.to_json(old, input));
    let mut all: Vec<Value> = before
        .into_iter()
        .map(|condition| match of_type(&said, &condition["type"]) {
            Some(at) => said.remove(at),
            None => condition,
        })
        .collect();
    all.extend(said);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-01-02T03:04:05Z";

    fn synced() -> Condition {
        Condition::new(Reason::Synced, "")
    }

    fn patched(
        observed: &Value,
        said: Option<&Value>,
        condition: &Condition,
        keeps: Keeps,
    ) -> Value {
        let now = NOW.parse().unwrap();
        patch(&Input {
            observed,
            said,
            condition,
            condition_type: "Synced",
            generation: Some(2),
            now,
            keeps,
        })
        .into()
    }

    fn condition(status: &str, reason: &str, message: &str, since: &str) -> Value {
        json!({"type": "Synced", "status": status, "reason": reason, "message": message,
            "lastTransitionTime": since, "observedGeneration": 2})
    }

    #[test]
    fn a_status_that_says_it_already_is_not_written() {
        let first = patched(
            &json!(null),
            Some(&json!({"ready": 1})),
            &synced(),
            Keeps::ALL,
        );
        assert_eq!(
            first,
            json!({"ready": 1, "observedGeneration": 2, "conditions": [condition("True", "Synced", "", NOW)]})
        );
        assert_eq!(
            patched(&first, Some(&json!({"ready": 1})), &synced(), Keeps::ALL),
            json!({})
        );
    }

    #[test]
    fn what_is_refused_of_ours_alone_is_left_out() {
        let less = |fields: &[&str], said: Value| {
            let less = Keeps::ALL.without(fields.iter().copied(), Some(&said), Some(1));
            less.map(|less| (less.observed_generation, less.conditions))
        };
        let ready = || json!({"ready": 1});
        let theirs = || json!({"conditions": [{"type": "Mine"}]});
        let own = ["status.conditions[1].lastUpdateTime"];
        assert_eq!(less(&own, ready()), Some((true, false)));
        assert_eq!(less(&own, theirs()), Some((true, false)));
        assert_eq!(less(&["status.conditions[0].reason"], ready()), None);
        assert_eq!(less(&["status.conditions[11].reason"], ready()), None);
        // As Kubernetes 1.20 says it.
        let unnumbered = ["status.conditions.lastUpdateTime"];
        assert_eq!(less(&unnumbered, ready()), Some((true, false)));
        assert_eq!(less(&unnumbered, theirs()), None);
        let generation = ["status.observedGeneration"];
        assert_eq!(less(&generation, ready()), Some((false, true)));
        assert_eq!(less(&generation, json!({"observedGeneration": 1})), None);
        assert_eq!(less(&["status.conditions", "status.ready"], ready()), None);
        assert_eq!(less(&["status.conditionsOfUse"], ready()), None);
        assert_eq!(less(&[], ready()), None);
    }

    #[test]
    fn what_the_engine_may_not_say_is_left_to_those_who_do() {
        let keeps = Keeps {
            observed_generation: false,
            conditions: false,
            ..Keeps::ALL
        };
        let observed =
            json!({"old": 1, "observedGeneration": 7, "conditions": [{"type": "Theirs"}]});
        let said = json!({"new": 2});
        let patch = patched(&observed, Some(&said), &synced(), keeps);
        assert_eq!(patch, json!({"old": null, "new": 2}));
    }

    #[test]
    fn fields_that_went_are_nulls_and_others_conditions_stay() {
        let observed = json!({"old": 1, "observedGeneration": 2,
            "conditions": [{"type": "Theirs"}, condition("True", "Synced", "", "earlier")]});
        let said = json!({"new": 2, "conditions": [{"type": "Mine"}]});
        assert_eq!(
            patched(&observed, Some(&said), &synced(), Keeps::ALL),
            json!({"old": null, "new": 2, "conditions": [
                {"type": "Theirs"}, condition("True", "Synced", "", "earlier"), {"type": "Mine"}]})
        );
    }

    #[test]
    fn a_handler_that_says_nothing_leaves_the_status_as_it_is() {
        let observed = json!({"old": 1});
        let patch = patched(&observed, None, &synced(), Keeps::ALL);
        assert!(patch.get("old").is_none());
    }

    #[test]
    fn the_transition_time_moves_only_with_the_status() {
        let failed = |message: &str| Condition::new(Reason::HandlerFailed, message);
        let first = patched(&json!(null), None, &failed("a"), Keeps::ALL);
        assert_eq!(
            first["conditions"][0],
            condition("False", "HandlerFailed", "a", NOW)
        );
        let observed = json!({"observedGeneration": 2, "conditions": [condition("False", "HandlerFailed", "a", "earlier")]});
        assert_eq!(
            patched(&observed, None, &failed("a"), Keeps::ALL),
            json!({})
        );
        let other = patched(&observed, None, &failed("b"), Keeps::ALL);
        assert_eq!(other["conditions"][0]["lastTransitionTime"], "earlier");
        let better = patched(&observed, None, &synced(), Keeps::ALL);
        assert_eq!(better["conditions"][0]["lastTransitionTime"], NOW);
    }

    #[test]
    fn a_schema_that_drops_the_engines_fields_is_not_sent_them_again() {
        let sent = patched(
            &json!(null),
            Some(&json!({"ready": 1})),
            &synced(),
            Keeps::ALL,
        );
        let mut keeps = Keeps::ALL;
        keeps.learn(sent.as_object().unwrap(), &json!({"ready": 1}));
        assert_eq!(
            keeps,
            Keeps {
                status: true,
                observed_generation: false,
                conditions: false
            }
        );
        assert_eq!(
            patched(
                &json!({"ready": 1}),
                Some(&json!({"ready": 1})),
                &synced(),
                keeps
            ),
            json!({})
        );
    }

    #[test]
    fn a_message_is_cut_where_the_server_would_refuse_it() {
        let message = Condition::new(Reason::WriteFailed, "é".repeat(40_000)).message;
        assert!(message.len() <= LONGEST_MESSAGE && message.ends_with('…'));
    }
}
