//! What an operator told, as text for people: pure functions of the values.

use std::time::Duration;

use serde_json::Value;

use crate::runtime::{
    Answer, Answered, Cause, Change, FieldChange, ObjectId, PassEnd, Verb, What, Work,
};

/// How many reasons, and how many changed fields, a line names.
const NAMED: usize = 3;
/// How long a value may be to be shown whole.
const LONGEST_VALUE: usize = 40;

/// How a piece of text is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Bad,
    Quiet,
}

/// A piece of text and how it is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) tone: Tone,
    pub(super) text: String,
}

impl Said {
    pub(super) fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: text.into(),
        }
    }
}

/// A time, as long as it is worth saying.
pub(super) fn duration(time: Duration) -> String {
    let (seconds, minutes) = (time.as_secs(), time.as_secs() / 60);
    match seconds {
        0 if time.as_millis() == 0 => "<1 ms".into(),
        0 => format!("{} ms", time.as_millis()),
        1..10 => format!("{:.1} s", time.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        120..7200 => format!("{minutes} min"),
        _ => format!("{} h", minutes / 60),
    }
}

/// Why a parent was worked on.
pub(super) fn because(parent: &ObjectId, causes: &[Cause]) -> String {
    if causes.is_empty() {
        return "looked at again".into();
    }
    let mut texts: Vec<String> = causes
        .iter()
        .take(NAMED)
        .map(|cause| one_cause(parent, cause))
        .collect();
    if causes.len() > NAMED {
        texts.push(format!("{} more", causes.len() - NAMED));
    }
    texts.join(" and ")
}

fn one_cause(parent: &ObjectId, cause: &Cause) -> String {
    match cause {
        Cause::Listed => "found in a list".into(),
        Cause::Changed(change) if change.object == *parent => changed(change),
        Cause::Changed(change) => {
            format!(
                "its {} {}",
                name_beside(parent, &change.object),
                changed(change)
            )
        }
        Cause::Retry { failures: 1 } => "tried again".into(),
        Cause::Retry { failures } => format!("tried again after {failures} failures"),
        Cause::Waited => "looked at again".into(),
        Cause::Resync => "looked at again, as its handler asked".into(),
        Cause::Outdated => "changed while it was written".into(),
    }
}

/// What happened to an object, without its name.
pub(super) fn changed(change: &Change) -> String {
    let by = if change.by.is_empty() {
        String::new()
    } else {
        format!(" by {}", change.by.join(", "))
    };
    match change.what {
        What::Created => format!("created{by}"),
        What::Deleting => "is being deleted".into(),
        What::Gone => "is gone".into(),
        What::Changed => {
            let mut text = format!("changed{by}");
            let named = change.fields.iter().take(NAMED).map(field);
            let mut fields: Vec<String> = named.collect();
            if change.fields.len() > NAMED {
                fields.push("…".into());
            }
            if !fields.is_empty() {
                text = format!("{text}: {}", fields.join(", "));
            }
            match change.generation {
                (Some(before), Some(after)) if before != after => {
                    format!("{text} (generation {before} → {after})")
                }
                _ => text,
            }
        }
    }
}

fn field(change: &FieldChange) -> String {
    let path = &change.path;
    match &change.values {
        None => path.clone(),
        Some((Value::Null, after)) => format!("{path} = {}", value(after)),
        Some((_, Value::Null)) => format!("{path} removed"),
        Some((before, after)) => format!("{path} {} → {}", value(before), value(after)),
    }
}

fn value(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() <= LONGEST_VALUE {
        return text;
    }
    let cut: String = text.chars().take(LONGEST_VALUE).collect();
    format!("{cut}…")
}

/// A child's kind and name; its namespace only where it is another than its parent's.
fn name_beside(parent: &ObjectId, object: &ObjectId) -> String {
    if object.namespace == parent.namespace {
        format!("{} {}", object.kind.kind, object.name)
    } else {
        object.to_string()
    }
}

/// A request and its answer; `None` for one that only looked and found nothing wrong.
pub(super) fn request(parent: &ObjectId, request: &Answered) -> Option<Said> {
    let what = match request.subresource.as_deref() {
        Some(subresource) if request.object == *parent => subresource.to_owned(),
        _ if request.object == *parent && request.verb == Verb::Patch => "finalizers".into(),
        _ => name_beside(parent, &request.object),
    };
    let took = duration(request.took);
    Some(match &request.answer {
        Answer::Done(_) if request.verb == Verb::Get => return None,
        Answer::Done(code) => {
            let done = done(request, parent, *code);
            Said::new(Tone::Plain, format!("{what} {done} ({code}, {took})"))
        }
        Answer::Refused(code, why) => {
            let verb = verb(request);
            let message = if why.is_empty() {
                String::new()
            } else {
                format!(": {why}")
            };
            Said::new(
                Tone::Bad,
                format!("{what}: {verb} refused ({code}, {took}){message}"),
            )
        }
        Answer::NoAnswer(why) => {
            let verb = verb(request);
            Said::new(
                Tone::Bad,
                format!("{what}: {verb} not answered ({took}): {why}"),
            )
        }
    })
}

fn done(request: &Answered, parent: &ObjectId, code: u16) -> &'static str {
    match request.verb {
        _ if request.dry_run => "tried, without writing it",
        _ if request.object == *parent => "written",
        Verb::Create => "created",
        Verb::Apply if code == 201 => "created",
        Verb::Apply => "applied",
        Verb::Update => "replaced",
        Verb::Patch => "labelled",
        Verb::Delete => "deleted",
        Verb::Get => "looked at",
    }
}

fn verb(request: &Answered) -> &'static str {
    match request.verb {
        _ if request.dry_run => "a dry run",
        Verb::Get => "get",
        Verb::Create => "create",
        Verb::Apply => "apply",
        Verb::Update => "replace",
        Verb::Patch => "patch",
        Verb::Delete => "delete",
    }
}

/// How a pass ended. `is_said` is whether its steps say already what went wrong.
pub(super) fn end(pass: &PassEnd, is_said: bool) -> Said {
    let took = duration(pass.took);
    if pass.gone {
        let text = match pass.work {
            Work::Finalize => format!("finalized and gone in {took}"),
            Work::Sync | Work::LetGo => "gone".into(),
        };
        return Said::new(Tone::Good, text);
    }
    let again = match pass.again {
        Some(Duration::ZERO) => "; again at once".into(),
        Some(delay) => format!("; again in {}", duration(delay)),
        None if pass.failed => "; again when it changes".into(),
        None => String::new(),
    };
    match (&pass.condition, pass.work) {
        (Some(condition), _) if condition.is_true => {
            Said::new(Tone::Good, format!("synced in {took}{again}"))
        }
        (Some(condition), work) => {
            let what = if work == Work::Finalize {
                "not finalized"
            } else {
                "not synced"
            };
            let reason = &condition.reason;
            let message = if is_said {
                String::new()
            } else {
                format!(": {}", condition.message)
            };
            Said::new(Tone::Bad, format!("{what}: {reason}{message}{again}"))
        }
        (None, Work::Finalize) if !pass.failed => {
            Said::new(Tone::Good, format!("finalized in {took}"))
        }
        (None, Work::LetGo) => Said::new(Tone::Quiet, "left alone, since it is being deleted"),
        (None, _) if pass.failed => Said::new(Tone::Bad, format!("failed{again}")),
        (None, _) => Said::new(Tone::Quiet, format!("broken off{again}")),
    }
}

#[cfg(test)]
mod tests;
