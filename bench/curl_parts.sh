#!/bin/bash
# The floor that a client can be measured against: curl sends the files of a
# folder (one for each part, split beforehand) as the parts of one object, four
# at once, without hashing a byte. Not a tool: it retries and checks nothing.
#
#   curl_parts.sh FOLDER BUCKET KEY    with AWS_ENDPOINT_URL_S3 and the keys in the environment
set -euo pipefail
export folder=$1 url=$AWS_ENDPOINT_URL_S3/$2/$3

request() {
    # The keys by a descriptor: an argument list is everybody's to read.
    curl -sSf --aws-sigv4 "aws:amz:us-east-1:s3" -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" \
        -K <(printf 'user = "%s:%s"\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY") "$@"
}
send_part() {
    local number=$((10#$1))
    request -T "$folder/$1" -o /dev/null -D - "$url?partNumber=$number&uploadId=$id" |
        sed -n 's/^[Ee][Tt]ag: *\(.*\)\r$/'"$number"' \1/p'
}
export -f request send_part
id=$(request -X POST "$url?uploads=" | sed 's/.*<UploadId>\(.*\)<\/UploadId>.*/\1/')
export id
parts=$(find "$folder" -type f -printf '%f\n' | sort | xargs -P 4 -I N bash -c 'send_part N' | sort -n)
{
    printf '<CompleteMultipartUpload>'
    while read -r number etag; do
        printf '<Part><PartNumber>%s</PartNumber><ETag>%s</ETag></Part>' "$number" "$etag"
    done <<<"$parts"
    printf '</CompleteMultipartUpload>'
} | request -X POST --data-binary @- -o /dev/null "$url?uploadId=$id"
