# bash completion for voicectl, made from its command tree. It never starts the program.
# Load it: source <(voicectl completion bash), or put it where your bash looks for completions.

# Offer the names of a kind that begin with what is typed; each is quoted, none is expanded.
_voicectl_kept() {
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/voicectl typed=$2 quote= name
    [[ $OSTYPE == darwin* ]] && cache=$HOME/Library/Caches/voicectl
    case $typed in
        [\'\"]*) quote=${typed:0:1} typed=${typed:1} ;;
        *) typed=${typed//\\} ;;
    esac
    while IFS= read -r name; do
        [[ $name == "$typed"* ]] || continue
        [[ $quote ]] || printf -v name %q "$name"
        COMPREPLY+=("$name")
    done 2>/dev/null <"${VOICECTL_CACHE_DIR:-$cache}/complete/$1"
}

_voicectl_offers() {
    case $path:$previous in
        *:-p | *:--profile) _voicectl_kept profiles "$current"; return ;;
        *:--vendor) COMPREPLY=($(compgen -W $'local\naws\naliyun\nvolcengine\ntencent\ntwilio\nemotivoice\nopenai' -- "$current")); return ;;
        *:--region) :; return ;;
        *:--endpoint-url) :; return ;;
        *:-O | *:--output) COMPREPLY=($(compgen -W $'auto\ntext\ntable\njson\njsonl\ncsv' -- "$current")); return ;;
        *:--query) :; return ;;
        *:--debug-file) :; return ;;
        *:--log-file) :; return ;;
        *:--timeout) :; return ;;
        *:--connect-timeout) :; return ;;
        *:--retries) :; return ;;
        *:--max-bytes) :; return ;;
        *:--ca-bundle) :; return ;;
        *:--allow-host) :; return ;;
        *:--color) COMPREPLY=($(compgen -W $'auto\nalways\nnever' -- "$current")); return ;;
        /tts/say:-f | /tts/say:--file) :; return ;;
        /tts/say:--encoding) :; return ;;
        /tts/say:-o) :; return ;;
        /tts/say:--format) COMPREPLY=($(compgen -W $'aac\nflac\nmp3\nogg\nopus\npcm\nwav' -- "$current")); return ;;
        /tts/say:--subtitles) :; return ;;
        /tts/say:--if-exists) COMPREPLY=($(compgen -W $'overwrite\nerror\nskip' -- "$current")); return ;;
        /tts/say:--jobs) :; return ;;
        /tts/say:--max-characters) :; return ;;
        /tts/say:--max-cost) :; return ;;
        /tts/say:-v | /tts/say:--voice) _voicectl_kept voices "$current"; return ;;
        /tts/say:--lang) :; return ;;
        /tts/say:--engine | /tts/say:--model) :; return ;;
        /tts/say:--rate) :; return ;;
        /tts/say:--pitch) :; return ;;
        /tts/say:--volume) :; return ;;
        /tts/say:--emotion) :; return ;;
        /tts/say:--style) :; return ;;
        /tts/say:--sample-rate) :; return ;;
        /tts/say:--param) :; return ;;
        /tts/batch:--out-dir) compopt -o dirnames 2>/dev/null; return ;;
        /tts/batch:--name) :; return ;;
        /tts/batch:--jobs) :; return ;;
        /tts/batch:--rate-limit) :; return ;;
        /tts/batch:--rate-limit-store) :; return ;;
        /tts/batch:--shard) :; return ;;
        /tts/batch:--format) COMPREPLY=($(compgen -W $'aac\nflac\nmp3\nogg\nopus\npcm\nwav' -- "$current")); return ;;
        /tts/batch:--encoding) :; return ;;
        /tts/batch:--if-exists) COMPREPLY=($(compgen -W $'overwrite\nerror\nskip' -- "$current")); return ;;
        /tts/batch:--metrics-file) :; return ;;
        /tts/batch:--max-characters) :; return ;;
        /tts/batch:--max-cost) :; return ;;
        /tts/batch:-v | /tts/batch:--voice) _voicectl_kept voices "$current"; return ;;
        /tts/batch:--lang) :; return ;;
        /tts/batch:--engine | /tts/batch:--model) :; return ;;
        /tts/batch:--rate) :; return ;;
        /tts/batch:--pitch) :; return ;;
        /tts/batch:--volume) :; return ;;
        /tts/batch:--emotion) :; return ;;
        /tts/batch:--style) :; return ;;
        /tts/batch:--sample-rate) :; return ;;
        /tts/batch:--param) :; return ;;
        /tts/voices:--lang) :; return ;;
        /call/create:--to) :; return ;;
        /call/create:--from) :; return ;;
        /call/create:--text) :; return ;;
        /call/create:--template) :; return ;;
        /call/create:--var) :; return ;;
        /call/create:--var-file) :; return ;;
        /call/create:--voice-file) :; return ;;
        /call/create:--voice) _voicectl_kept voices "$current"; return ;;
        /call/create:--play-times) :; return ;;
        /call/create:--volume) :; return ;;
        /call/create:--schedule) :; return ;;
        /call/create:--out-id) :; return ;;
        /call/create:--operation) :; return ;;
        /call/create:--param) :; return ;;
        /call/create:--idempotency-key) :; return ;;
        /call/create:--on-limit) COMPREPLY=($(compgen -W $'refuse\nwait' -- "$current")); return ;;
        /call/create:--poll) :; return ;;
        /call/create:--wait-timeout) :; return ;;
        /call/create:--min-seconds) :; return ;;
        /call/batch:--batch) :; return ;;
        /call/batch:--jobs) :; return ;;
        /call/batch:--rate-limit) :; return ;;
        /call/batch:--rate-limit-store) :; return ;;
        /call/batch:--on-limit) COMPREPLY=($(compgen -W $'refuse\nwait' -- "$current")); return ;;
        /call/batch:--poll) :; return ;;
        /call/batch:--wait-timeout) :; return ;;
        /call/batch:--min-seconds) :; return ;;
        /call/batch:--failed-rows) :; return ;;
        /call/batch:--encoding) :; return ;;
        /call/batch:--from) :; return ;;
        /call/batch:--text) :; return ;;
        /call/batch:--template) :; return ;;
        /call/batch:--var) :; return ;;
        /call/batch:--var-file) :; return ;;
        /call/batch:--voice-file) :; return ;;
        /call/batch:--voice) _voicectl_kept voices "$current"; return ;;
        /call/batch:--play-times) :; return ;;
        /call/batch:--volume) :; return ;;
        /call/batch:--schedule) :; return ;;
        /call/batch:--operation) :; return ;;
        /call/batch:--param) :; return ;;
        /call/status:--product) :; return ;;
        /call/status:--date) :; return ;;
        /call/status:--poll) :; return ;;
        /call/status:--wait-timeout) :; return ;;
        /call/status:--min-seconds) :; return ;;
        /call/status:--to) :; return ;;
        /call/cancel:--product) :; return ;;
        /call/cancel:--date) :; return ;;
        /call/listen:--port) :; return ;;
        /call/listen:--host) :; return ;;
        /call/listen:--path) :; return ;;
        /call/listen:--public-url) :; return ;;
        /call/listen:--count) :; return ;;
        /call/listen:--max-seconds) :; return ;;
        /recording/list:--call) :; return ;;
        /recording/list:--since) :; return ;;
        /recording/list:--product) :; return ;;
        /recording/list:--date) :; return ;;
        /recording/list:--param) :; return ;;
        /recording/list:--poll) :; return ;;
        /recording/list:--wait-timeout) :; return ;;
        /recording/download:--url) :; return ;;
        /recording/download:--bucket) :; return ;;
        /recording/download:--key) :; return ;;
        /recording/download:--receipt) :; return ;;
        /recording/download:--path) compopt -o dirnames 2>/dev/null; return ;;
        /recording/download:-o | /recording/download:--out) :; return ;;
        /recording/download:--out-dir) compopt -o dirnames 2>/dev/null; return ;;
        /recording/download:--if-exists) COMPREPLY=($(compgen -W $'overwrite\nerror\nskip' -- "$current")); return ;;
        /recording/download:--jobs) :; return ;;
        /recording/download:--product) :; return ;;
        /recording/download:--date) :; return ;;
        /recording/download:--param) :; return ;;
        /recording/download:--poll) :; return ;;
        /recording/download:--wait-timeout) :; return ;;
        /profile/add:--set) :; return ;;
        /profile/add:--store) COMPREPLY=($(compgen -W $'keyring\nfile' -- "$current")); return ;;
        /profile/add:--secret-from) :; return ;;
        /profile/set:--store) COMPREPLY=($(compgen -W $'keyring\nfile' -- "$current")); return ;;
        /profile/import:--only) :; return ;;
        /profile/import:--store) COMPREPLY=($(compgen -W $'keyring\nfile' -- "$current")); return ;;
        /auth/env:--format) COMPREPLY=($(compgen -W $'aac\nflac\nmp3\nogg\nopus\npcm\nwav' -- "$current")); return ;;
        /token/inspect:--min-ttl) :; return ;;
        /sign/debug:--url) :; return ;;
        /sign/debug:-X | /sign/debug:--method) :; return ;;
        /sign/debug:-H | /sign/debug:--header) :; return ;;
        /sign/debug:--data) :; return ;;
        /sign/debug:--scheme) COMPREPLY=($(compgen -W $'aws-sigv4\naws-sigv4-query\naws-sigv4-s3\naliyun-rpc-v1\naliyun-acs3\naliyun-oss-v1\naliyun-oss-v4\nvolcengine-v4\nvolcengine-v4-query\ntos4\ntencent-tc3\nbearer\nbasic\nyoudao-v3\ngateway-hmac' -- "$current")); return ;;
        /sign/debug:--service) :; return ;;
        /sign/debug:--at) :; return ;;
        /sign/debug:--nonce) :; return ;;
        /sign/debug:--option) :; return ;;
        /sign/debug:--from) :; return ;;
        /sign/debug:--expect) :; return ;;
        /sign/explain:--url) :; return ;;
        /sign/explain:-X | /sign/explain:--method) :; return ;;
        /sign/explain:-H | /sign/explain:--header) :; return ;;
        /sign/explain:--data) :; return ;;
        /sign/explain:--against) :; return ;;
        /sign/explain:--scheme) COMPREPLY=($(compgen -W $'aws-sigv4\naws-sigv4-query\naws-sigv4-s3\naliyun-rpc-v1\naliyun-acs3\naliyun-oss-v1\naliyun-oss-v4\nvolcengine-v4\nvolcengine-v4-query\ntos4\ntencent-tc3\nbearer\nbasic\nyoudao-v3\ngateway-hmac' -- "$current")); return ;;
        /sign/explain:--service) :; return ;;
        /sign/explain:--option) :; return ;;
        /sign/verify:--url) :; return ;;
        /sign/verify:-X | /sign/verify:--method) :; return ;;
        /sign/verify:-H | /sign/verify:--header) :; return ;;
        /sign/verify:--data) :; return ;;
        /sign/verify:--scheme) COMPREPLY=($(compgen -W $'aws-sigv4\naws-sigv4-query\naws-sigv4-s3\naliyun-rpc-v1\naliyun-acs3\naliyun-oss-v1\naliyun-oss-v4\nvolcengine-v4\nvolcengine-v4-query\ntos4\ntencent-tc3\nbearer\nbasic\nyoudao-v3\ngateway-hmac' -- "$current")); return ;;
        /sign/verify:--service) :; return ;;
        /sign/verify:--option) :; return ;;
        /sign/curl:--url) :; return ;;
        /sign/curl:-X | /sign/curl:--method) :; return ;;
        /sign/curl:-H | /sign/curl:--header) :; return ;;
        /sign/curl:--data) :; return ;;
        /sign/curl:--scheme) COMPREPLY=($(compgen -W $'aws-sigv4\naws-sigv4-query\naws-sigv4-s3\naliyun-rpc-v1\naliyun-acs3\naliyun-oss-v1\naliyun-oss-v4\nvolcengine-v4\nvolcengine-v4-query\ntos4\ntencent-tc3\nbearer\nbasic\nyoudao-v3\ngateway-hmac' -- "$current")); return ;;
        /sign/curl:--service) :; return ;;
        /sign/curl:--at) :; return ;;
        /sign/curl:--nonce) :; return ;;
        /sign/curl:--option) :; return ;;
        /gateway/serve:--port) :; return ;;
        /gateway/serve:--host) :; return ;;
        /gateway/serve:--env-file) :; return ;;
        /gateway/serve:--fake-audio) :; return ;;
        /gateway/serve:--env) :; return ;;
        /gateway/serve:--also) :; return ;;
        /gateway/serve:--host-name) :; return ;;
        /gateway/serve:--trusted-proxy) :; return ;;
        /gateway/serve:--tls-cert) :; return ;;
        /gateway/serve:--tls-key) :; return ;;
        /gateway/serve:--rules) :; return ;;
        /gateway/serve:--rule-command) :; return ;;
        /gateway/serve:--rule-webhook) :; return ;;
        /gateway/serve:--redis) :; return ;;
        /gateway/serve:--profile-limit) :; return ;;
        /gateway/serve:--audio-dir) compopt -o dirnames 2>/dev/null; return ;;
        /gateway/serve:--socket-mode) :; return ;;
        /gateway/serve:--metrics-port) :; return ;;
        /gateway/serve:--max-age) :; return ;;
        /gateway/serve:--audit-days) :; return ;;
        /gateway/serve:--audit-failure) :; return ;;
        /gateway/key/issue:--name) :; return ;;
        /gateway/key/issue:--team) :; return ;;
        /gateway/key/issue:--env) :; return ;;
        /gateway/key/issue:--tags) :; return ;;
        /gateway/key/issue:--profiles) :; return ;;
        /gateway/key/issue:--models) :; return ;;
        /gateway/key/issue:--voices) :; return ;;
        /gateway/key/issue:--allow-ips) :; return ;;
        /gateway/key/issue:--rpm) :; return ;;
        /gateway/key/issue:--burst) :; return ;;
        /gateway/key/issue:--concurrency) :; return ;;
        /gateway/key/issue:--chars-hour) :; return ;;
        /gateway/key/issue:--chars-day) :; return ;;
        /gateway/key/issue:--expires) :; return ;;
        /gateway/key/list:--max-age) :; return ;;
        /gateway/key/rotate:--overlap) :; return ;;
        /gateway/audit/list:--env) :; return ;;
        /gateway/audit/list:--since) :; return ;;
        /gateway/audit/list:--key) :; return ;;
        /gateway/audit/list:--code) :; return ;;
        /gateway/audit/list:--text) :; return ;;
        /gateway/audit/list:--limit) :; return ;;
        /gateway/audit/export:--env) :; return ;;
        /gateway/audit/export:--since) :; return ;;
        /gateway/audit/export:--key) :; return ;;
        /gateway/audit/export:--code) :; return ;;
        /gateway/audit/export:--text) :; return ;;
        /gateway/audit/verify:--env) :; return ;;
        /gateway/audit/purge:--env) :; return ;;
        /gateway/audit/purge:--days) :; return ;;
        /gateway/rules/check:--text) :; return ;;
        /gateway/rules/check:--emotion) :; return ;;
        /gateway/rules/check:--language) :; return ;;
        /gateway/voice/add:--consent) :; return ;;
        /api:--data) :; return ;;
        /api:-o | /api:--out) :; return ;;
        /api:--api-version) :; return ;;
        /say:-f | /say:--file) :; return ;;
        /say:--encoding) :; return ;;
        /say:-o) :; return ;;
        /say:--format) COMPREPLY=($(compgen -W $'aac\nflac\nmp3\nogg\nopus\npcm\nwav' -- "$current")); return ;;
        /say:--subtitles) :; return ;;
        /say:--if-exists) COMPREPLY=($(compgen -W $'overwrite\nerror\nskip' -- "$current")); return ;;
        /say:--jobs) :; return ;;
        /say:--max-characters) :; return ;;
        /say:--max-cost) :; return ;;
        /say:-v | /say:--voice) _voicectl_kept voices "$current"; return ;;
        /say:--lang) :; return ;;
        /say:--engine | /say:--model) :; return ;;
        /say:--rate) :; return ;;
        /say:--pitch) :; return ;;
        /say:--volume) :; return ;;
        /say:--emotion) :; return ;;
        /say:--style) :; return ;;
        /say:--sample-rate) :; return ;;
        /say:--param) :; return ;;
    esac
    if [[ $current == -* ]]; then
        case $path in
            /tts) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /tts/say) COMPREPLY=($(compgen -W $'-f\n--file\n--encoding\n-o\n--format\n--subtitles\n--if-exists\n--play\n--jobs\n--live\n--estimate\n--max-characters\n--max-cost\n--no-cache\n--no-store\n-v\n--voice\n--lang\n--engine\n--model\n--rate\n--pitch\n--volume\n--emotion\n--style\n--sample-rate\n--ssml\n--allow-remote-audio\n--param' -- "$current")) ;;
            /tts/batch) COMPREPLY=($(compgen -W $'--out-dir\n--name\n--jobs\n--rate-limit\n--rate-limit-store\n--resume\n--shard\n--format\n--encoding\n--if-exists\n--metrics-file\n--estimate\n--max-characters\n--max-cost\n--no-cache\n--no-store\n-v\n--voice\n--lang\n--engine\n--model\n--rate\n--pitch\n--volume\n--emotion\n--style\n--sample-rate\n--allow-remote-audio\n--param' -- "$current")) ;;
            /tts/voices) COMPREPLY=($(compgen -W $'--lang' -- "$current")) ;;
            /call) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /call/create) COMPREPLY=($(compgen -W $'--to\n--from\n--text\n--template\n--var\n--var-file\n--voice-file\n--voice\n--play-times\n--volume\n--schedule\n--out-id\n--operation\n--param\n--idempotency-key\n--no-ledger\n--on-limit\n--wait\n--poll\n--wait-timeout\n--min-seconds\n--until-answered' -- "$current")) ;;
            /call/batch) COMPREPLY=($(compgen -W $'--batch\n--resume\n--jobs\n--rate-limit\n--rate-limit-store\n--on-limit\n--wait\n--poll\n--wait-timeout\n--min-seconds\n--failed-rows\n--no-ledger\n--encoding\n--from\n--text\n--template\n--var\n--var-file\n--voice-file\n--voice\n--play-times\n--volume\n--schedule\n--operation\n--param' -- "$current")) ;;
            /call/status) COMPREPLY=($(compgen -W $'--product\n--date\n--wait\n--poll\n--wait-timeout\n--min-seconds\n--reconcile\n--to' -- "$current")) ;;
            /call/list) COMPREPLY=($(compgen -W $'--forget' -- "$current")) ;;
            /call/cancel) COMPREPLY=($(compgen -W $'--product\n--date\n--hang-up' -- "$current")) ;;
            /call/listen) COMPREPLY=($(compgen -W $'--port\n--host\n--path\n--public-url\n--count\n--max-seconds' -- "$current")) ;;
            /recording) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /recording/list) COMPREPLY=($(compgen -W $'--call\n--since\n--product\n--date\n--param\n--wait\n--poll\n--wait-timeout' -- "$current")) ;;
            /recording/download) COMPREPLY=($(compgen -W $'--url\n--bucket\n--key\n--receipt\n--path\n-o\n--out\n--out-dir\n--if-exists\n--jobs\n--product\n--date\n--param\n--wait\n--poll\n--wait-timeout' -- "$current")) ;;
            /profile) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /profile/add) COMPREPLY=($(compgen -W $'--set\n--store\n--secret-stdin\n--secret-from' -- "$current")) ;;
            /profile/list) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /profile/show) COMPREPLY=($(compgen -W $'--origin' -- "$current")) ;;
            /profile/use) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /profile/test) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /profile/remove) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /profile/set) COMPREPLY=($(compgen -W $'--store\n--secret-stdin' -- "$current")) ;;
            /profile/rename) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /profile/import) COMPREPLY=($(compgen -W $'--only\n--store\n--allow-exec' -- "$current")) ;;
            /auth) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /auth/env) COMPREPLY=($(compgen -W $'--format' -- "$current")) ;;
            /auth/exec) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /token) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /token/inspect) COMPREPLY=($(compgen -W $'--min-ttl' -- "$current")) ;;
            /token/refresh) COMPREPLY=($(compgen -W $'--force' -- "$current")) ;;
            /token/print) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /sign) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /sign/debug) COMPREPLY=($(compgen -W $'--url\n-X\n--method\n-H\n--header\n--data\n--scheme\n--service\n--at\n--nonce\n--option\n--from\n--expect' -- "$current")) ;;
            /sign/explain) COMPREPLY=($(compgen -W $'--url\n-X\n--method\n-H\n--header\n--data\n--against\n--scheme\n--service\n--option' -- "$current")) ;;
            /sign/verify) COMPREPLY=($(compgen -W $'--url\n-X\n--method\n-H\n--header\n--data\n--scheme\n--service\n--option' -- "$current")) ;;
            /sign/curl) COMPREPLY=($(compgen -W $'--url\n-X\n--method\n-H\n--header\n--data\n--scheme\n--service\n--at\n--nonce\n--option\n--with-token' -- "$current")) ;;
            /gateway) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /gateway/serve) COMPREPLY=($(compgen -W $'--port\n--host\n--sandbox\n--env-file\n--fake-audio\n--no-limits\n--env\n--also\n--host-name\n--trusted-proxy\n--behind-proxy\n--tls-cert\n--tls-key\n--rules\n--rule-command\n--rule-webhook\n--redis\n--redis-keys\n--profile-limit\n--audio-dir\n--socket-mode\n--metrics-port\n--metrics-per-key\n--max-age\n--audit-days\n--audit-text\n--audit-failure' -- "$current")) ;;
            /gateway/key) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /gateway/key/issue) COMPREPLY=($(compgen -W $'--name\n--team\n--env\n--tags\n--profiles\n--models\n--voices\n--allow-ips\n--rpm\n--burst\n--concurrency\n--chars-hour\n--chars-day\n--expires\n--hmac' -- "$current")) ;;
            /gateway/key/list) COMPREPLY=($(compgen -W $'--max-age' -- "$current")) ;;
            /gateway/key/show) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /gateway/key/rotate) COMPREPLY=($(compgen -W $'--overlap\n--force' -- "$current")) ;;
            /gateway/key/disable) COMPREPLY=($(compgen -W $'--undo' -- "$current")) ;;
            /gateway/key/revoke) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /gateway/audit) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /gateway/audit/list) COMPREPLY=($(compgen -W $'--env\n--since\n--key\n--code\n--text\n--limit' -- "$current")) ;;
            /gateway/audit/export) COMPREPLY=($(compgen -W $'--env\n--since\n--key\n--code\n--text' -- "$current")) ;;
            /gateway/audit/deeds) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /gateway/audit/verify) COMPREPLY=($(compgen -W $'--env' -- "$current")) ;;
            /gateway/audit/purge) COMPREPLY=($(compgen -W $'--env\n--days' -- "$current")) ;;
            /gateway/rules) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /gateway/rules/check) COMPREPLY=($(compgen -W $'--text\n--emotion\n--language' -- "$current")) ;;
            /gateway/voice) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /gateway/voice/add) COMPREPLY=($(compgen -W $'--consent' -- "$current")) ;;
            /gateway/voice/list) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /gateway/voice/remove) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /cache) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /cache/stats) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /cache/clear) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /api) COMPREPLY=($(compgen -W $'--data\n-o\n--out\n--api-version' -- "$current")) ;;
            /plugin) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /plugin/list) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /completion) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /doctor) COMPREPLY=($(compgen -W $'--secrets\n--network' -- "$current")) ;;
            /help) COMPREPLY=($(compgen -W $'' -- "$current")) ;;
            /say) COMPREPLY=($(compgen -W $'-f\n--file\n--encoding\n-o\n--format\n--subtitles\n--if-exists\n--play\n--jobs\n--live\n--estimate\n--max-characters\n--max-cost\n--no-cache\n--no-store\n-v\n--voice\n--lang\n--engine\n--model\n--rate\n--pitch\n--volume\n--emotion\n--style\n--sample-rate\n--ssml\n--allow-remote-audio\n--param' -- "$current")) ;;
        esac
        COMPREPLY+=($(compgen -W $'-p\n--profile\n--vendor\n--region\n--endpoint-url\n-O\n--output\n--query\n--debug-file\n--log-file\n--timeout\n--connect-timeout\n--retries\n--max-bytes\n--ca-bundle\n--allow-host\n--color\n-q\n--quiet\n--verbose\n--debug\n--no-input\n-y\n--yes\n--allow-http\n--allow-private\n--version\n-n\n--dry-run\n-h\n--help' -- "$current"))
        return
    fi
    case $path in
        "") COMPREPLY=($(compgen -W $'tts\ncall\nrecording\nprofile\nauth\ntoken\nsign\ngateway\ncache\napi\nplugin\ncompletion\ndoctor\nhelp\nsay' -- "$current")) ;;
        "/tts") COMPREPLY=($(compgen -W $'say\nbatch\nvoices' -- "$current")) ;;
        /tts/batch) : ;;
        "/call") COMPREPLY=($(compgen -W $'create\nbatch\nstatus\nlist\ncancel\nlisten' -- "$current")) ;;
        /call/batch) : ;;
        "/recording") COMPREPLY=($(compgen -W $'list\ndownload' -- "$current")) ;;
        "/profile") COMPREPLY=($(compgen -W $'add\nlist\nshow\nuse\ntest\nremove\nset\nrename\nimport' -- "$current")) ;;
        /profile/show) _voicectl_kept profiles "$current" ;;
        /profile/use) _voicectl_kept profiles "$current" ;;
        /profile/test) _voicectl_kept profiles "$current" ;;
        /profile/remove) _voicectl_kept profiles "$current" ;;
        /profile/set) _voicectl_kept profiles "$current" ;;
        /profile/rename) _voicectl_kept profiles "$current" ;;
        /profile/import) COMPREPLY=($(compgen -W $'local\naws\naliyun\nvolcengine\ntencent\ntwilio\nemotivoice\nopenai' -- "$current")) ;;
        "/auth") COMPREPLY=($(compgen -W $'env\nexec' -- "$current")) ;;
        "/token") COMPREPLY=($(compgen -W $'inspect\nrefresh\nprint' -- "$current")) ;;
        "/sign") COMPREPLY=($(compgen -W $'debug\nexplain\nverify\ncurl' -- "$current")) ;;
        /sign/explain) : ;;
        /sign/verify) : ;;
        "/gateway") COMPREPLY=($(compgen -W $'serve\nkey\naudit\nrules\nvoice' -- "$current")) ;;
        "/gateway/key") COMPREPLY=($(compgen -W $'issue\nlist\nshow\nrotate\ndisable\nrevoke' -- "$current")) ;;
        "/gateway/audit") COMPREPLY=($(compgen -W $'list\nexport\ndeeds\nverify\npurge' -- "$current")) ;;
        "/gateway/rules") COMPREPLY=($(compgen -W $'check' -- "$current")) ;;
        /gateway/rules/check) : ;;
        "/gateway/voice") COMPREPLY=($(compgen -W $'add\nlist\nremove' -- "$current")) ;;
        /gateway/voice/add) _voicectl_kept voices "$current" ;;
        "/cache") COMPREPLY=($(compgen -W $'stats\nclear' -- "$current")) ;;
        "/plugin") COMPREPLY=($(compgen -W $'list' -- "$current")) ;;
    esac
}

