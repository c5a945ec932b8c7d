//! The three patches that change an object as it is: JSON patch, merge patch and strategic merge patch.
//!
//! Each is a pure function of the object and the patch, and leaves the object alone where it fails. What comes
//! out is not yet valid: it is decoded, defaulted and validated like any update.

mod json;
mod merge;
mod order;
mod strategic;
mod strategic_list;

pub(crate) use json::{json_patch, json_patch_unknown_fields};
pub(crate) use merge::{merge_patch, read_merge_patch};
pub(crate) use strategic::{read_strategic_patch, strategic_merge};
