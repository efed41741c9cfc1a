#!/usr/bin/env bash
# Provides the programs of a Kubernetes: from Debian's packages if they exist, else built once from the pinned sources on
# Go's module proxy.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

need go golang-go
need etcd etcd-server
need iptables iptables
need containerd containerd runc
need "$CNI_PROGRAMS/ptp" containernetworking-plugins

# build FOLDER MODULE VERSION PACKAGE...: programs of a module, with exactly the versions of others that it names
build() {
    local folder="$1" module="$2" version="$3" source origin
    shift 3
    [ ! -d "$folder" ] || return 0
    say "build $module $version (minutes, once)"
    source="$K8S/source-$(basename "$folder")"
    mkdir -p "$source"
    cd "$source"
    origin="$(timeout 600 go mod download -json "$module@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')"
    # Kubernetes replaces its own libraries by a folder that only its repository contains
    sed -E "s#=> \./staging/src/(\S+)#=> \1 v0.${version#v1.}#" "$origin/go.mod" >go.mod
    { cat "$origin/go.sum" && echo "${SUMS:-}"; } >go.sum
    go mod edit -module programs -require "$module@$version"
    # kubectl needs its own version to interpret the server's
    GOFLAGS="${GOFLAGS:-} -mod=mod" timeout 3000 nice go build -o out/ -trimpath \
        -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version" "$@" 2>build.log ||
        { tail -n 20 build.log >&2; exit 1; }
    mv out "$folder"
    rm -r "$source"
}

build "$KUBERNETES" k8s.io/kubernetes "$KUBERNETES_VERSION" \
    k8s.io/kubernetes/cmd/{kube-apiserver,kube-controller-manager,kube-scheduler,kubelet,kube-proxy,kubectl}
# its own image has no C library
CGO_ENABLED=0 build "$COREDNS" github.com/coredns/coredns "$COREDNS_VERSION" github.com/coredns/coredns
# the checksum database lacks these versions: these are the checksums of their first use here
export GONOSUMDB="${GONOSUMDB:+$GONOSUMDB,}sigs.k8s.io/kube-network-policies"
SUMS='sigs.k8s.io/kube-network-policies v0.7.0 h1:UmQnkPKpJ/KJReIpOarEAt3kyZvF44jXp4AWPG9czkY=
sigs.k8s.io/kube-network-policies v0.7.0/go.mod h1:cXd65p8ADtp3VJgsO7MvLvkcyZrcaZuum6tcF/3M8I4='
build "$POLICIES" sigs.k8s.io/kube-network-policies "$POLICIES_VERSION" sigs.k8s.io/kube-network-policies/cmd
