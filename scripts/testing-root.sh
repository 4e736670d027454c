#!/usr/bin/env bash
# One Debian testing root, for the programs that the host's Debian does not have (nextpnr-ecp5, a QEMU with vfio-user, cocotb).
#
#   scripts/testing-root.sh make               make the root; does nothing when it is there
#   scripts/testing-root.sh install PKG...     make it, and install packages in it
#   scripts/testing-root.sh run CMD ARGS...    run an ELF program of the root on the host, through the root's own loader
#   scripts/testing-root.sh chroot CMD ARGS... run anything in the root: scripts, Python, programs that look for files in /usr
#                                              (nextpnr-ecp5 does: for its chip database)
#   scripts/testing-root.sh path               print where it is
#
# make, install and chroot need root; run and path do not. The root is $VNET_CACHE/testing-root, or build/testing-root.
# The mirror is the one that apt already uses on the host; VNET_MIRROR names another. run sees the host's files; the program must
# not need data under /usr of its own that it finds by an absolute path. chroot has /proc, /dev, /tmp and this project bound at
# their usual places, in a mount namespace of its own, so nothing stays mounted, whatever happens.
set -euo pipefail

# Count up when the way the root is made changes: a root of another version is made again.
VERSION=1
SUITE=forky

project=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "${VNET_CACHE:-$project/build}"
cache=$(cd "${VNET_CACHE:-$project/build}" && pwd)
root=$cache/testing-root
stamp=$root/.testing-root
log=$cache/testing-root.log

fail() {
  echo "testing-root: $*" >&2
  exit 1
}

need_root() {
  [ "$(id -u)" = 0 ] || fail "'$1' needs root (it makes or enters a chroot); please run: sudo scripts/testing-root.sh $1"
}

# Shows the last line of a long output in place, or now and then a line when nobody watches; all of it goes to the log.
progress() {
  tee -a "$log" | {
    n=0
    while IFS= read -r line; do
      n=$((n + 1))
      if [ -t 2 ]; then
        printf '\r\033[K%.100s' "$line" >&2
      elif ((n % 100 == 0)); then
        echo "testing-root: ... $line" >&2
      fi
    done
    if [ -t 2 ]; then printf '\r\033[K' >&2; fi
  }
}

remove() {
  # An interrupted debootstrap may leave /proc mounted: unmount first, and never follow a mount while deleting.
  awk -v at="$1/" 'index($2, at) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount
  rm -rf --one-file-system "$1"
}

