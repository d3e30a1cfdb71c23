#!/bin/bash
# The officer's hands: types the passphrase, says yes, and reads fingerprints over the telephone.
# docs/sop/README.md says so. Nothing else is added to what the procedures type.
set -o pipefail
more=(--yes --passphrase-file "$WORLD/passphrase")
custody=("$CUSTODY")
# A key is made under a light scrypt, which the installed command reads from the key's own file.
case " $* " in
*" init "* | *" people "*) custody=("$PYTHON" -P -c "$LIGHT") ;;
esac
case " $* " in
*" people enrol "* | *" people renew "* | *" people passphrase "*)
    more+=(--new-passphrase-file "$WORLD/passphrase")
    ;;
*" people recover "*)
    more=(--yes --passphrase-file "$WORLD/envelope" --new-passphrase-file "$WORLD/passphrase")
    ;;
*" --recovery-sheet "*)
    "${custody[@]}" "$@" "${more[@]}"
    status=$?
    for word in "$@"; do
        [ "$before" = --recovery-sheet ] && [ -f "$word" ] && cp "$word" "$WORLD/envelope"
        before=$word
    done
    exit $status
    ;;
*" agency card "*)
    "${custody[@]}" "$@" "${more[@]}" | tee "$WORLD/.said"
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
exec "${custody[@]}" "$@" "${more[@]}"
