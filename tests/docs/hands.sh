#!/bin/bash
# The officer's hands: types the passphrase, says yes, and reads fingerprints over the telephone.
# docs/sop/README.md says so. Nothing else is added to what the procedures type.
set -o pipefail
more=(--yes --passphrase-file "$WORLD/passphrase")
case " $* " in
*" people enrol "* | *" people renew "* | *" people passphrase "*)
    more+=(--new-passphrase-file "$WORLD/passphrase")
    ;;
*" people recover "*)
    more=(--yes --passphrase-file "$WORLD/envelope" --new-passphrase-file "$WORLD/passphrase")
    ;;
*" --recovery-sheet "*)
    "$CUSTODY" "$@" "${more[@]}"
    status=$?
    for word in "$@"; do
        [ "$before" = --recovery-sheet ] && [ -f "$word" ] && cp "$word" "$WORLD/envelope"
        before=$word
    done
    exit $status
    ;;
*" agency card "*)
    "$CUSTODY" "$@" "${more[@]}" | tee "$WORLD/.said"
    status=$?
    code=$(sed -n '1s/ .*//p' "$WORLD/.said")
    [ -n "$code" ] && sed -n 's/^fingerprint //p' "$WORLD/.said" > "$WORLD/telephone/$code"
    exit $status
    ;;
*" trust "*" --fingerprint "*) ;;
*" trust add "* | *" trust replace "*)
    card=${!#}
    code=$(sed -n 's/^  "code": "\(.*\)",$/\1/p' "$card")
    more+=(--fingerprint "$(cat "$WORLD/telephone/$code")")
    ;;
esac
exec "$CUSTODY" "$@" "${more[@]}"