mirror() {
  if [ -n "${VNET_MIRROR:-}" ]; then
    echo "$VNET_MIRROR"
    return
  fi
  command -v apt-get >/dev/null 2>&1 || fail "no apt-get here to ask for a Debian mirror; set VNET_MIRROR"
  local codename site
  codename=$(. /etc/os-release && [ "$ID" = debian ] && echo "${VERSION_CODENAME:-}") || true
  [ -n "$codename" ] || fail "the host is not Debian, so its mirror has no testing; set VNET_MIRROR to a Debian mirror"
  # No "exit" in awk: it would close the pipe early, and apt-get would report a failure.
  site=$(apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(SITE)' \
    | awk -v c="$codename" '$1 == c && $2 == "main" && site == "" { site = $3 } END { print site }')
  [ -n "$site" ] || fail "apt knows no source for $codename main; set VNET_MIRROR to a Debian mirror"
  echo "$site"
}

make_root() {
  if [ "$(cat "$stamp" 2>/dev/null)" = "$SUITE $VERSION" ]; then return; fi
  need_root make
  # Debian 12's debootstrap does not know the suite by name; the script of sid serves it.
  local recipe=/usr/share/debootstrap/scripts/sid from started=$SECONDS
  if [ ! -e "$recipe" ]; then
    apt-get install -y -q --no-install-recommends debootstrap >/dev/null || fail "please install debootstrap"
  fi
  from=$(mirror)
  echo "testing-root: making $root from $from (half a minute with a fast network, 0.4 GB)" >&2
  remove "$root.partial"
  : >"$log"
  debootstrap --variant=minbase --include=ca-certificates "$SUITE" "$root.partial" "$from" "$recipe" 2>&1 | progress \
    || fail "debootstrap failed; see $log"
  # A mirror may serve a snapshot, whose Release file counts as expired. No service may start in here.
  echo 'Acquire::Check-Valid-Until "false";' >"$root.partial/etc/apt/apt.conf.d/90testing-root"
  printf '#!/bin/sh\nexit 101\n' >"$root.partial/usr/sbin/policy-rc.d"
  chmod 755 "$root.partial/usr/sbin/policy-rc.d"
  echo "$SUITE $VERSION" >"$root.partial/.testing-root"
  # Only a complete root gets the final name.
  remove "$root"
  mv "$root.partial" "$root"
  echo "testing-root: made in $((SECONDS - started)) s" >&2
}

missing_packages() {
  local name
  for name in "$@"; do
    [ "$(dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] \
      || echo "$name"
  done
}

enter() {
  for name in resolv.conf hosts; do
    if [ -e "/etc/$name" ]; then cat "/etc/$name" >"$root/etc/$name"; fi
  done
  mkdir -p "$root$project"
  unshare --mount --propagation private bash -euc '
    root=$1 project=$2
    shift 2
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --bind /tmp "$root/tmp"
    mount --bind "$project" "$root$project"
    here=$PWD
    case $here/ in "$project"/* | /tmp/*) ;; *) here=$project ;; esac
    exec chroot "$root" /usr/bin/env -C "$here" \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
  ' enter "$root" "$project" "$@"
}

install_packages() {
  make_root
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then return; fi
  need_root "install ${missing[*]}"
  echo "testing-root: installing ${missing[*]}" >&2
  # The first two mend an installation that was interrupted.
  {
    enter dpkg --configure -a \
      && enter apt-get update \
      && enter env DEBIAN_FRONTEND=noninteractive apt-get install -f -y --no-install-recommends "${missing[@]}" \
      && enter apt-get clean
  } 2>&1 </dev/null | progress || fail "could not install ${missing[*]}; see $log"
}

run_program() {
  local triplet loader program
  case $(uname -m) in
    x86_64) triplet=x86_64-linux-gnu loader=lib64/ld-linux-x86-64.so.2 ;;
    aarch64) triplet=aarch64-linux-gnu loader=lib/ld-linux-aarch64.so.1 ;;
    *) fail "run knows no loader for $(uname -m); use chroot" ;;
  esac
  for program in "$root/usr/bin/$1" "$root/usr/sbin/$1" ""; do
    if [ -f "$program" ]; then break; fi
  done
  [ -n "$program" ] || fail "no program '$1' in $root; install its package first: scripts/testing-root.sh install PKG"
  [ "$(head -c 4 "$program")" = $'\x7fELF' ] || fail "'$1' is a script, not an ELF program; use chroot"
  shift
  exec "$root/$loader" --library-path "$root/usr/lib/$triplet:$root/usr/lib" "$program" "$@"
}

action=${1:-}
[ $# -eq 0 ] || shift
case $action in
  make | install)
    # One at a time: other targets may ask for the same root meanwhile.
    exec 9>"$cache/testing-root.lock"
    flock 9
    if [ "$action" = make ]; then make_root; else
      (($#)) || fail "install: name the packages"
      install_packages "$@"
    fi
    ;;
  run | chroot)
    (($#)) || fail "$action: name the program"
    [ -e "$stamp" ] || fail "there is no root at $root; make it: scripts/testing-root.sh make"
    if [ "$action" = run ]; then run_program "$@"; fi
    need_root chroot
    enter "$@"
    ;;
  path) echo "$root" ;;
  *) fail "expected make, install, run, chroot or path; got '$action'" ;;
esac
