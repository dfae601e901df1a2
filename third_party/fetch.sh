#!/bin/bash
# fetch.sh NAME DIRECTORY - bring the sources of one third-party library.
#
# Leaves in DIRECTORY: upstream.archive (its checksum is the one in versions), and, where a Debian
# source package could be had, debian.archive (Debian's patches) and debian.revision.
#
# First way: the next Debian release's source package, through apt. apt gets a private list and
# private state folders, so this machine's own lists stay as they are; the mirror is the one this
# machine already uses, with the suite's name replaced. A mirror may lack single files of a
# package (the .dsc, say), so neither dpkg-source nor apt-get's exit status is relied on: every
# file is judged by its own checksum, the archive by ours, Debian's patches by the one in apt's
# signed index.
# Second way: the upstream release archive, without Debian's patches.
set -euo pipefail
cd "$(dirname "$0")"

readonly name=$1 directory=$2
readonly next_suite=trixie
read -r _ version sha256 url < <(grep "^$name " versions)

say() { echo "third_party: $name: $*" >&2; }

has_sha256() { [ -f "$1" ] && [ "$(sha256sum <"$1")" = "$2  -" ]; }

# Prints apt's source lines of the next release, made from the machine's own binary lines. The
# machine's sources are of two forms: one-line lists and stanzas.
next_release_sources() {
    local codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    {
        cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
            sed -nE 's/^deb +(\[[^]]*\] +)?([^ ]+) +([^ ]+) .*/\2 \3/p'
        for file in /etc/apt/sources.list.d/*.sources; do
            [ -f "$file" ] && { cat "$file"; echo; }
        done | grep -v '^#' | awk -v RS= '{
            uris = suites = types = ""; enabled = 1
            n = split($0, line, "\n")
            for (i = 1; i <= n; i++) {
                key = value = line[i]
                sub(/:.*/, "", key); sub(/^[^:]*: */, "", value)
                if (key == "URIs") uris = value
                if (key == "Suites") suites = value
                if (key == "Types") types = value
                if (key == "Enabled" && value == "no") enabled = 0
            }
            if (!enabled || types !~ /(^| )deb( |$)/) next
            n = split(uris, uri, " "); m = split(suites, suite, " ")
            for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) print uri[i], suite[j]
        }'
    } | while read -r uri suite; do
        case $suite in
        "$codename" | stable | oldstable) echo "deb-src $uri $next_suite main" ;;
        "$codename-security" | stable-security | oldstable-security)
            echo "deb-src $uri $next_suite-security main" ;;
        esac
    done | sort -u
}

# Brings what it can of the Debian source package into the current directory.
fetch_from_debian() {
    command -v apt-get >/dev/null || return 1
    mkdir -p apt/lists/partial apt/cache/archives/partial
    : >apt/status
    next_release_sources >apt/sources.list
    [ -s apt/sources.list ] || { say "no Debian sources known to apt here"; return 1; }
    cat >apt/config <<EOF
Dir::Etc::sourcelist "$PWD/apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::State "$PWD/apt";
Dir::State::lists "$PWD/apt/lists";
Dir::State::status "$PWD/apt/status";
Dir::Cache "$PWD/apt/cache";
APT::Sandbox::User "$(id -un)";
EOF
    export APT_CONFIG=$PWD/apt/config
    apt-get -qq update || return 1

    # Newest revision of our version first. "<sha256> <size> <file>" for each of its files.
    apt-cache showsrc --only-source "$name" >apt/showsrc || return 1
    local revisions revision sum file
    revisions=$(sed -n 's/^Version: //p' apt/showsrc | grep -E "^([0-9]+:)?${version//./\\.}-" |
        sort -rVu)
    for revision in $revisions; do
        apt-get -qq source --download-only --only-source "$name=$revision" >apt/log 2>&1 || true
        file=${name}_${revision#*:}.debian.tar.xz
        for sum in $(awk -v file="$file" '$3 == file && length($1) == 64 { print $1 }' apt/showsrc); do
            if [ ! -f debian.archive ] && has_sha256 "$file" "$sum"; then
                mv "$file" debian.archive
                echo "$revision" >debian.revision
            fi
        done
        for file in "${name}_$version".orig.tar.*; do
            has_sha256 "$file" "$sha256" && mv "$file" upstream.archive
        done
        [ -f debian.archive ] && [ -f upstream.archive ] && return 0
    done
    [ -f upstream.archive ]
}

mkdir -p "$directory"
cd "$directory"
if fetch_from_debian; then
    if [ -f debian.revision ]; then
        say "sources and patches of Debian $next_suite, $(cat debian.revision)"
    else
        say "sources of Debian $next_suite; its patches could not be had"
    fi
else
    [ -f debian.revision ] && say "patches of Debian $next_suite, $(cat debian.revision)"
    say "no sources through apt; taking the upstream archive"
    curl --fail --silent --show-error --location --retry 2 --output upstream.archive "$url" || {
        say "could not be fetched, neither through apt nor from $url"
        exit 1
    }
    has_sha256 upstream.archive "$sha256" || {
        say "the upstream archive is not the one in third_party/versions: its checksum differs"
        exit 1
    }
fi
rm -rf apt
