# alarm.sh INCIDENT WHAT NUMBER...: call one after the other, three rounds, until somebody answers and listens
set -u
incident=$1 what=$2
shift 2
for number do set -- "$@" --to "$number"; shift; done

for round in 1 2 3; do
  voicectl call create "$@" --until-answered --min-seconds 5 --wait-timeout 2m \
    --template TTS_123456 --var what="$what" \
    --idempotency-key "$incident-$round" --on-limit wait --yes -O json > calls.json
  code=$?
  case $code in
    0) jq -r '[.] | flatten | last | "\(.to) listened for \(.duration_seconds) s"' calls.json; exit 0 ;;
    1[0-4]) echo "round $round: nobody listened" >&2 ;;
    15) echo "a phone may have rung unseen; nobody else is called:" >&2
        voicectl call list -O jsonl | jq -r 'select(.state == "unknown") | "\(.to) \(.id)"' >&2
        exit 15 ;;
    *) exit $code ;;                          # nothing rang: the reason is on stderr
  esac
done
exit 10
