//! The derive macro of `operator-core`. Use it through that crate.
