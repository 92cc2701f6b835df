# fish completion for voicectl, made from its command tree. It never starts the program.
# Keep it: voicectl completion fish > ~/.config/fish/completions/voicectl.fish

function __voicectl_kept
    set -l cache $HOME/.cache
    set -q XDG_CACHE_HOME; and set cache $XDG_CACHE_HOME
    set cache $cache/voicectl
    test (uname) = Darwin; and set cache $HOME/Library/Caches/voicectl
    set -q VOICECTL_CACHE_DIR; and set cache $VOICECTL_CACHE_DIR
    test -r $cache/complete/$argv[1]; and cat $cache/complete/$argv[1]
end

function __voicectl_place
    set -l place ''
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case --against --allow-host --at --ca-bundle --color --connect-timeout --data --debug-file --emotion --encoding --endpoint-url --engine --expect --file --format --from --header --if-exists --lang --log-file --max-bytes --method --min-ttl --model --nonce --only --option --output --param --pitch --profile --query --rate --region --retries --sample-rate --scheme --secret-from --service --set --store --style --timeout --url --vendor --voice --volume -H -O -X -f -o -p -v
                set skip 1
                continue
        end
        switch "$place/$word"
            case /tts /tts/say /tts/voices /profile /profile/add /profile/list /profile/show /profile/use /profile/test /profile/remove /profile/set /profile/rename /profile/import /auth /auth/env /auth/exec /token /token/inspect /token/refresh /token/print /sign /sign/debug /sign/explain /sign/verify /sign/curl /plugin /plugin/list /completion /doctor /say
                set place "$place/$word"
        end
    end
    echo $place
end

function __voicectl_at
    test "$(__voicectl_place)" = "$argv[1]"
end

