#!/bin/bash
# Creates a bucket on a server of tools/rgw-up.sh, with nothing but curl, so that
# no test has to trust the client under test to do it.
#
#   tools/rgw-bucket.sh DIR BUCKET
set -euo pipefail
dir=${1:?usage: rgw-bucket.sh DIR BUCKET}
bucket=${2:?usage: rgw-bucket.sh DIR BUCKET}
# shellcheck disable=SC1091
source "$dir/s3.env"

# curl 7.88 signs the hash of an empty body only when it is told which it is.
readonly EMPTY_SHA256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
answer=$(curl -sS --max-time 30 --aws-sigv4 "aws:amz:us-east-1:s3" -X PUT -w '\n%{http_code}' \
    -H "x-amz-content-sha256: $EMPTY_SHA256" -K - "$AWS_ENDPOINT_URL_S3/$bucket" \
    <<<"user = \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\"")
if [ "${answer##*$'\n'}" != 200 ]; then
    echo "rgw-bucket: $bucket: ${answer//$'\n'/ }" >&2
    exit 1
fi
