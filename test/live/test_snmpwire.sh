#!/bin/sh
# The SNMP wire against Debian's snmpd: v1, v2c and v3 with every protocol that
# net-snmp has, two users on one address, wrong keys, an agent that restarts
# and one that is replaced, and a crowd of silent devices.
# Prints TAP; exits 77 where snmpd is missing.

test "${BUSBAR_LIVE:-}" != no || { echo '1..0 # SKIP no live tests wanted'; exit 77; }
builddir=$(cd "${builddir:-.}" && pwd)
ask="$builddir/snmp_ask"
snmpd=$(PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v snmpd) || { echo '1..0 # SKIP no snmpd'; exit 77; }
test -x "$ask" || { echo '1..0 # SKIP no snmp_ask'; exit 77; }
dir=$(mktemp -d) || exit 99
pid=
trap 'test -z "$pid" || kill $pid; rm -rf "$dir"' EXIT
trap 'exit 99' HUP INT TERM
number=0 status=0

descr=1.3.6.1.2.1.1.1.0
uptime=1.3.6.1.2.1.1.3.0
writable=1.3.6.1.4.1.8072.9999.9999.7.0

ok() {
	number=$((number + 1))
	echo "ok $number - $1"
}

not_ok() {
	number=$((number + 1))
	status=1
	echo "not ok $number - $1"
	sed 's/^/# /' "$dir/out"
}

# asks TEXT PATTERN ARGUMENT...: snmp_ask prints a line that matches.
asks() {
	text=$1 pattern=$2
	shift 2
	"$ask" "$@" >"$dir/out" 2>&1 </dev/null
	if grep -E -q "$pattern" "$dir/out"; then ok "$text"; else not_ok "$text"; fi
}

# A port that is free for UDP and TCP, outside of those that the system gives to whoever asks.
free_port() {
	python3 -c '
import random, socket
while True:
    port = random.randrange(10000, 30000)
    try:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as s:
                s.bind(("127.0.0.1", port))
    except OSError:
        continue
    print(port)
    break'
}
port=$(free_port)
agent="udp:127.0.0.1:$port"

# start [ENGINE]: an snmpd that answers, within 30 s.  While it is not there yet
# the port refuses at once, so that tries alone are no measure of time.
start() {
	SNMP_PERSISTENT_DIR="$dir/state${1:-}" "$snmpd" -f -Lf "$dir/log" -C -c "$dir/conf${1:-}" >/dev/null 2>&1 &
	pid=$!
	began=$(date +%s)
	until "$ask" "$agent" timeout=1 retries=0 get $uptime >/dev/null 2>&1; do
		if [ $(($(date +%s) - began)) -ge 30 ] || ! kill -0 $pid; then
			echo "not ok - snmpd does not answer"
			sed 's/^/# /' "$dir/log"
			exit 99
		fi
		sleep 0.05
	done
}

stop() {
	kill $pid && wait $pid
	pid=
}

auths='MD5 SHA SHA-224 SHA-256 SHA-384 SHA-512'
privs='DES AES AES-192 AES-256 AES-192-C AES-256-C'

cat >"$dir/conf" <<END
agentAddress udp:127.0.0.1:$port,tcp:127.0.0.1:$port
rocommunity public
rwcommunity private
override -rw $writable integer 5
rouser plain noauth
createUser plain
rwuser writer auth
createUser writer SHA writersecret
END
for auth in $auths; do
	echo "rouser $auth auth"
	echo "createUser $auth $auth auth-secret"
	for priv in $privs; do
		echo "rouser $auth-$priv priv"
		echo "createUser $auth-$priv $auth auth-secret $priv priv-secret"
	done
done >>"$dir/conf"
sed 's/auth-secret/another-secret/' "$dir/conf" >"$dir/conf2"
mkdir "$dir/state" "$dir/state2"
start

for version in 1 2c; do
	asks "v$version: get" "^$uptime = [0-9]" "$agent" version=$version get $descr $uptime
	asks "v$version: a missing object spoils nothing" "^$uptime = [0-9]" "$agent" version=$version \
	    get 1.3.6.1.2.1.1.99.0 $uptime 1.3.6.1.2.1.1.98.0
	asks "v$version: walk" '^1.3.6.1.2.1.1.6.0 = ' "$agent" version=$version walk 1.3.6.1.2.1.1
	asks "v$version: set" '^result: 0' "$agent" version=$version write-community=private set $writable 6
	asks "v$version: what was set" "^$writable = 6" "$agent" version=$version get $writable
	asks "v$version: set back" '^result: 0' "$agent" version=$version write-community=private set $writable 5
	asks "v$version: not allowed to set" '^result: [28] the agent refuses' "$agent" version=$version set $writable 6
	asks "v$version: a wrong community times out" '^result: 9 no answer' "$agent" version=$version \
	    community=wrong timeout=0.3 retries=1 get $uptime
