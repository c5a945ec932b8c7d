#!/usr/bin/env bash
# What the macro costs who uses it, beside kube-derive and the floor (serde's and schemars' derives alone), in one run:
# how long the macro's crate takes to build with all that it needs, and how long one struct of 30 fields takes to expand
# and check, taken from crates of 100 of them.
#
#   beside_kube_derive.sh [ROUNDS]     prints seconds of CPU, each the smallest of so many rounds (3)
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
rounds=${1:-3}
structs=100
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Writes a crate: its name, its dependencies, the derive, the attribute.
crate() {
  mkdir -p "$work/$1/src"
  cat >"$work/$1/Cargo.toml" <<TOML
[package]
name = "$1"
version = "0.0.0"
edition = "2024"
[dependencies]
serde = { version = "1", features = ["derive"] }
schemars = "1"
$2
[workspace]
TOML
  {
    for ((number = 0; number < structs; number++)); do
      echo "pub mod m$number {"
      echo "  use serde::{Deserialize, Serialize};"
      echo "  use schemars::JsonSchema;"
      echo "  /// A thing of thirty fields."
      echo "  #[derive($3 Serialize, Deserialize, JsonSchema, Clone, Debug)]"
      # shellcheck disable=SC2059 # the attribute has the place of the number
      [[ -z $4 ]] || printf "  $4\n" "$number" "$number"
      echo "  pub struct ThingSpec {"
      for ((field = 0; field < 10; field++)); do
        echo "    /// How many."
        echo "    pub count_$field: i32,"
        echo "    /// What it is called."
        echo "    pub name_$field: Option<String>,"
        echo "    /// What there is."
        echo "    #[serde(default)]"
        echo "    pub items_$field: Vec<String>,"
      done
      echo "  }"
      echo "}"
    done
  } >"$work/$1/src/lib.rs"
}

crate floor '' '' ''
crate ours "operator-core = { path = \"$here/operator-core\", default-features = false }
k8s-openapi = { version = \"0.29\", features = [\"latest\"] }" 'operator_core::K8sType,' \
  '#[k8s(group = "example.com", version = "v1", kind = "Thing%s", plural = "thing%s")]'
crate kube_derive 'kube = { version = "5", default-features = false, features = ["derive"] }
k8s-openapi = { version = "0.29", features = ["latest"] }
serde_json = "1"' 'kube::CustomResource,' \
  '#[kube(group = "example.com", version = "v1", kind = "Thing%s", plural = "thing%s")]'

# The smallest CPU time of so many rounds of a command, each after another.
seconds() {
  local before=$1 least= round used
  shift
  for ((round = 0; round < rounds; round++)); do
    $before
    used=$( { TIMEFORMAT='%U %S'; time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }')
    least=$(awk -v a="$used" -v b="${least:-$used}" 'BEGIN { print (a < b) ? a : b }')
  done
  echo "$least"
}

export CARGO_TARGET_DIR="$work/target"
clean_macros() { rm -rf "$work/macro"; }

printf '%-14s %22s %22s\n' '' 'macro crate, cold (s)' "one struct (ms)"
for name in floor ours kube_derive; do
  manifest=$work/$name/Cargo.toml
  macro=-
  case $name in
    ours) macro=$(CARGO_TARGET_DIR=$work/macro seconds clean_macros cargo build --manifest-path "$here/Cargo.toml" -p operator-derive) ;;
    kube_derive)
      cargo fetch --manifest-path "$manifest" >/dev/null 2>&1
      macro=$(CARGO_TARGET_DIR=$work/macro seconds clean_macros cargo build --manifest-path "$manifest" -p kube-derive) ;;
  esac
  cargo check --manifest-path "$manifest" >/dev/null 2>&1 || { cargo check --manifest-path "$manifest" || exit 1; }
  touched() { touch "$work/$name/src/lib.rs"; }
  all=$(seconds touched env CARGO_INCREMENTAL=0 cargo check --manifest-path "$manifest")
  printf '%-14s %22s %22s\n' "$name" "$macro" "$(awk -v s="$all" -v n="$structs" 'BEGIN { printf "%.2f", 1000 * s / n }')"
done
