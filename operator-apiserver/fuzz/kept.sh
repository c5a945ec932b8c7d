#!/usr/bin/env bash
# The corpus as text, so that it can be kept: a file for each target, a case in base64 on each line.
#
#   kept.sh unpack    makes the folders `corpus/…` that cargo-fuzz reads and adds to
#   kept.sh pack      writes the smallest set of their cases that reaches all that the whole does
set -euo pipefail
cd "$(dirname "$0")"

targets=(requests patches selectors continue_tokens schemas rules)
case ${1-} in
  unpack)
    for target in "${targets[@]}"; do
      mkdir -p "corpus/$target"
      while read -r line; do
        base64 -d <<<"$line" >"corpus/$target/$(sha1sum <<<"$line" | cut -c1-40)"
      done <"kept/$target.txt"
    done ;;
  pack)
    mkdir -p kept
    for target in "${targets[@]}"; do
      cargo +nightly fuzz cmin -s none "$target"
      for case in "corpus/$target"/*; do base64 -w0 "$case"; echo; done | LC_ALL=C sort -u >"kept/$target.txt"
    done ;;
  *) echo "usage: $0 unpack | pack" >&2; exit 2 ;;
esac
