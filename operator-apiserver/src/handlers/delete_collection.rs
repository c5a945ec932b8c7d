//! Deletions of all objects that selectors choose, each by the rules for one.

use super::{Answer, Api, answer::List, call::Call, delete::delete_options};
use crate::error::ApiError;

impl Api {
    pub(super) fn delete_collection(&mut self, call: &mut Call<'_>) -> Result<Answer, ApiError> {
        let options = delete_options(call)?;
        let chosen = match self.page(call, true)? {
            Answer::List(list) => list,
            other => return Ok(other),
        };
        for bytes in &chosen.items {
            let Ok(object) = serde_json::from_slice(bytes) else {
                continue;
            };
            self.delete_one(call, &object, &options)?;
        }
        Ok(Answer::List(List {
            next: None,
            remaining: None,
            ..chosen
        }))
    }
}