_voicectl() {
    local current previous= path= word head last=-1 i
    local IFS=$'\n'
    local -a words=()
    # Bash cuts words at = and : too; here they are whole again.
    for word in "${COMP_WORDS[@]:0:COMP_CWORD + 1}"; do
        if ((last > 0)) && [[ $word == [=:]* || ${words[last]} == *[=:] ]] &&
            [[ $COMP_LINE == *"${words[last]}$word"* ]]; then
            words[last]+=$word
        else
            words[++last]=$word
        fi
    done
    current=${words[last]}
    for ((i = 1; i < last; i++)); do
        word=${words[i]}
        previous=
        case $path/$word in
            /tts | /tts/say | /tts/batch | /tts/voices | /call | /call/create | /call/batch | /call/status | /call/list | /call/cancel | /call/listen | /recording | /recording/list | /recording/download | /profile | /profile/add | /profile/list | /profile/show | /profile/use | /profile/test | /profile/remove | /profile/set | /profile/rename | /profile/import | /auth | /auth/env | /auth/exec | /token | /token/inspect | /token/refresh | /token/print | /sign | /sign/debug | /sign/explain | /sign/verify | /sign/curl | /gateway | /gateway/serve | /gateway/key | /gateway/key/issue | /gateway/key/list | /gateway/key/show | /gateway/key/rotate | /gateway/key/disable | /gateway/key/revoke | /gateway/audit | /gateway/audit/list | /gateway/audit/export | /gateway/audit/deeds | /gateway/audit/verify | /gateway/audit/purge | /gateway/rules | /gateway/rules/check | /gateway/voice | /gateway/voice/add | /gateway/voice/list | /gateway/voice/remove | /cache | /cache/stats | /cache/clear | /api | /plugin | /plugin/list | /completion | /doctor | /help | /say) path=$path/$word ;;
            *) previous=$word ;;
        esac
        [[ $word == "--" ]] && return
        case $word in
            --against | --allow-host | --allow-ips | --also | --api-version | --at | --audio-dir | --audit-days | --audit-failure | --batch | --bucket | --burst | --ca-bundle | --call | --chars-day | --chars-hour | --code | --color | --concurrency | --connect-timeout | --consent | --count | --data | --date | --days | --debug-file | --emotion | --encoding | --endpoint-url | --engine | --env | --env-file | --expect | --expires | --failed-rows | --fake-audio | --file | --format | --from | --header | --host | --host-name | --idempotency-key | --if-exists | --jobs | --key | --lang | --language | --limit | --log-file | --max-age | --max-bytes | --max-characters | --max-cost | --max-seconds | --method | --metrics-file | --metrics-port | --min-seconds | --min-ttl | --model | --models | --name | --nonce | --on-limit | --only | --operation | --option | --out | --out-dir | --out-id | --output | --overlap | --param | --path | --pitch | --play-times | --poll | --port | --product | --profile | --profile-limit | --profiles | --public-url | --query | --rate | --rate-limit | --rate-limit-store | --receipt | --redis | --region | --retries | --rpm | --rule-command | --rule-webhook | --rules | --sample-rate | --schedule | --scheme | --secret-from | --service | --set | --shard | --since | --socket-mode | --store | --style | --subtitles | --tags | --team | --template | --text | --timeout | --tls-cert | --tls-key | --to | --trusted-proxy | --url | --var | --var-file | --vendor | --voice | --voice-file | --voices | --volume | --wait-timeout | -H | -O | -X | -f | -o | -p | -v) ((i + 1 < last)) && ((i++)) && previous= ;;
        esac
    done
    if [[ $current == --*=* ]]; then
        previous=${current%%=*} current=${current#*=}
    fi
    COMPREPLY=()
    _voicectl_offers
    # What was typed up to a = or : is a word of its own for bash, and stays.
    head=${current%"${current##*[=:]}"}
    for i in "${!COMPREPLY[@]}"; do
        COMPREPLY[i]=${COMPREPLY[i]#"$head"}
    done
}

complete -o default -F _voicectl voicectl
