//! Whole operators, each in a file of its own.
