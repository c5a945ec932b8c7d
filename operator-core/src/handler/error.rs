//! [`Error`]: why a handler could not answer, and what the engine is to do about it.

use std::{error::Error as StdError, fmt, time::Duration};

use serde::Serialize;
use serde_json::Value;

/// When a failed handler is called again.
///
/// Whatever the class, a failure touches no child: nothing is written but the parent's status condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// After the parent's own exponential backoff. The default, and what `?` on any error gives.
    Backoff,
    /// After exactly this long.
    After(Duration),
    /// Not before the parent's content (anything but its status) changes: trying again can't help.
    Permanent,
}

/// A handler's failure.
///
/// Any error converts into one with `?`, to be retried with backoff:
///
/// ```
/// use std::time::Duration;
/// use operator_core::Error;
///
/// fn port(text: &str) -> Result<u16, Error> {
///     Ok(text.parse()?)
/// }
/// assert!(port("http").is_err());
///
/// let class = Error::permanent("spec.port is taken").class();
/// assert_eq!(class, operator_core::ErrorClass::Permanent);
/// let busy = Error::retry_after("the database restarts", Duration::from_secs(5));
/// assert_eq!(busy.to_string(), "the database restarts");
/// ```
///
/// Its text, with the text of every error beneath it, is what the parent's condition says. Keep it stable
/// between retries (no times, no counters, no addresses): a text that changes is a write each time.
pub struct Error {
    class: ErrorClass,
    source: Box<dyn StdError + Send + Sync>,
    status: Option<Value>,
    of_parent: bool,
}

impl Error {
    /// A failure that is retried with the parent's exponential backoff.
    pub fn retry(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::of_class(ErrorClass::Backoff, source)
    }

    /// A failure that is retried after `delay`, whatever was tried before.
    pub fn retry_after(
        source: impl Into<Box<dyn StdError + Send + Sync>>,
        delay: Duration,
    ) -> Self {
        Self::of_class(ErrorClass::After(delay), source)
    }

    /// A failure that is not retried until the parent's content changes.
    pub fn permanent(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::of_class(ErrorClass::Permanent, source)
    }

    fn of_class(class: ErrorClass, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            class,
            source: source.into(),
            status: None,
            of_parent: false,
        }
    }

    /// Also writes this status, beside the condition. Without it the last status stays.
    ///
    /// A status that can't be serialized is left out: the failure itself is what has to be told.
    #[must_use]
    pub fn with_status(mut self, status: &impl Serialize) -> Self {
        self.status = serde_json::to_value(status).ok();
        self
    }

    /// When the handler is called again.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        self.class
    }

    /// The same error, of a parent that can't be read: only a change of it can help.
    pub(crate) fn of_parent(self) -> Self {
        Self {
            class: ErrorClass::Permanent,
            of_parent: true,
            ..self
        }
    }

    /// Whether the parent could not be read, so that no handler was called.
    pub(crate) fn is_of_parent(&self) -> bool {
        self.of_parent
    }

    /// The status that is written beside the condition, if any.
    #[must_use]
    pub fn status(&self) -> Option<&Value> {
        self.status.as_ref()
    }
}

/// The error's text followed by the texts of its sources, each after a colon, unless it was said already.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.source.to_string();
        f.write_str(&said)?;
        let mut next = self.source.source();
        while let Some(source) = next {
            let text = source.to_string();
            if !said.contains(&text) {
                write!(f, ": {text}")?;
                said = text;
            }
            next = source.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({:?})", self.class)
    }
}

// `Error` itself is no `std::error::Error`: that is what lets every other error convert into it.
impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(source: E) -> Self {
        Self::retry(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the outside failed")]
    struct Outer(#[source] std::num::ParseIntError);

    #[test]
    fn the_text_names_the_sources_too() {
        let inner = "x".parse::<u8>().unwrap_err();
        assert_eq!(
            Error::from(Outer(inner)).to_string(),
            "the outside failed: invalid digit found in string"
        );
    }

    #[test]
    fn any_error_is_retried_with_backoff() {
        let error = Error::from("x".parse::<u8>().unwrap_err());
        assert_eq!(error.class(), ErrorClass::Backoff);
    }
}
