set -eu
voicectl gateway serve --sandbox --port 0 --fake-audio tone --env-file sandbox.env > sandbox.log &
sandbox=$!
trap 'kill $sandbox' EXIT
until [ -s sandbox.env ]; do kill -0 $sandbox; sleep 0.1; done
. ./sandbox.env                                 # keys that everybody knows, and where the sandbox listens

voicectl token print --vendor aliyun > token    # a token, made by a signed request
voicectl tts say --vendor aliyun "The build is green" -o green.wav

id=$(voicectl call create --vendor volcengine --to 13800138000 --text "The build is red" \
  --param NumberPoolNo=NP000001 --yes --wait --poll 0.5 --query id -O text)
voicectl recording download "$id" -o call.wav   # what was said in the call that has just ended

# A parameter that nobody signed: what does the vendor say, and why?
voicectl sign curl --vendor aws --service polly \
  --url "$VOICECTL_ENDPOINT_URL/v1/voices?LanguageCode=en-GB" > good.sh
sed 's/LanguageCode=en-GB/&\&Engine=neural/' good.sh > wrong.sh
sh wrong.sh > answer.json
voicectl sign explain wrong.sh --against answer.json --vendor aws -O text || [ $? -eq 3 ]
