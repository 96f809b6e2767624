#!/usr/bin/env bash
# image.sh IMAGE DIGEST: prints TF_VAR_docker_image=… for the image to run. By digest, so that a plan says exactly what
# will run. Where nothing was built, it is the one that was pushed last.
set -euo pipefail
image=$1 digest=$2

if [ -z "$digest" ]; then
  digest=$(docker buildx imagetools inspect "$image:latest" --format '{{json .Manifest}}' | jq -re .digest)
fi
echo "TF_VAR_docker_image=$image@$digest"
