#!/usr/bin/env bash
# The node: first process of the cluster's namespaces, started by cluster.sh. When it ends, everything in them ends.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

NODE_IP=192.168.231.1
PODS=10.244.0.0/16
SERVICES=10.96.0.0/16
API="https://$NODE_IP:6443"
LOG="$CLUSTER/log"
SETTINGS="$CLUSTER/settings"

# containers and kubelet share mounts, and write to folders of the machine
mount --make-rshared /
for folder in /run /var/log "${COVERED[@]}"; do mount -t tmpfs tmpfs "$folder"; done
mkdir -p /run/lock "$SETTINGS" "$CLUSTER/kubelet"
: >"$SETTINGS/resolv.conf"
mount --bind "$SETTINGS/resolv.conf" /etc/resolv.conf # there is no way out

ip link set lo up
ip link add node0 type veth peer name node1 # a device for the node's own address
ip address add "$NODE_IP/32" dev node0
ip link set node0 up
ip link set node1 up
ip route add default dev node0
echo 1 >/proc/sys/net/ipv4/ip_forward

token="$(openssl rand -hex 24)"
(umask 077 && openssl genrsa -out "$SETTINGS/accounts.key" 2048 2>/dev/null)
(umask 077 && echo "$token,admin,admin,system:masters" >"$SETTINGS/tokens.csv")
(umask 077 && cat >"$CLUSTER/kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters:
  - { name: test, cluster: { server: "$API", certificate-authority: $SETTINGS/apiserver.crt } }
users:
  - { name: admin, user: { token: $token } }
contexts:
  - { name: test, context: { cluster: test, user: admin } }
current-context: test
YAML
)

cat >"$SETTINGS/containerd.toml" <<TOML
version = 2
root = "$IMAGES"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/$PAUSE_IMAGE"
  netns_mounts_under_state_dir = true
  # where CAP_SYS_RESOURCE is missing, no pod starts otherwise
  restrict_oom_score_adj = true
  disable_apparmor = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "$CNI_PROGRAMS"
  conf_dir = "$SETTINGS/cni"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
TOML

# every packet between pods is routed by the node, so its filters see it; a bridge would need br_netfilter for that
mkdir -p "$SETTINGS/cni"
cat >"$SETTINGS/cni/pods.conflist" <<JSON
{
  "cniVersion": "0.4.0",
  "name": "pods",
  "plugins": [
    {
      "type": "ptp",
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni",
        "ranges": [[{ "subnet": "${PODS%.0.0/16}.0.0/24" }]],
        "routes": [{ "dst": "0.0.0.0/0" }]
      }
    },
    { "type": "portmap", "capabilities": { "portMappings": true } }
  ]
}
JSON

cat >"$SETTINGS/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: { anonymous: { enabled: true }, webhook: { enabled: false } }
authorization: { mode: AlwaysAllow }
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
enforceNodeAllocatable: []
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
resolvConf: $SETTINGS/resolv.conf
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
volumePluginDir: /run/kubelet-plugins
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: { memory.available: 200Mi, nodefs.available: 1Gi, imagefs.available: 1Gi }
YAML

start() { # start NAME PROGRAM ARGUMENT...
    local name="$1"
    shift
    "$@" >"$LOG/$name.log" 2>&1 &
}

api_answers() { curl -sf --max-time 2 --cacert "$SETTINGS/apiserver.crt" -H "Authorization: Bearer $token" "$API/readyz" >/dev/null; }

start etcd etcd --data-dir /run/etcd --listen-client-urls http://127.0.0.1:2379 \
    --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380
start containerd containerd --config "$SETTINGS/containerd.toml"
start apiserver "$KUBERNETES/kube-apiserver" --etcd-servers http://127.0.0.1:2379 --cert-dir "$SETTINGS" \
    --advertise-address "$NODE_IP" --service-cluster-ip-range "$SERVICES" --allow-privileged \
    --token-auth-file "$SETTINGS/tokens.csv" --authorization-mode RBAC \
    --kubelet-preferred-address-types InternalIP \
    --service-account-issuer https://kubernetes.default.svc \
    --service-account-key-file "$SETTINGS/accounts.key" --service-account-signing-key-file "$SETTINGS/accounts.key"
for _ in $(seq 240); do
    if api_answers; then break; fi
    sleep 0.25
done
api_answers # the shell ends here if it does not

start controllers "$KUBERNETES/kube-controller-manager" --kubeconfig "$CLUSTER/kubeconfig" --leader-elect=false \
    --service-account-private-key-file "$SETTINGS/accounts.key" --root-ca-file "$SETTINGS/apiserver.crt" \
    --cert-dir /run/controllers
start scheduler "$KUBERNETES/kube-scheduler" --kubeconfig "$CLUSTER/kubeconfig" --leader-elect=false \
    --cert-dir /run/scheduler
start kubelet "$KUBERNETES/kubelet" --config "$SETTINGS/kubelet.yaml" --kubeconfig "$CLUSTER/kubeconfig" \
    --root-dir "$CLUSTER/kubelet" --cert-dir /run/kubelet --hostname-override node --node-ip "$NODE_IP"
start proxy "$KUBERNETES/kube-proxy" --kubeconfig "$CLUSTER/kubeconfig" --proxy-mode iptables --cluster-cidr "$PODS" \
    --hostname-override node --conntrack-max-per-core 0 --conntrack-tcp-timeout-established 0 \
    --conntrack-tcp-timeout-close-wait 0

# The enforcer of network policies reads the first packet of every connection from this queue. It would add the rule
# itself, but in a way that not every kernel supports. Without the rule nothing passes.
iptables -t mangle -A FORWARD -m conntrack --ctstate NEW -j NFQUEUE --queue-num 100
account=/var/run/secrets/kubernetes.io/serviceaccount # it believes to be in a pod
mkdir -p "$account"
(umask 077 && printf '%s' "$token" >"$account/token")
ln -s "$SETTINGS/apiserver.crt" "$account/ca.crt"
start policies env KUBERNETES_SERVICE_HOST="$NODE_IP" KUBERNETES_SERVICE_PORT=6443 "$POLICIES/cmd" \
    --hostname-override node --nfqueue-id 100 --metrics-bind-address 127.0.0.1:9080 --netfilter-bug-1766-fix=false

status=0
wait -n || status=$?
echo "one of the node's programs ended with $status"
exit 1