complete -c voicectl -f
complete -c voicectl -n '__voicectl_at ""' -a tts -d 'Speak text: say, voices.'
complete -c voicectl -n '__voicectl_at ""' -a profile -d 'Accounts: add, list, show, set, use, rename, remove, test.'
complete -c voicectl -n '__voicectl_at ""' -a auth -d 'Keys for other programs: env, exec.'
complete -c voicectl -n '__voicectl_at ""' -a token -d 'Short-lived tokens: inspect, refresh, print.'
complete -c voicectl -n '__voicectl_at ""' -a sign -d 'Signatures: debug, explain, verify, curl.'
complete -c voicectl -n '__voicectl_at ""' -a plugin -d 'What other packages bring: list.'
complete -c voicectl -n '__voicectl_at ""' -a completion -d 'Completion for bash, zsh or fish.'
complete -c voicectl -n '__voicectl_at ""' -a doctor -d 'What is wrong here, and what to do about it.'
complete -c voicectl -n '__voicectl_at ""' -a say -d 'Short form of `tts say`.'
complete -c voicectl -s p -l profile -x -a '(__voicectl_kept profiles)' -d 'Use this profile.'
complete -c voicectl -l vendor -x -a 'local aws aliyun volcengine tencent twilio emotivoice openai' -d 'Use this vendor, with keys from its own variables.'
complete -c voicectl -l region -x  -d 'The vendor\'s region.'
complete -c voicectl -l endpoint-url -x  -d 'Send all requests there instead.'
complete -c voicectl -s O -l output -x -a 'auto text table json jsonl csv' -d 'How results are printed: auto, text, table, json, jsonl, csv.'
complete -c voicectl -l query -x  -d 'Print only this part of the result.'
complete -c voicectl -l debug-file -r -F -d 'Write debug lines there.'
complete -c voicectl -l log-file -r -F -d 'Append one JSON line a vendor request.'
complete -c voicectl -l timeout -x  -d 'Longest silence on the wire, in seconds (30).'
complete -c voicectl -l connect-timeout -x  -d 'Longest time to connect, in seconds (10).'
complete -c voicectl -l retries -x  -d 'Repeat safe requests this often (2).'
complete -c voicectl -l max-bytes -x  -d 'Refuse sound that is longer than this (2 GiB).'
complete -c voicectl -l ca-bundle -r -F -d 'Trust these certificates instead of the system\'s.'
complete -c voicectl -l allow-host -x  -d 'Let a stored key go to this host as well.'
complete -c voicectl -l color -x -a 'auto always never' -d 'Colours: auto, always, never.'
complete -c voicectl -s q -l quiet -d 'Print results and errors only.'
complete -c voicectl -l verbose -d 'Say more about what is done.'
complete -c voicectl -l debug -d 'Show requests and tracebacks, without secrets.'
complete -c voicectl -l no-input -d 'Never ask; name the missing flag instead.'
complete -c voicectl -s y -l yes -d 'Answer yes to every question.'
complete -c voicectl -l allow-http -d 'Accept http:// to other machines; bearer keys still refuse.'
complete -c voicectl -l allow-private -d 'Fetch sound from private addresses that an answer names.'
complete -c voicectl -l version -d 'Print the version.'
complete -c voicectl -s n -l dry-run -d 'Show the requests that would be sent, and send nothing.'
complete -c voicectl -s h -l help -d 'Show this message and exit.'
complete -c voicectl -n '__voicectl_at "/tts"' -a say -d 'Speak text into a file, or aloud.'
complete -c voicectl -n '__voicectl_at "/tts"' -a voices -d 'List the voices there are to speak with.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -s f -l file -r -F -d 'Read it there; - is stdin.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l encoding -x  -d 'The text\'s encoding, if not UTF-8.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -s o -r -F -d 'Write the sound there; - is stdout.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l format -x -a 'aac flac mp3 ogg opus pcm wav' -d 'wav, mp3, pcm, ogg, opus, flac: else by the suffix.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l sample-rate -x  -d 'Samples a second.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -s v -l voice -x -a '(__voicectl_kept voices)' -d 'See `tts voices`.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l lang -x  -d 'The text\'s language: en, zh, pt-BR.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l engine -l model -x  -d 'The vendor\'s engine or model.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l rate -x  -d '1.2, +10%, or 180wpm: words a minute.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l pitch -x  -d 'Higher or lower: +2, -3, +10%.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l volume -x  -d 'Loudness: 0.5, -20%.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l emotion -x  -d 'A feeling that the voice knows: happy, sad.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l style -x  -d 'How to speak, in your own words.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l ssml -d 'The text is SSML markup.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l allow-remote-audio -d 'Let the markup name sound that lies elsewhere.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l param -x  -d 'A parameter of this vendor; repeatable.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l if-exists -x -a 'overwrite error skip' -d 'What to do about a file that is there.'
complete -c voicectl -n '__voicectl_at "/tts/say"' -l play -d 'Play it, also where stdout is no terminal.'
complete -c voicectl -n '__voicectl_at "/tts/voices"' -l lang -x  -d 'Only voices that speak it: zh, en-GB.'
complete -c voicectl -n '__voicectl_at "/profile"' -a add -d 'Store an account of the vendor that --vendor names; its secrets never come from the command line.'
complete -c voicectl -n '__voicectl_at "/profile"' -a list -d 'Show all accounts, and where each secret rests.'
complete -c voicectl -n '__voicectl_at "/profile"' -a show -d 'Show one account, without its secrets.'
complete -c voicectl -n '__voicectl_at "/profile"' -a use -d 'Make an account the one that is used where none is named.'
complete -c voicectl -n '__voicectl_at "/profile"' -a test -d 'Ask the vendor whose the keys are, by one signed call that costs nothing.'
complete -c voicectl -n '__voicectl_at "/profile"' -a remove -d 'Forget an account and its secrets.'
complete -c voicectl -n '__voicectl_at "/profile"' -a set -d 'Change fields of an account: region, endpoint.SERVICE, price.per_million and those of its vendor.'
complete -c voicectl -n '__voicectl_at "/profile"' -a rename -d 'Give an account another name; its secrets go with it.'
complete -c voicectl -n '__voicectl_at "/profile"' -a import -d 'Copy the keys that a vendor\'s own tools keep in plain files; those files are not changed.'
complete -c voicectl -n '__voicectl_at "/profile/add"' -l set -x  -d 'A field that is no secret.'
complete -c voicectl -n '__voicectl_at "/profile/add"' -l store -x -a 'keyring file' -d 'Where secrets rest; a file is plain text, 0600.'
complete -c voicectl -n '__voicectl_at "/profile/add"' -l secret-stdin -d 'Read the one secret, or field=value lines, from stdin.'
complete -c voicectl -n '__voicectl_at "/profile/add"' -l secret-from -x  -d 'Read the secret there each time; JSON with id and token counts whole.'
complete -c voicectl -n '__voicectl_at "/profile/show"' -a '(__voicectl_kept profiles)'
complete -c voicectl -n '__voicectl_at "/profile/show"' -l origin -d 'Show what holds for a command, and where each field is from.'
complete -c voicectl -n '__voicectl_at "/profile/use"' -a '(__voicectl_kept profiles)'
complete -c voicectl -n '__voicectl_at "/profile/test"' -a '(__voicectl_kept profiles)'
complete -c voicectl -n '__voicectl_at "/profile/remove"' -a '(__voicectl_kept profiles)'
complete -c voicectl -n '__voicectl_at "/profile/set"' -a '(__voicectl_kept profiles)'
complete -c voicectl -n '__voicectl_at "/profile/set"' -l store -x -a 'keyring file' -d 'Where the new secrets rest; else where they did.'
complete -c voicectl -n '__voicectl_at "/profile/set"' -l secret-stdin -d 'Read the one secret, or field=value lines, from stdin.'
complete -c voicectl -n '__voicectl_at "/profile/rename"' -a '(__voicectl_kept profiles)'
complete -c voicectl -n '__voicectl_at "/profile/import"' -a 'local aws aliyun volcengine tencent twilio emotivoice openai'
complete -c voicectl -n '__voicectl_at "/profile/import"' -l only -x  -d 'Take this account; repeatable.'
complete -c voicectl -n '__voicectl_at "/profile/import"' -l store -x -a 'keyring file' -d 'Where secrets rest; a file is plain text, 0600.'
complete -c voicectl -n '__voicectl_at "/profile/import"' -l allow-exec -d 'Take programs that print keys as well; they run when needed.'
complete -c voicectl -n '__voicectl_at "/auth"' -a env -d 'Print an account\'s keys as the variables that its vendor\'s own tools read.'
complete -c voicectl -n '__voicectl_at "/auth"' -a exec -d 'Run a program with an account\'s keys in its environment, and there only.'
complete -c voicectl -n '__voicectl_at "/auth/env"' -l format -x -a 'aac flac mp3 ogg opus pcm wav' -d 'For whom it is written.'
complete -c voicectl -n '__voicectl_at "/token"' -a inspect -d 'Show what is known of the token at hand, but not the token; nothing is sent.'
complete -c voicectl -n '__voicectl_at "/token"' -a refresh -d 'Have a new token made where the one at hand is missing or stale, and show what is known of it.'
complete -c voicectl -n '__voicectl_at "/token"' -a print -d 'Print the token itself for another program, renewed first if it is stale.'
complete -c voicectl -n '__voicectl_at "/token/inspect"' -l min-ttl -x  -d 'Exit 3 if it lives shorter: 90s, 10m, 2h, 1d.'
complete -c voicectl -n '__voicectl_at "/token/refresh"' -l force -d 'Also where the token at hand lives on.'
complete -c voicectl -n '__voicectl_at "/sign"' -a debug -d 'Sign a request, show every step, and send nothing.'
complete -c voicectl -n '__voicectl_at "/sign"' -a explain -d 'Say why the signature of a request is wrong.'
complete -c voicectl -n '__voicectl_at "/sign"' -a verify -d 'Say whether the signature of a request is right; exit 3 if it is not.'
complete -c voicectl -n '__voicectl_at "/sign"' -a curl -d 'Print a curl command that sends the signed request; tokens stay in the vendor\'s own variables.'
complete -c voicectl -n '__voicectl_at "/sign/debug"' -l url -x  -d 'What is requested; taken as it stands.'
complete -c voicectl -n '__voicectl_at "/sign/debug"' -s X -l method -x  -d 'GET, or POST with --data.'
complete -c voicectl -n '__voicectl_at "/sign/debug"' -s H -l header -x  -d 'A header line.'
complete -c voicectl -n '__voicectl_at "/sign/debug"' -l data -x  -d 'The body.'
complete -c voicectl -n '__voicectl_at "/sign/debug"' -l scheme -x -a 'aws-sigv4 aws-sigv4-query aws-sigv4-s3 aliyun-rpc-v1 aliyun-acs3 aliyun-oss-v1 aliyun-oss-v4 volcengine-v4 volcengine-v4-query tos4 tencent-tc3 bearer basic youdao-v3 gateway-hmac' -d 'The scheme; else the profile\'s own.'
complete -c voicectl -n '__voicectl_at "/sign/debug"' -l service -x  -d 'The service\'s name in the scope.'
complete -c voicectl -n '__voicectl_at "/sign/debug"' -l at -x  -d 'When it is signed: 2026-01-02T03:04:05Z.'
complete -c voicectl -n '__voicectl_at "/sign/debug"' -l nonce -x  -d 'The nonce, where the scheme has one.'
complete -c voicectl -n '__voicectl_at "/sign/debug"' -l option -x  -d 'An option of the scheme.'
complete -c voicectl -n '__voicectl_at "/sign/debug"' -l from -r -F -d 'A case, or a list of cases, as JSON.'
complete -c voicectl -n '__voicectl_at "/sign/debug"' -l expect -x  -d 'Exit 3 unless it comes out.'
complete -c voicectl -n '__voicectl_at "/sign/explain"' -F
complete -c voicectl -n '__voicectl_at "/sign/explain"' -l url -x  -d 'What is requested; taken as it stands.'
complete -c voicectl -n '__voicectl_at "/sign/explain"' -s X -l method -x  -d 'GET, or POST with --data.'
complete -c voicectl -n '__voicectl_at "/sign/explain"' -s H -l header -x  -d 'A header line.'
complete -c voicectl -n '__voicectl_at "/sign/explain"' -l data -x  -d 'The body.'
complete -c voicectl -n '__voicectl_at "/sign/explain"' -l against -r -F -d 'What the server answered.'
complete -c voicectl -n '__voicectl_at "/sign/explain"' -l scheme -x -a 'aws-sigv4 aws-sigv4-query aws-sigv4-s3 aliyun-rpc-v1 aliyun-acs3 aliyun-oss-v1 aliyun-oss-v4 volcengine-v4 volcengine-v4-query tos4 tencent-tc3 bearer basic youdao-v3 gateway-hmac' -d 'The scheme; else the profile\'s own.'
complete -c voicectl -n '__voicectl_at "/sign/explain"' -l service -x  -d 'The service\'s name in the scope.'
complete -c voicectl -n '__voicectl_at "/sign/explain"' -l option -x  -d 'An option of the scheme.'
complete -c voicectl -n '__voicectl_at "/sign/verify"' -F
complete -c voicectl -n '__voicectl_at "/sign/verify"' -l url -x  -d 'What is requested; taken as it stands.'
complete -c voicectl -n '__voicectl_at "/sign/verify"' -s X -l method -x  -d 'GET, or POST with --data.'
complete -c voicectl -n '__voicectl_at "/sign/verify"' -s H -l header -x  -d 'A header line.'
complete -c voicectl -n '__voicectl_at "/sign/verify"' -l data -x  -d 'The body.'
complete -c voicectl -n '__voicectl_at "/sign/verify"' -l scheme -x -a 'aws-sigv4 aws-sigv4-query aws-sigv4-s3 aliyun-rpc-v1 aliyun-acs3 aliyun-oss-v1 aliyun-oss-v4 volcengine-v4 volcengine-v4-query tos4 tencent-tc3 bearer basic youdao-v3 gateway-hmac' -d 'The scheme; else the profile\'s own.'
complete -c voicectl -n '__voicectl_at "/sign/verify"' -l service -x  -d 'The service\'s name in the scope.'
complete -c voicectl -n '__voicectl_at "/sign/verify"' -l option -x  -d 'An option of the scheme.'
complete -c voicectl -n '__voicectl_at "/sign/curl"' -l url -x  -d 'What is requested; taken as it stands.'
complete -c voicectl -n '__voicectl_at "/sign/curl"' -s X -l method -x  -d 'GET, or POST with --data.'
complete -c voicectl -n '__voicectl_at "/sign/curl"' -s H -l header -x  -d 'A header line.'
complete -c voicectl -n '__voicectl_at "/sign/curl"' -l data -x  -d 'The body.'
complete -c voicectl -n '__voicectl_at "/sign/curl"' -l scheme -x -a 'aws-sigv4 aws-sigv4-query aws-sigv4-s3 aliyun-rpc-v1 aliyun-acs3 aliyun-oss-v1 aliyun-oss-v4 volcengine-v4 volcengine-v4-query tos4 tencent-tc3 bearer basic youdao-v3 gateway-hmac' -d 'The scheme; else the profile\'s own.'
complete -c voicectl -n '__voicectl_at "/sign/curl"' -l service -x  -d 'The service\'s name in the scope.'
complete -c voicectl -n '__voicectl_at "/sign/curl"' -l at -x  -d 'When it is signed: 2026-01-02T03:04:05Z.'
complete -c voicectl -n '__voicectl_at "/sign/curl"' -l nonce -x  -d 'The nonce, where the scheme has one.'
complete -c voicectl -n '__voicectl_at "/sign/curl"' -l option -x  -d 'An option of the scheme.'
complete -c voicectl -n '__voicectl_at "/sign/curl"' -l with-token -d 'Let a URL show the session token in it.'
complete -c voicectl -n '__voicectl_at "/plugin"' -a list -d 'Show the vendors and schemes that other packages bring, and whether each one works.'
complete -c voicectl -n '__voicectl_at "/doctor"' -l secrets -d 'Look for known secrets in our config, cache, state and logs.'
complete -c voicectl -n '__voicectl_at "/doctor"' -l network -d 'Ask the vendors\' services: name, TLS, clock, our address.'
complete -c voicectl -n '__voicectl_at "/say"' -s f -l file -r -F -d 'Read it there; - is stdin.'
complete -c voicectl -n '__voicectl_at "/say"' -l encoding -x  -d 'The text\'s encoding, if not UTF-8.'
complete -c voicectl -n '__voicectl_at "/say"' -s o -r -F -d 'Write the sound there; - is stdout.'
complete -c voicectl -n '__voicectl_at "/say"' -l format -x -a 'aac flac mp3 ogg opus pcm wav' -d 'wav, mp3, pcm, ogg, opus, flac: else by the suffix.'
complete -c voicectl -n '__voicectl_at "/say"' -l sample-rate -x  -d 'Samples a second.'
complete -c voicectl -n '__voicectl_at "/say"' -s v -l voice -x -a '(__voicectl_kept voices)' -d 'See `tts voices`.'
complete -c voicectl -n '__voicectl_at "/say"' -l lang -x  -d 'The text\'s language: en, zh, pt-BR.'
complete -c voicectl -n '__voicectl_at "/say"' -l engine -l model -x  -d 'The vendor\'s engine or model.'
complete -c voicectl -n '__voicectl_at "/say"' -l rate -x  -d '1.2, +10%, or 180wpm: words a minute.'
complete -c voicectl -n '__voicectl_at "/say"' -l pitch -x  -d 'Higher or lower: +2, -3, +10%.'
complete -c voicectl -n '__voicectl_at "/say"' -l volume -x  -d 'Loudness: 0.5, -20%.'
complete -c voicectl -n '__voicectl_at "/say"' -l emotion -x  -d 'A feeling that the voice knows: happy, sad.'
complete -c voicectl -n '__voicectl_at "/say"' -l style -x  -d 'How to speak, in your own words.'
complete -c voicectl -n '__voicectl_at "/say"' -l ssml -d 'The text is SSML markup.'
complete -c voicectl -n '__voicectl_at "/say"' -l allow-remote-audio -d 'Let the markup name sound that lies elsewhere.'
complete -c voicectl -n '__voicectl_at "/say"' -l param -x  -d 'A parameter of this vendor; repeatable.'
complete -c voicectl -n '__voicectl_at "/say"' -l if-exists -x -a 'overwrite error skip' -d 'What to do about a file that is there.'
complete -c voicectl -n '__voicectl_at "/say"' -l play -d 'Play it, also where stdout is no terminal.'
