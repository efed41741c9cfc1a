# Sourced by the scripts in this folder: paths. What the container tests already define comes from there.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

OFFLINE_NODE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source-path=SCRIPTDIR source=../../containers/lib.sh
. "$OFFLINE_NODE/../../containers/lib.sh"

KUBERNETES_VERSION=v1.34.4
COREDNS_VERSION=v1.14.3
POLICIES_VERSION=v0.7.0
CNI_PROGRAMS=/usr/lib/cni # where Debian's package puts them

K8S="$(dirname "$CACHE")/k8s"
KUBERNETES="$K8S/kubernetes-$KUBERNETES_VERSION"
COREDNS="$K8S/coredns-$COREDNS_VERSION"
POLICIES="$K8S/kube-network-policies-$POLICIES_VERSION"
IMAGES="$K8S/containerd" # the images that a cluster runs, kept between clusters
CLUSTER="$K8S/cluster"   # one cluster: its keys, logs and process id
COVERED=(/var/lib/cni /var/lib/kubelet) # of the machine, which programs of the node insist on: hidden inside
PAUSE_IMAGE=mailtide-test/pause:1
DNS_IMAGE="mailtide-test/coredns:1"
mkdir -p "$K8S"