done
asks 'TCP' '^result: 0' "tcp:127.0.0.1:$port" walk 1.3.6.1.2.1.1
asks 'a name' '^result: 0' "udp4:localhost:$port" get $uptime
asks 'two columns' '^1.3.6.1.2.1.1.9.1.4.1 = ' "$agent" walk 1.3.6.1.2.1.1.9.1.3 1.3.6.1.2.1.1.9.1.4

asks 'v3: noAuthNoPriv' '^result: 0' "$agent" user=plain get $uptime
for auth in $auths; do
	asks "v3: $auth" '^result: 0' "$agent" user=$auth auth=$auth auth-secret=auth-secret get $uptime
	for priv in $privs; do
		asks "v3: $auth and $priv" '^result: 0' "$agent" user=$auth-$priv level=authPriv auth=$auth \
		    auth-secret=auth-secret priv=$priv priv-secret=priv-secret walk 1.3.6.1.2.1.1
	done
done
asks 'v3: set' '^result: 0' "$agent" user=writer auth-secret=writersecret set $writable 7
asks 'v3: over TCP' '^result: 0' "tcp:127.0.0.1:$port" user=writer auth-secret=writersecret get $writable
asks 'v3: an unknown user' '^result: 8 .*nobody.*does not know' "$agent" user=nobody auth-secret=auth-secret \
    get $uptime
asks 'v3: a wrong secret' '^result: 8 .*authentication failed' "$agent" user=SHA auth-secret=wrong-secret get $uptime
asks 'v3: a wrong protocol' '^result: 8 .*authentication failed' "$agent" user=SHA auth=MD5 auth-secret=auth-secret \
    get $uptime
asks 'v3: a level that the user has not' '^result: 8 .*level' "$agent" user=plain auth-secret=auth-secret get $uptime
asks 'v3: a wrong privacy secret' '^result: [89] ' "$agent" user=SHA-AES auth-secret=auth-secret \
    priv-secret=wrong-secret timeout=0.3 retries=1 get $uptime

# One process that goes on asking while the agent restarts (its boots are one
# more) and is then replaced (another engine ID, another secret elsewhere).
mkfifo "$dir/in"
"$ask" "$agent" user=writer auth-secret=writersecret timeout=0.5 retries=6 again $uptime <"$dir/in" >"$dir/again" 2>&1 &
again=$!
exec 4>"$dir/in"
results=0
# told TEXT: one more question to it is answered well within 10 s.
told() {
	results=$((results + 1))
	echo >&4
	for try in $(seq 100); do
		test "$(grep -c '^result:' "$dir/again")" -ge $results && break
		sleep 0.1
	done
	cp "$dir/again" "$dir/out"
	if [ "$(grep -c '^result: 0' "$dir/again")" -eq $results ]; then ok "$1"; else not_ok "$1"; fi
}
for try in $(seq 100); do
	grep -q '^up' "$dir/again" && break
	sleep 0.1
done
told 'v3: an agent'
stop
start
told 'v3: the agent after its restart'
stop
start 2
told 'v3: another engine in its place'
exec 4>&-
wait $again
stop

asks 'a closed port says so' '^result: 9 Connection refused' "$agent" timeout=0.3 retries=1 get $uptime

# Nothing of 100 devices that never answer, each with a passphrase of its own, holds the loop.
asks 'v3: 100 silent devices' '^up: 0' "$agent" user=x auth-secret=auth-secret priv-secret=priv-secret crowd 100
held=$(sed -n 's/^longest: \([0-9]*\) us/\1/p' "$dir/out")
echo "# they held the loop for at most $held us"
# What blocks (net-snmp's own discovery) does so for seconds; 10 ms is the promise,
# and other programs on a busy machine can take as much from us.
bound=500000
test "${BUSBAR_LIVE:-}" != long || bound=10000
if [ "${held:-99999999}" -lt $bound ]; then ok 'v3: they never hold the loop'; else not_ok 'v3: they never hold the loop'; fi

if grep -q 'Created directory' "$dir/out"; then not_ok 'nothing is written'; else ok 'nothing is written'; fi
echo "1..$number"
exit $status
