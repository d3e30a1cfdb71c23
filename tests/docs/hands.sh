#!/bin/bash
# The officer's hands: types the passphrase, says yes, and reads fingerprints over the telephone.
# docs/sop/README.md says so. Nothing else is added to what the procedures type.
set -o pipefail
more=(--yes --passphrase-file "$WORLD/passphrase")
case " $* " in
*" people enrol "*)
    more+=(--new-passphrase-file "$WORLD/passphrase")
    ;;
*" agency card "*)
    "$CUSTODY" "$@" "${more[@]}" | tee "$WORLD/.said"
    status=$?
    code=$(sed -n '1s/ .*//p' "$WORLD/.said")
    [ -n "$code" ] && sed -n 's/^fingerprint //p' "$WORLD/.said" > "$WORLD/telephone/$code"
    exit $status
    ;;
*" trust add "*" --fingerprint "*) ;;
*" trust add "*)
    card=${!#}
    code=$(sed -n 's/^  "code": "\(.*\)",$/\1/p' "$card")
    more+=(--fingerprint "$(cat "$WORLD/telephone/$code")")
    ;;
esac
exec "$CUSTODY" "$@" "${more[@]}"
